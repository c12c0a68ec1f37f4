"""What a waiting client is told, as tables: the range of the wait, what could widen, and who is called back."""

import pytest

from rtc_server.pool import Request, State, TherapistFacts
from rtc_server.waiting import rules as waiting
from rtc_server.waiting.rules import Callback, Lately, Standing, Working
from tests.a_request import a_request

NOW = 10_000_000
MINUTE = 60
TEN_PICKUPS = tuple(float(seconds) for seconds in range(10, 110, 10))  # a quarter within 30 s, nine of ten within 100 s
THREE_LENGTHS = (30 * MINUTE, 40 * MINUTE, 50 * MINUTE)
USUAL = Lately(TEN_PICKUPS, THREE_LENGTHS)


def therapist(name: str = "t", languages: str = "en", gender: str = "female", areas: str = "mind") -> TherapistFacts:
    return TherapistFacts(name, frozenset(languages.split()), frozenset(areas.split()), gender, True, False)


def request(name: str, place: int, **changes: object) -> Request:
    return a_request(name, place, NOW, **changes)


FREE = Working(therapist())
BUSY_20 = Working(therapist("b"), in_session_s=20.0 * MINUTE)
BUSY_45 = Working(therapist("c"), in_session_s=45.0 * MINUTE)


@pytest.mark.parametrize(
    ("working", "ahead", "lately", "range_min"),
    [
        # Somebody is free: how long it took lately until a shown card was taken.
        ([FREE], 0, USUAL, (0, 2)),
        ([FREE, Working(therapist("d"))], 1, USUAL, (0, 2)),
        # The one in a session is free after what is left of a short or a long one, then takes as long as lately.
        ([BUSY_20], 0, USUAL, (10, 32)),
        ([BUSY_20, BUSY_45], 0, USUAL, (0, 7)),
        # With one before them, the second to become free.
        ([BUSY_20, BUSY_45], 1, USUAL, (10, 32)),
        # The free one takes whoever is ahead, and then has a whole session.
        ([FREE], 1, USUAL, (31, 54)),
        # Nobody who could: we cannot say.
        ([], 0, USUAL, None),
        ([Working(therapist(languages="fr"))], 0, USUAL, None),
        # Too little has happened lately to say anything.
        ([FREE], 0, Lately(TEN_PICKUPS[:4], THREE_LENGTHS), None),
        ([BUSY_20], 0, Lately(TEN_PICKUPS, THREE_LENGTHS[:2]), None),
        ([FREE], 0, Lately(TEN_PICKUPS, ()), (0, 2)),
        ([FREE], waiting.PLACES_MAX, USUAL, None),
    ],
)
def test_the_wait_follows_from_who_works_and_what_happened_lately(
    working: list[Working], ahead: int, lately: Lately, range_min: tuple[int, int] | None
) -> None:
    found = waiting.estimate(Standing(working, lately), "en", "none", ahead)
    assert found == (None if range_min is None else (range_min[0] * MINUTE, range_min[1] * MINUTE))


def test_only_therapists_of_the_stated_gender_count_for_the_wait() -> None:
    standing = Standing([FREE], USUAL)
    assert waiting.estimate(standing, "en", "female", 0) == (0, 120)
    assert waiting.estimate(standing, "en", "male", 0) is None


@pytest.mark.parametrize(
    ("on_duty", "changes", "may_drop_gender", "languages"),
    [
        ([therapist()], {}, False, ()),
        ([therapist()], {"therapist_gender": "male"}, True, ()),
        ([therapist()], {"therapist_gender": "female"}, False, ()),
        ([therapist(languages="fr")], {"therapist_gender": "male"}, False, ("fr",)),
        ([therapist(languages="en fr"), therapist("u", languages="cy")], {}, False, ("cy", "fr")),
        ([therapist()], {"therapist_gender": "male", "turned_away": frozenset({"t"})}, False, ()),
        ([], {"therapist_gender": "male"}, False, ()),
    ],
)
def test_only_what_would_bring_somebody_is_offered(
    on_duty: list[TherapistFacts], changes: dict[str, object], may_drop_gender: bool, languages: tuple[str, ...]
) -> None:
    standing = Standing([Working(facts) for facts in on_duty])
    may = waiting.widenings(standing, request("r", 1, **changes))
    assert (may.may_drop_gender, may.languages) == (may_drop_gender, languages)


def kept(name: str, place: int, told_at_ms: int | None = None, **changes: object) -> Callback:
    return Callback(request(name, place, state=State.CANCELLED, reason="callback", **changes), told_at_ms)


T1, T2 = therapist("t1"), therapist("t2")


@pytest.mark.parametrize(
    ("callbacks", "line", "free", "told"),
    [
        ([kept("a", 1)], [], [T1], ["a"]),
        ([kept("a", 1)], [], [], []),
        # Who waits with an earlier place comes first; a second therapist is for the callback.
        ([kept("b", 2)], [request("a", 1)], [T1], []),
        ([kept("b", 2)], [request("a", 1)], [T1, T2], ["b"]),
        # An earlier place goes before those who wait.
        ([kept("a", 1)], [request("b", 2)], [T1], ["a"]),
        # Who was just told is on the way and has the free therapist; not for ever.
        ([kept("a", 1, NOW - 1_000), kept("b", 2)], [], [T1], []),
        ([kept("a", 1, NOW - 300_000), kept("b", 2)], [], [T1], ["b"]),
        ([kept("a", 1, NOW - 1_000)], [], [T1, T2], []),
        # Only somebody who would see their card counts.
        ([kept("a", 1, language="fr")], [], [T1], []),
        ([kept("a", 1, therapist_gender="male")], [], [T1], []),
        ([kept("a", 1, turned_away=frozenset({"t1"}))], [], [T1], []),
        ([kept("b", 2)], [request("a", 1, language="fr")], [T1], ["b"]),
    ],
)
def test_a_client_is_called_back_when_somebody_is_left_over_for_them(
    callbacks: list[Callback], line: list[Request], free: list[TherapistFacts], told: list[str]
) -> None:
    assert waiting.to_call_back(callbacks, line, free, NOW, 60.0, 300.0) == told
