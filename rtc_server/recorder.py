"""HEART: legs on aiortc. One receive-only Opus leg per consenting person; its packets, sealed once a second.

Knows aiortc and the seal by protocol; no SQL, no HTTP. The rules that are easy to break: the tap stands at the ports,
to which anybody may send, so it never raises, waits or decodes; candidates in offers are stripped, so nobody can make
us send to an address of their choice; and no default ICE servers, which would call a public STUN server.
"""

import asyncio
import contextlib
import logging
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import pylibsrtp
from aiortc import RTCConfiguration, RTCDtlsTransport, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.sdp import SessionDescription

from rtc_server.errors import BadMessage, TooLarge
from rtc_server.speech.leg_packets import AudioRow, Facts, Packet, Silence, pack

log = logging.getLogger(__name__)

OFFER_BYTES_MAX = 65_536
PAYLOAD_BYTES_MAX = 1_500
QUEUE_PACKETS_MAX = 3_000  # a minute of usual packets
ROW_PACKETS_MAX = 500  # ten times the usual rate; more in one row are thrown away and counted
ONE_AUDIO = "The offer must hold one audio line that sends Opus, and nothing else."
PACKET_MS = 20

RTP = struct.Struct("!BBHI")  # RFC 3550, 5.1: up to the time
RTP_HEADER, RTP_VERSION_2, RTCP_TYPES = 12, range(128, 192), range(192, 224)
STUN = range(4)  # the first byte, by which kinds that share a port are told apart (RFC 7983)

Address = tuple[Any, ...]  # host and port; IPv6 has more


class Seal(Protocol):
    def seal(self, plain: bytes, table: str, row_id: str, column: str) -> bytes: ...


@dataclass(frozen=True)
class Limits:
    gap_s: float
    redial_s: float
    unreadable_s: float


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """aiortc's parser and checks answer bad input with any of these; here they become BadMessage."""
    try:
        yield
    except (
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        InvalidAccessError,
        InvalidStateError,
        OperationError,
    ) as error:
        raise BadMessage(ONE_AUDIO) from error


def checked_offer(sdp: str) -> str:
    """The offer without its candidates. Raises TooLarge or BadMessage unless it is one audio line that sends Opus."""
    if len(sdp.encode()) > OFFER_BYTES_MAX:
        raise TooLarge("The offer is larger than 64 KiB.")
    lines = sdp.splitlines()
    if not sdp.startswith("v=0") or sum(line.startswith("m=") for line in lines) != 1:
        raise BadMessage(ONE_AUDIO)
    kept = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    offer = "\r\n".join(kept) + "\r\n"
    with _refusing():
        (media,) = SessionDescription.parse(offer).media
        is_opus = any(codec.mimeType.lower() == "audio/opus" for codec in media.rtp.codecs)
        is_sending = media.direction in ("sendonly", "sendrecv") and media.port > 0
        assert media.dtls is not None and media.ice is not None
        is_secure = bool(media.dtls.fingerprints and media.ice.usernameFragment and media.ice.password)
        if media.kind != "audio" or not (is_opus and is_sending and is_secure):
            raise ValueError("not one audio line that sends Opus")
    return offer


def with_address(answer: str, address: str) -> str:
    """The answer with `address` in place of every gathered one; unchanged when `address` is empty."""
    if not address:
        return answer
    family = "IP6" if ":" in address else "IP4"
    lines = []
    for line in answer.split("\r\n"):
        if line.startswith("a=candidate:"):
            parts = line.split(" ")
            parts[4] = address
            line = " ".join(parts)
        elif line.startswith("c=IN "):
            line = f"c=IN {family} {address}"
        if line not in lines or not line.startswith("a=candidate:"):
            lines.append(line)
    return "\r\n".join(lines)


class Arrived(NamedTuple):
    seq: int
    rtp: int
    at_s: float  # monotonic
    payload: bytes


