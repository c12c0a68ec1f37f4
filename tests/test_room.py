"""The room's facts and the phase that follows from them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server import room
from rtc_server.errors import BadMessage, NotAgreed, SeatReplaced, SessionEnded, StaleLink, TooOften
from rtc_server.room import Phase, Room, RoomLimits, Seat
from rtc_server.signalling import SignalBudget, check_candidate, check_description, relay_candidate, relay_description

LIMITS = RoomLimits(length_s=3600, grace_s=900, empty_s=600, left_s=300, hint_s=120)


def warming() -> Room:
    return Room(session_id="s", client_id="c", therapist_id="t", version=1, created_at_ms=0)


def after(*events: room.Event, start: Room | None = None, at: int = 1_000) -> Room:
    current = start or warming()
    for event in events:
        current = room.advance(current, event, at)
    return current


CLIENT_IN = room.SeatJoined(Seat.CLIENT, "p1")
THERAPIST_IN = room.SeatJoined(Seat.THERAPIST, "p2")
LIVE = (
    room.Warmed(Seat.CLIENT, "p1"),
    room.Warmed(Seat.THERAPIST, "p2"),
    room.Agreed(),
    CLIENT_IN,
    THERAPIST_IN,
)


def test_the_phase_follows_from_the_facts() -> None:
    assert warming().phase is Phase.WARMING
    assert after(room.Agreed()).phase is Phase.OPEN
    assert after(room.Agreed(), CLIENT_IN).phase is Phase.OPEN
    assert after(*LIVE).phase is Phase.LIVE
    assert after(*LIVE, room.SeatAbsent(Seat.CLIENT)).phase is Phase.INTERRUPTED
    assert after(*LIVE, room.Ended("therapist")).phase is Phase.ENDED


def test_nobody_joins_before_yes() -> None:
    with pytest.raises(NotAgreed):
        after(CLIENT_IN)


def test_the_page_that_warmed_keeps_its_link_when_it_joins() -> None:
    assert after(*LIVE).link == after(*LIVE[:2]).link


def test_another_page_takes_the_seat_over_with_a_new_link() -> None:
    before = after(*LIVE)
    taken = after(room.SeatJoined(Seat.CLIENT, "p9"), start=before)
    assert taken.client.page_id == "p9"
    assert taken.link == before.link + 1
    with pytest.raises(SeatReplaced):
        room.check_speaker(taken, Seat.CLIENT, "p1", taken.link)


def test_a_signal_of_an_old_link_is_refused() -> None:
    live = after(*LIVE)
    rebuilt = after(room.RebuildAsked(live.link), start=live)
    assert rebuilt.link == live.link + 1
    with pytest.raises(StaleLink):
        room.check_speaker(rebuilt, Seat.CLIENT, "p1", live.link)


def test_two_pages_asking_for_a_rebuild_at_once_get_one() -> None:
    live = after(*LIVE)
    rebuilt = after(room.RebuildAsked(live.link), room.RebuildAsked(live.link), start=live)
    assert rebuilt.link == live.link + 1


def test_mute_is_its_owners_fact_and_survives_a_reconnect() -> None:
    live = after(*LIVE, room.Muted(Seat.CLIENT, True))
    back = after(room.SeatAbsent(Seat.CLIENT), room.SeatJoined(Seat.CLIENT, "p3"), start=live)
    assert back.client.is_muted


def test_ending_twice_is_one_end_and_nothing_happens_after_it() -> None:
    ended = after(*LIVE, room.Ended("therapist"))
    assert room.advance(ended, room.Ended("empty"), 5_000) is ended
    with pytest.raises(SessionEnded):
        room.advance(ended, CLIENT_IN, 5_000)


def test_an_empty_room_ends_in_ten_minutes_and_in_five_when_the_client_left() -> None:
    live = after(*LIVE)
    assert LIMITS.empty_due_ms(live) is None
    empty = after(room.SeatAbsent(Seat.CLIENT), room.SeatAbsent(Seat.THERAPIST), start=live, at=9_000)
    assert LIMITS.empty_due_ms(empty) == 9_000 + 600_000
    left = after(room.ClientLeft(), room.SeatAbsent(Seat.THERAPIST), start=live, at=9_000)
    assert LIMITS.empty_due_ms(left) == 9_000 + 300_000


def test_a_client_who_left_may_come_back() -> None:
    back = after(*LIVE, room.ClientLeft(), CLIENT_IN)
    assert back.phase is Phase.LIVE and not back.client_left


def test_a_therapist_alone_may_end_after_two_minutes() -> None:
    alone = after(*LIVE, room.SeatAbsent(Seat.CLIENT), at=1_000)
    assert not LIMITS.may_end_alone(alone, 100_000)
    assert LIMITS.may_end_alone(alone, 121_000)


def test_call_time_zero_is_the_first_time_both_are_there() -> None:
    live = after(*LIVE, at=4_000)
    again = after(room.SeatAbsent(Seat.CLIENT), CLIENT_IN, start=live, at=90_000)
    assert live.live_at_ms == again.live_at_ms == 4_000


EVENTS = st.one_of(
    st.builds(room.Warmed, st.sampled_from(Seat), st.sampled_from(["p1", "p2"])),
    st.just(room.Agreed()),
    st.builds(room.SeatJoined, st.sampled_from(Seat), st.sampled_from(["p1", "p2"])),
    st.builds(room.SeatAbsent, st.sampled_from(Seat)),
    st.builds(room.Muted, st.sampled_from(Seat), st.booleans()),
    st.builds(room.RebuildAsked, st.integers(0, 5)),
    st.just(room.ClientLeft()),
    st.just(room.HintDue()),
    st.just(room.Ended("x")),
)


@given(st.lists(EVENTS, max_size=40))
def test_version_grows_by_one_with_each_change_and_the_link_never_falls(events: list[room.Event]) -> None:
    current = warming()
    for event in events:
        before = current
        try:
            current = room.advance(before, event, 1_000)
        except (NotAgreed, SessionEnded):
            assert current is before
        assert current is before or current.version == before.version + 1
        assert current.link >= before.link
        is_running = current.agreed_at_ms is not None and current.ended_at_ms is None
        present = int(current.client.is_present) + int(current.therapist.is_present)
        assert (current.empty_since_ms is not None) == (is_running and present == 0)


@pytest.mark.parametrize(
    ("client", "therapist", "overlap"),
    [
        ([], [(0, 100)], 0),
        ([(0, 100)], [(50, 150)], 50),
        ([(0, 100), (200, 300)], [(50, 250)], 100),
        ([(0, None)], [(100, None)], 400),
    ],
)
def test_billable_time_is_the_overlap_of_presence(client: list, therapist: list, overlap: int) -> None:
    assert room.overlap_ms(client, therapist, 500) == overlap


SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


@pytest.mark.parametrize("sdp", ["", "hello", "v=0\nnonsense line", SDP + "m=video 9 x y\r\n" * 3])
def test_a_description_that_is_none_is_refused(sdp: str) -> None:
    check_description(SDP)
    with pytest.raises(BadMessage):
        check_description(sdp)


@pytest.mark.parametrize("candidate", ["x", "candidate:1 1 udp 1", "candidate:1 9 udp 1 1.2.3.4 5 typ host"])
def test_a_candidate_that_is_none_is_refused(candidate: str) -> None:
    check_candidate("")
    check_candidate("candidate:842163049 1 udp 1677729535 192.168.1.4 51000 typ srflx raddr 0.0.0.0 rport 0")
    check_candidate("candidate:1 1 tcp 1518280447 3f6a-1.local 9 typ host tcptype active generation 0")
    with pytest.raises(BadMessage):
        check_candidate(candidate)


HOST = "candidate:1 1 udp 2122260223 192.168.1.4 51000 typ host generation 0"
RELAY = "candidate:2 1 udp 41885695 203.0.113.9 49160 typ relay raddr 198.51.100.7 rport 5000 generation 0"


def test_where_only_relays_may_be_used_no_other_candidate_passes_and_no_address_behind_one() -> None:
    assert relay_candidate("") == ""
    assert relay_candidate(HOST) is None
    assert relay_candidate(HOST.replace("host", "srflx")) is None
    assert relay_candidate(RELAY) == RELAY.replace("198.51.100.7 rport 5000", "0.0.0.0 rport 0")


def test_a_description_passes_without_addresses_where_only_relays_may_be_used() -> None:
    media = "m=audio 51000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.168.1.4\r\na=rtcp:51000 IN IP6 fd00::4\r\n"
    sdp = f"v=0\r\no=- 1 2 IN IP4 192.168.1.4\r\ns=-\r\nt=0 0\r\n{media}a={HOST}\r\na={RELAY}\r\na=mid:0\r\n"
    passing = relay_description(sdp)
    check_description(passing)
    assert not [one for one in ("192.168.1.4", "fd00::4", "198.51.100.7", "typ host") if one in passing]
    assert "203.0.113.9 49160 typ relay" in passing and passing.endswith("a=mid:0\r\n")


def test_only_relays_before_the_yes_where_there_are_any_and_always_where_the_client_chose_so() -> None:
    before, agreed = warming(), after(room.Agreed())
    assert before.must_relay(True) and not before.must_relay(False)
    assert not agreed.must_relay(True)
    assert not replace(before, is_rehearsal=True).must_relay(True)
    # Also when the relay has gone meanwhile: no call is better than an address given away.
    assert replace(agreed, is_relay_only=True).must_relay(False)


def test_a_page_may_send_so_many_candidates_a_link_and_a_new_link_is_a_new_budget() -> None:
    budget = SignalBudget(candidates_max=2, descriptions_max=1)
    budget.spend("s", "p", 0, is_description=False)
    budget.spend("s", "p", 0, is_description=False)
    with pytest.raises(TooOften):
        budget.spend("s", "p", 0, is_description=False)
    budget.spend("s", "p", 1, is_description=False)
