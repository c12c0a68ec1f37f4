"""The clock of a leg: arrival minus RTP time, tables of packets in and call times out."""

import random

import pytest

from rtc_server.speech.leg_packets import BadPackets, LegClock, Packet, Pause, Placed, pack, unpack
from tests.transcripts.studio import packets

PAYLOAD = b"\xf8\xff\xfe"


def place(arrived: list[Packet]) -> tuple[list[float], list[Pause]]:
    clock, out = LegClock(), []
    for start in range(0, len(arrived), 50):
        clock.feed(arrived[start : start + 50])
        out += clock.take(0)
    out += clock.take(0, is_final=True)
    return [one.at_ms for one in out if isinstance(one, Placed)], [one for one in out if isinstance(one, Pause)]


def test_packets_come_back_as_they_were_packed() -> None:
    arrived = packets([PAYLOAD, b"", b"x" * 1_200])
    assert unpack(pack(arrived)) == arrived


@pytest.mark.parametrize("row", [b"", b"\x01", b"\x02\x01\x00", pack(packets([PAYLOAD] * 3))[:-1], pack([]) + b"x"])
def test_a_row_of_another_shape_is_refused(row: bytes) -> None:
    with pytest.raises(BadPackets):
        unpack(row)


def test_call_time_follows_the_packets_over_both_wraps() -> None:
    at_ms, pauses = place(packets([PAYLOAD] * 500, arrival_ms=100))
    assert at_ms == pytest.approx([100 + index * 20 for index in range(500)])
    assert not pauses


def test_jitter_does_not_move_the_clock() -> None:
    dice = random.Random(5)
    steady = packets([PAYLOAD] * 500)
    delays = [dice.randrange(400) if dice.random() < 0.3 else 0 for _ in steady]
    late = [one._replace(arrival_ms=one.arrival_ms + delay) for one, delay in zip(steady, delays, strict=True)]
    at_ms, pauses = place(sorted(late, key=lambda one: one.arrival_ms))
    assert max(abs(at - index * 20) for index, at in enumerate(at_ms)) <= 60
    assert not pauses and len(at_ms) == 500


def test_lost_and_doubled_packets_leave_the_others_in_their_place() -> None:
    arrived = packets([PAYLOAD] * 300)
    kept = [one for index, one in enumerate(arrived) if index % 7]
    at_ms, _ = place(kept + kept[-30:])
    assert at_ms == pytest.approx([index * 20 for index in range(300) if index % 7])


def test_a_sender_without_a_track_for_four_seconds_is_a_pause_and_the_words_after_it_stand_right() -> None:
    before = packets([PAYLOAD] * 200)
    # As measured in Chromium after replaceTrack(null): the RTP time goes on by 20 ms and the sequence by one.
    after = [one._replace(arrival_ms=one.arrival_ms + 4_000) for one in packets([PAYLOAD] * 400)[200:]]
    at_ms, pauses = place(before + after)
    assert at_ms[:200] == pytest.approx([index * 20 for index in range(200)])
    assert at_ms[200:] == pytest.approx([8_000 + index * 20 for index in range(200)])
    assert pauses == [Pause(4_000, 8_000)]


def test_another_stream_goes_on_at_its_arrival() -> None:
    before = packets([PAYLOAD] * 100, seq=50_000, rtp=0)
    after = packets([PAYLOAD] * 100, seq=11, rtp=3_000_000_000, arrival_ms=2_500)
    at_ms, _ = place(before + after)
    assert at_ms[100:] == pytest.approx([2_500 + index * 20 for index in range(100)])


def test_a_slow_clock_of_the_sender_is_followed() -> None:
    drifting = [one._replace(arrival_ms=round(one.arrival_ms * 1.001)) for one in packets([PAYLOAD] * 15_000)]
    at_ms, pauses = place(drifting)
    assert max(abs(at - one.arrival_ms) for at, one in zip(at_ms, drifting, strict=True)) <= 70
    assert not pauses
