"""Opus packets of one recorder leg: as bytes of an audio row, and placed in call time; and the plain records that
recorder, worker and store exchange.

Knows neither aiortc nor codecs nor storage, so that web can import it without them. The rule that is easy to break: a
leg's clock is arrival minus RTP time. RTP time stands still while a sender has no track, so RTP time alone would slide
later words earlier, unseen; arrival alone jitters. The smallest (arrival - RTP time) of the next two seconds is the
clock, and when it moves the leg is re-anchored.
"""

import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

FORMAT = 1
RTP_PER_MS = 48  # RFC 7587: the RTP clock of Opus is 48 kHz whatever the audio is
_HEADER = struct.Struct("<BH")
_PACKET = struct.Struct("<HIIH")

WINDOW_MS = 2_000  # jitter shorter than this never moves the clock
DRIFT_MS = 60  # the clock follows a change larger than this
PAUSE_MS = 500  # a rise larger than this is shown as a gap
STREAM_BREAK_MS = 60_000  # RTP time and arrival disagree by more: another stream, its numbers mean nothing here
REORDER_MAX = 1_000
PACKET_MS = 20  # length of a usual packet, to close the last one before a pause


class Packet(NamedTuple):
    seq: int  # 16 bits as sent
    rtp: int  # 32 bits as sent
    arrival_ms: int  # call time
    payload: bytes


class Placed(NamedTuple):
    at_ms: float  # call time at which it was spoken, up to network delay
    payload: bytes


class Pause(NamedTuple):
    from_ms: int
    to_ms: int


class AudioRow(NamedTuple):
    leg_id: str
    seq: int
    from_ms: int  # call time
    to_ms: int
    packets_sealed: bytes


