"""The media side of an actor: one aiortc connection per link of a room, signalled as a page does it.

Used by rehearsals, load and tests. What arrives is counted and thrown away, never decoded; what is sent are tracks of
the caller. Easy to break: only the therapist's side offers, and aiortc cannot restart ICE, so an
offer with new credentials is answered by asking for a new link.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtp import RtpPacket
from aiortc.sdp import SessionDescription, candidate_from_sdp

from rtc_server.actors.people import Actor
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.wire.room import Candidate, Description, IceServer, RoomRebuild, RoomView, Signal, SignalView, Told
from rtc_server.wire.types import View

log = logging.getLogger(__name__)

# What aiortc raises for a description or candidate it cannot use.
UNUSABLE = (ValueError, LookupError, AssertionError, InvalidAccessError, InvalidStateError, OperationError)
OFFER_AGAIN_S = (0.6, 0.9, 2.5, 4.0)
REBUILD_AFTER_S = 15.0
KINDS = ("audio", "video", "video")  # voice, camera, screen
CODECS = {"audio": "audio/opus", "video": "video/vp8"}


class Tracks(NamedTuple):
    """What is sent; None sends nothing."""

    audio: MediaStreamTrack | None = None
    video: MediaStreamTrack | None = None


class ActorCall:
    """One actor's place in one session's call. `tracks` makes what a new link sends; `packets` counts what came."""

    def __init__(self, actor: Actor, session_id: str, *, is_offering: bool, tracks: Callable[[], Tracks]) -> None:
        self._actor = actor
        self._session_id = session_id
        self._is_offering = is_offering
        self._tracks = tracks
        self._is_sending = False
        self._ice: Sequence[IceServer] = ()
        self._link: _Link | None = None
        self._inbox: asyncio.Queue[SignalView | RoomView] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())
        self.packets = {"audio": 0, "video": 0}
        self.has_sound = asyncio.Event()
        actor.heard.append(self._hear)

    @property
    def is_connected(self) -> bool:
        return self._link is not None and self._link.peer.connectionState == "connected"

    async def warm(self) -> None:
        """Build the connection before the yes; nothing is sent on it."""
        warmed = await self._actor.warm(self._session_id)
        self._ice = warmed.ice_servers
        self._inbox.put_nowait(warmed.room)

    async def join(self) -> None:
        """Take the seat, and send from now on."""
        joined = await self._actor.join(self._session_id)
        self._ice = joined.ice_servers
        self._is_sending = True
        if self._link is not None:
            self._link.send(self._tracks())
        self._inbox.put_nowait(joined.room)

    async def close(self) -> None:
        """May be repeated."""
        with contextlib.suppress(ValueError):
            self._actor.heard.remove(self._hear)
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        if self._link is not None:
            await self._link.close()
            self._link = None

    def _hear(self, name: str, view: View) -> None:
        if name in ("room:changed", "room:signalled") and isinstance(view, RoomView | SignalView):
            self._inbox.put_nowait(view)

    async def _read(self) -> None:
        while True:
            view = await self._inbox.get()
            if view.session_id != self._session_id:
                continue
            if isinstance(view, RoomView) and view.phase == "ended":
                return
            try:
                await self._build(view.link)
                if isinstance(view, SignalView) and self._link is not None and view.link == self._link.number:
                    await self._link.take(view.signal)
            except UNUSABLE as error:
                log.info(
                    "session=%s link=%d cannot be used error=%s", self._session_id, view.link, type(error).__name__
                )
                await self._ask_rebuild(view.link)
            except (Refused, Disconnected, TimeoutError) as error:
                # The room has ended or moved on, or the socket is gone: whoever drives this actor sees that too.
                log.debug("session=%s link=%d not told error=%s", self._session_id, view.link, type(error).__name__)

    async def _build(self, number: int) -> None:
        if self._link is not None:
            if number <= self._link.number:
                return
            await self._link.close()
        self._link = _Link(self, number, self._ice)
        if self._is_sending:
            self._link.send(self._tracks())
        if self._is_offering:
            await self._link.offer()

    async def signal(self, link: int, signal: Signal) -> None:
        await self._actor.signal(self._session_id, link, signal)

    async def _ask_rebuild(self, link: int) -> None:
        with contextlib.suppress(Refused, Disconnected, TimeoutError):
            body = RoomRebuild(session_id=self._session_id, page_id=self._actor.page_id, link=link)
            self._inbox.put_nowait(await self._actor.emit("room:rebuild", body, RoomView))

    async def lost(self, link: int) -> None:
        """A link did not connect, or broke: ask for a new one."""
        if self._link is not None and self._link.number == link:
            await self._ask_rebuild(link)

    @property
    def is_offering(self) -> bool:
        return self._is_offering


class _Link:
    """One connection. Its transceivers are made beforehand, so that aiortc puts the offered lines to them."""

    def __init__(self, call: ActorCall, number: int, ice: Sequence[IceServer]) -> None:
        self.number = number
        self._call = call
        servers = [RTCIceServer(one.urls, one.username or None, one.credential or None) for one in ice]
        # An empty list all the same: aiortc's default calls a public STUN server.
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._transceivers = []
        for kind in KINDS:
            transceiver = self.peer.addTransceiver(kind, direction="sendrecv")
            capabilities = RTCRtpReceiver.getCapabilities(kind)
            assert capabilities is not None
            transceiver.setCodecPreferences(
                [codec for codec in capabilities.codecs if codec.mimeType.lower() == CODECS[kind]]
            )
            self._tap_into(transceiver.receiver, kind)
            self._transceivers.append(transceiver)
        self._early: list[Candidate] = []
        self._remote_ufrag = ""
        self._watcher = asyncio.create_task(self._watch())
        self._repeater: asyncio.Task[None] | None = None

    def _tap_into(self, receiver: RTCRtpReceiver, kind: str) -> None:
        counts, has_sound = self._call.packets, self._call.has_sound

        # aiortc calls it with arrival_time_ms as a keyword; not decoding keeps a rehearsal's cost near nothing.
        async def tap(packet: RtpPacket, arrival_time_ms: int) -> None:
            counts[kind] += 1
            if kind == "audio":
                has_sound.set()

        receiver._handle_rtp_packet = tap  # type: ignore[method-assign]  # replaced on purpose

    def send(self, tracks: Tracks) -> None:
        self._transceivers[0].sender.replaceTrack(tracks.audio)
        self._transceivers[1].sender.replaceTrack(tracks.video)

    async def offer(self) -> None:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        await self._tell()
        self._repeater = asyncio.create_task(self._offer_again())

    async def _offer_again(self) -> None:
        """The other page may not have been listening yet."""
        for wait_s in OFFER_AGAIN_S:
            await asyncio.sleep(wait_s)
            if self.peer.signalingState != "have-local-offer":
                return
            with contextlib.suppress(Refused, Disconnected, TimeoutError):
                await self._tell()

    async def _tell(self) -> None:
        local = self.peer.localDescription
        kind: Literal["offer", "answer"] = "offer" if local.type == "offer" else "answer"
        await self._call.signal(self.number, Description(type=kind, sdp=local.sdp))

    async def take(self, signal: Signal) -> None:
        """Raises one of UNUSABLE when a new link is needed."""
        if isinstance(signal, Told):
            return
        if isinstance(signal, Candidate):
            if self.peer.remoteDescription is None:
                self._early.append(signal)
            else:
                await self._add(signal)
        elif signal.type == "offer" and not self._call.is_offering:
            await self._answer(signal.sdp)
        elif signal.type == "answer" and self.peer.signalingState == "have-local-offer":
            await self.peer.setRemoteDescription(RTCSessionDescription(signal.sdp, "answer"))
            await self._add_early()

    async def _answer(self, sdp: str) -> None:
        ufrag = _ufrag(sdp)
        if self._remote_ufrag not in ("", ufrag):
            raise InvalidStateError("aiortc cannot restart ICE")
        if self._remote_ufrag == ufrag:
            # The same offer again: our answer came before the page listened.
            await self._tell()
            return
        self._remote_ufrag = ufrag
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        await self._tell()
        await self._add_early()

    async def _add_early(self) -> None:
        early, self._early = self._early, []
        for candidate in early:
            await self._add(candidate)

    async def _add(self, signal: Candidate) -> None:
        # One that cannot be used (another transport, a name nobody resolves) leaves the others.
        with contextlib.suppress(*UNUSABLE):
            candidate = candidate_from_sdp(signal.candidate.removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = signal.mid, signal.line
            await self.peer.addIceCandidate(candidate)

    async def _watch(self) -> None:
        """For ever: a link that is not connected for long is given up."""
        broken_s = 0.0
        while True:
            await asyncio.sleep(0.5)
            state = self.peer.connectionState
            broken_s = 0.0 if state == "connected" else broken_s + 0.5
            if state in ("failed", "closed") or broken_s >= REBUILD_AFTER_S:
                broken_s = 0.0
                await self._call.lost(self.number)
                await asyncio.sleep(3.0)

    async def close(self) -> None:
        for task in (self._watcher, self._repeater):
            if task is not None:
                task.cancel()
        try:
            await asyncio.wait_for(self.peer.close(), 5)
        except TimeoutError:
            log.warning("a link did not close in time")


def _ufrag(sdp: str) -> str:
    media = SessionDescription.parse(sdp).media[0]
    return (media.ice.usernameFragment if media.ice is not None else None) or ""