@dataclass
class Leg:
    """One connection of one person. `wall_ms` maps its monotonic clock to call time once, when the leg is made.

    Nothing said before the call was live is kept: until the session's live_at is known packets wait (a minute at
    most), and those that arrived before it are dropped.
    """

    id: str
    session_id: str
    person_id: str
    seat: str
    seal: Seal
    wall_ms: int
    monotonic: Callable[[], float] = time.monotonic
    packets: int = 0
    errors: int = 0
    heard_to_ms: int | None = None
    _seq: int = 0
    _queue: deque[Arrived] = field(default_factory=lambda: deque(maxlen=QUEUE_PACKETS_MAX))

    def __post_init__(self) -> None:
        self._made_s = self._newest_s = self._readable_s = self.monotonic()
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._payload_type: int | None = None
        self._silent_from_ms: int | None = None
        self._has_failed = False

    async def answer(self, offer: str) -> str:
        """Answer a checked offer. Raises BadMessage when it is not what a leg takes; the leg is closed then."""
        try:
            with _refusing():
                return await self._answer(offer)
        except BadMessage:
            await self.close()
            raise

    async def _answer(self, offer: str) -> str:
        transceiver = self._peer.addTransceiver("audio", direction="recvonly")
        codecs = RTCRtpReceiver.getCapabilities("audio")
        assert codecs is not None
        transceiver.setCodecPreferences([codec for codec in codecs.codecs if codec.mimeType.lower() == "audio/opus"])
        self._peer.on("connectionstatechange", self._on_state)
        await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        answer = await self._peer.createAnswer()
        (answered,) = SessionDescription.parse(answer.sdp).media
        self._payload_type = answered.rtp.codecs[0].payloadType
        await self._peer.setLocalDescription(answer)
        self._listen(transceiver.receiver.transport)
        return self._peer.localDescription.sdp

    def _on_state(self) -> None:
        if self._peer.connectionState == "failed":
            self._has_failed = True

    def _listen(self, dtls: RTCDtlsTransport) -> None:
        """Take datagrams as they reach our ports: media here, ICE's checks, handshakes and reports aiortc's way.

        That way has a queue without an end, a task to wake and four coroutines for each packet, and costs twice as
        much as all the rest; it also takes anything from anybody, and ends at an empty datagram. What is no check is
        taken only from an address whose check had the password of our answer. The names are not public: aiortc's minor
        version is pinned, and tests send real packets.
        """
        connection = dtls.transport._connection

        def listener(usual: Callable[[bytes, Address], None]) -> Callable[[bytes, Address], None]:
            def received(data: bytes, address: Address) -> None:
                if not data:
                    return
                if data[0] in STUN:
                    usual(data, address)
                elif any(one.host == address[0] and one.port == address[1] for one in connection._remote_candidates):
                    srtp = dtls._rx_srtp
                    is_media = data[0] in RTP_VERSION_2 and len(data) >= RTP_HEADER and data[1] not in RTCP_TYPES
                    if not is_media:
                        usual(data, address)
                    elif srtp is not None:
                        self.tap(srtp, data)

            return received

        for protocol in connection._protocols:
            protocol.datagram_received = listener(protocol.datagram_received)  # type: ignore[assignment, method-assign]

    def tap(self, srtp: pylibsrtp.Session, sealed: bytes) -> None:
        """Keep one packet that `srtp` opens. Anybody may send to this port; only the person's browser has its keys."""
        try:
            try:
                data = srtp.unprotect(sealed)
            except pylibsrtp.Error:
                return  # repeated by the network, or somebody else's
            first, kind, seq, rtp = RTP.unpack_from(data)
            start = RTP_HEADER + 4 * (first & 0x0F)
            if first & 0x10:
                start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
            payload = data[start : len(data) - (data[-1] if first & 0x20 else 0)]
            if not payload:
                return
            if kind & 0x7F != self._payload_type or len(payload) > PAYLOAD_BYTES_MAX:
                self.errors += 1
                return
            if len(self._queue) == QUEUE_PACKETS_MAX:
                self.errors += 1
            self._newest_s = at_s = self.monotonic()
            self._queue.append(Arrived(seq, rtp, at_s, payload))
        except Exception:
            # Whatever it is, the call's recording goes on and the count shows it.
            self.errors += 1

    def call_ms(self, at_s: float, live_at_ms: int) -> int:
        return round(self.wall_ms - live_at_ms + (at_s - self._made_s) * 1_000)

    def verdict(self, facts: Facts | None, limits: Limits) -> str:
        """Why this leg has to close now, or "". `facts` None: they could not be read."""
        now_s = self.monotonic()
        if facts is None:
            return "consent_unreadable" if now_s - self._readable_s >= limits.unreadable_s else ""
        self._readable_s = now_s
        if facts.is_ended:
            return "ended"
        if not facts.are_both_agreed:
            return "consent_withdrawn"
        if not facts.is_wanted:
            return "not_wanted"
        if self._has_failed:
            return "failed"
        return "silent" if now_s - self._newest_s >= limits.redial_s else ""

    def take(self, live_at_ms: int) -> AudioRow | None:
        """What has arrived since, sealed as one row; None when that is nothing."""
        taken: list[Packet] = []
        while self._queue:
            one = self._queue.popleft()
            arrival_ms = self.call_ms(one.at_s, live_at_ms)
            if arrival_ms < 0:
                continue
            if len(taken) == ROW_PACKETS_MAX:
                self.errors += 1
                continue
            taken.append(Packet(one.seq, one.rtp, arrival_ms, one.payload))
        if not taken:
            return None
        self._seq += 1
        self.packets += len(taken)
        self.heard_to_ms = to_ms = taken[-1].arrival_ms + PACKET_MS
        sealed = self.seal.seal(pack(taken), "audio", f"{self.id}:{self._seq}", "packets_sealed")
        return AudioRow(self.id, self._seq, taken[0].arrival_ms, to_ms, sealed)

    def silence(self, live_at_ms: int, limits: Limits) -> Silence | None:
        """The gap that is open now, or has just closed; None while packets come."""
        now_s = self.monotonic()
        if now_s - self._newest_s >= limits.gap_s and self.heard_to_ms is not None:
            self._silent_from_ms = self.heard_to_ms
            return Silence(self._silent_from_ms, self.call_ms(now_s, live_at_ms))
        if self._silent_from_ms is not None:
            closed = Silence(self._silent_from_ms, self.call_ms(self._newest_s, live_at_ms))
            self._silent_from_ms = None
            return closed
        return None

    def forget(self) -> None:
        """Consent is gone: what has not been stored is thrown away."""
        self._queue.clear()

    async def close(self) -> None:
        """May be repeated."""
        try:
            await asyncio.wait_for(self._peer.close(), 5)
        except TimeoutError:
            log.warning("leg=%s did not close in time", self.id)