class Silence(NamedTuple):
    """No packets from `from_ms`, and none until `to_ms` so far (call time)."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Facts:
    """What the database says of a leg, each second."""

    live_at_ms: int | None
    is_ended: bool
    are_both_agreed: bool
    is_wanted: bool  # the leg's row is open and its transcript can still take words


class Gap(NamedTuple):
    from_ms: int
    to_ms: int
    reason: str


class Word(NamedTuple):
    text: str
    from_ms: int
    to_ms: int
    probability: float


class BadPackets(ValueError):
    """The bytes are not a row of packets."""


def pack(packets: list[Packet]) -> bytes:
    parts = [_HEADER.pack(FORMAT, len(packets))]
    for packet in packets:
        parts.append(_PACKET.pack(packet.seq, packet.rtp, packet.arrival_ms, len(packet.payload)))
        parts.append(packet.payload)
    return b"".join(parts)


def unpack(row: bytes) -> list[Packet]:
    """Raises BadPackets on anything `pack` cannot have made."""
    try:
        version, count = _HEADER.unpack_from(row)
        offset = _HEADER.size
        packets = []
        for _ in range(count):
            seq, rtp, arrival_ms, length = _PACKET.unpack_from(row, offset)
            offset += _PACKET.size
            packets.append(Packet(seq, rtp, arrival_ms, row[offset : offset + length]))
            offset += length
    except struct.error as error:
        raise BadPackets("a row of packets is cut short") from error
    if version != FORMAT or offset != len(row):
        raise BadPackets("a row of packets has another shape")
    return packets


class _Pending(NamedTuple):
    seq: int  # without wrapping
    epoch: int
    rtp_ms: float  # without wrapping
    arrival_ms: int
    payload: bytes

    @property
    def offset_ms(self) -> float:
        return self.arrival_ms - self.rtp_ms


class LegClock:
    """Places packets in call time. Feed them in order of arrival; they come out two seconds later, in order."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []
        self._newest: _Pending | None = None
        self._taken_seq: int | None = None
        self._epoch = 0
        self._anchor_ms: float | None = None
        self._end_ms = 0.0

    def feed(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            pending = self._unwrapped(packet)
            if self._taken_seq is not None and pending.seq <= self._taken_seq:
                continue
            self._pending.append(pending)
            if self._newest is None or pending.seq > self._newest.seq:
                self._newest = pending

    def _unwrapped(self, packet: Packet) -> _Pending:
        last = self._newest
        if last is None:
            return _Pending(packet.seq, 0, packet.rtp / RTP_PER_MS, packet.arrival_ms, packet.payload)
        steps = _signed(packet.seq - last.seq, 16)
        rtp_step_ms = _signed(packet.rtp - round(last.rtp_ms * RTP_PER_MS), 32) / RTP_PER_MS
        is_other_stream = abs(packet.arrival_ms - last.arrival_ms - rtp_step_ms) > STREAM_BREAK_MS
        if is_other_stream or abs(steps) > REORDER_MAX:
            # Another source, or numbers nobody can follow. The sequence goes on above what was seen, congruent to
            # what is sent so that later steps stay small.
            self._epoch += 1
            steps = (packet.seq - last.seq) % 0x10000 or 0x10000
        return _Pending(last.seq + steps, self._epoch, last.rtp_ms + rtp_step_ms, packet.arrival_ms, packet.payload)

    def take(self, until_ms: float, is_final: bool = False) -> list[Placed | Pause]:
        """Packets whose next two seconds have been seen, placed; all when `is_final`.

        `until_ms`: call time up to which nothing more will arrive than what was fed.
        """
        if not self._pending:
            return []
        pending = sorted({one.seq: one for one in reversed(self._pending)}.values())
        edge_ms = max(until_ms, max(one.arrival_ms for one in pending)) - WINDOW_MS
        offsets = _lowest_ahead(pending)
        out: list[Placed | Pause] = []
        taken = 0
        for one, offset_ms in zip(pending, offsets, strict=True):
            if one.arrival_ms > edge_ms and not is_final:
                break
            out.extend(self._placed(one, offset_ms, is_sure=one.arrival_ms <= edge_ms))
            taken += 1
        self._pending = pending[taken:]
        if taken:
            self._taken_seq = pending[taken - 1].seq
        return out

    def _placed(self, one: _Pending, offset_ms: float, is_sure: bool) -> list[Placed | Pause]:
        out: list[Placed | Pause] = []
        before_ms = self._anchor_ms
        if before_ms is None:
            self._anchor_ms = offset_ms
        elif abs(offset_ms - before_ms) > DRIFT_MS and (is_sure or not 0 < offset_ms - before_ms < PAUSE_MS):
            # At the very end of a leg the next two seconds never come: a small rise may be jitter.
            self._anchor_ms = offset_ms
            at_ms = one.rtp_ms + offset_ms
            if offset_ms - before_ms > PAUSE_MS and at_ms - self._end_ms > PAUSE_MS:
                out.append(Pause(round(self._end_ms), round(at_ms)))
        assert self._anchor_ms is not None
        at_ms = one.rtp_ms + self._anchor_ms
        self._end_ms = at_ms + PACKET_MS
        out.append(Placed(at_ms, one.payload))
        return out


def _signed(difference: int, bits: int) -> int:
    half = 1 << (bits - 1)
    return (difference + half) % (1 << bits) - half


def _lowest_ahead(pending: list[_Pending]) -> list[float]:
    """For each packet the smallest offset among those of its stream that arrived in the two seconds after it."""
    lowest = [0.0] * len(pending)
    window: deque[_Pending] = deque()  # increasing offset from right to left is kept out: the left is the smallest
    for index in range(len(pending) - 1, -1, -1):
        one = pending[index]
        if window and window[-1].epoch != one.epoch:
            window.clear()
        while window and window[-1].offset_ms >= one.offset_ms:
            window.pop()
        window.append(one)
        while window[0].arrival_ms > one.arrival_ms + WINDOW_MS:
            window.popleft()
        lowest[index] = window[0].offset_ms
    return lowest
