"""HEART: what a waiting client is told, and whom a text may call back: the wait, the prompts, the callbacks.

Pure: no I/O and no clock of its own. Rehearsals are left out by whoever loads the facts. Easy to break: an estimate
comes from what really happened lately or is None, "we cannot say"; it is never a guess.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from booking_core.matching import Gender
from rtc_server import pool
from rtc_server.pool import Request, TherapistFacts

PICKUPS_MIN = 5  # fewer recent claims say nothing
LENGTHS_MIN = 3  # likewise of sessions, where somebody has to become free first
PLACES_MAX = 200  # further back nobody can say


@dataclass(frozen=True)
class Working:
    """A therapist on duty; `in_session_s` is how long their session has gone on, None for one who is free."""

    facts: TherapistFacts
    in_session_s: float | None = None


@dataclass(frozen=True)
class Lately:
    """What really happened: seconds from shown to claimed, and lengths of sessions."""

    pickups_s: Sequence[float] = ()
    lengths_s: Sequence[float] = ()


@dataclass(frozen=True)
class Standing:
    """The state of the line at one moment."""

    working: Sequence[Working] = ()
    lately: Lately = field(default_factory=Lately)
    waiting: Mapping[str, int] = field(default_factory=dict)  # how many wait, by language


def estimate(standing: Standing, language: str, therapist_gender: Gender, ahead: int) -> tuple[int, int] | None:
    """The wait of somebody with `ahead` people before them, as low and high in whole minutes given in seconds.

    Served in turn: whoever is free takes the first, whoever is in a session comes after it. None: we cannot say.
    """
    able = [
        one
        for one in standing.working
        if language in one.facts.languages and therapist_gender in ("none", one.facts.gender)
    ]
    lately = standing.lately
    if not able or ahead >= PLACES_MAX or len(lately.pickups_s) < PICKUPS_MIN:
        return None
    must_wait = ahead >= sum(one.in_session_s is None for one in able)
    if must_wait and len(lately.lengths_s) < LENGTHS_MIN:
        return None
    low = _served_s(able, ahead, _at(lately.pickups_s, 0.25), _at(lately.lengths_s, 0.25))
    high = _served_s(able, ahead, _at(lately.pickups_s, 0.9), _at(lately.lengths_s, 0.9))
    return int(low // 60) * 60, max(1, -int(-high // 60)) * 60


def _served_s(able: Sequence[Working], ahead: int, pickup_s: float, length_s: float) -> float:
    free_at = [0.0 if one.in_session_s is None else max(0.0, length_s - one.in_session_s) for one in able]
    heapq.heapify(free_at)
    for _ in range(ahead):
        heapq.heapreplace(free_at, free_at[0] + pickup_s + length_s)
    return free_at[0] + pickup_s


def _at(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not pass; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass(frozen=True)
class Widenings:
    """What a client could give up so that somebody on duty would see their card."""

    may_drop_gender: bool
    languages: tuple[str, ...]


def widenings(standing: Standing, request: Request) -> Widenings:
    on_duty = [one.facts for one in standing.working if one.facts.id not in request.turned_away]
    same = [facts for facts in on_duty if request.language in facts.languages]
    others = {language for facts in on_duty for language in facts.languages} - {request.language}
    return Widenings(
        may_drop_gender=request.therapist_gender != "none"
        and any(facts.gender != request.therapist_gender for facts in same),
        languages=tuple(sorted(others)),
    )


@dataclass(frozen=True)
class Callback:
    """A place that is kept: the cancelled request, and when its client was told that somebody is free."""

    request: Request
    told_at_ms: int | None


def to_call_back(
    callbacks: Iterable[Callback],
    waiting: Iterable[Request],
    free: Sequence[TherapistFacts],
    now_ms: int,
    area_first_s: float,
    hold_s: float,
) -> list[str]:
    """The ids of requests whose clients may be told now that somebody is free.

    By place: each who waits, and each who was told less than `hold_s` ago and may be on the way, takes one of the free
    therapists first; a client is told only when one is left over for them.
    """
    kept = {callback.request.id: callback for callback in callbacks}
    again = [replace(callback.request, state=pool.State.WAITING) for callback in kept.values()]
    left = list(free)
    told: list[str] = []
    for request in sorted([*waiting, *again], key=lambda one: one.place):
        told_at_ms = kept[request.id].told_at_ms if request.id in kept else None
        if told_at_ms is not None and now_ms >= told_at_ms + hold_s * 1000:
            continue
        found = next((one for one in left if pool.may_see(request, one, now_ms, area_first_s)), None)
        if found is None:
            continue
        left.remove(found)
        if request.id in kept and told_at_ms is None:
            told.append(request.id)
    return told
