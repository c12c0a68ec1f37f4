"""The scripted client of a test session: asks for its own therapist, says yes, speaks recorded lines, leaves.

An ordinary client on the wire, with nothing but a sign-in; knows no database and no worker. What it says and shows
stands ready in `media/` and is sent packet by packet, so nothing is encoded. Easy to break: a track ends with
its link, so what is being said lives in `Mouth`, which outlives them.
"""

import abc
import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import av
from aiortc import MediaStreamTrack

from rtc_server.actors.call import ActorCall, Tracks
from rtc_server.actors.people import ClientActor
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.wire.pool import RequestView

MEDIA = Path(__file__).resolve().parent / "media"
NOTE = "This is a test session with a recorded voice. Nobody is waiting."
CHAT = "Hello, this is the message I spoke about. Write something back if you like."

OPENING = ("01-hello", "02-recorded", "03-sleep", "04-chat")
GOING_ON = ("05-work", "06-running", "07-help", "08-aloud")
WITH_CHAT = "04-chat"
GOODBYE = "09-over"
GOODBYE_S = 10.0  # longer than the line
OPENING_PAUSE_S = 3.0
PAUSE_S = 9.0  # as long as somebody takes who listens and then asks
FIRST_WORD_S = 1.0

PACKET_S = 0.02
OPUS_RATE = 48_000
# One Opus packet of 20 ms without sound (RFC 6716, section 2.1: CELT, full band, one frame).
SILENCE = b"\xf8\xff\xfe"
PICTURE_S = 0.5
PICTURE_RATE = 90_000

THINKS_S = 2.0  # as long as somebody takes to read a card and press yes
UNMUTES_S = 10.0
RECONNECT_TRIES = 20
RECONNECT_S = 1.0


@cache
def line(name: str) -> tuple[bytes, ...]:
    """A spoken line as Opus packets of 20 ms."""
    return _packets(MEDIA / f"{name}.opus")


@cache
def pictures() -> tuple[bytes, ...]:
    """VP8 key frames: quiet, and two while speaking."""
    return _packets(MEDIA / "still.ivf")


def _packets(path: Path) -> tuple[bytes, ...]:
    with av.open(str(path)) as file:
        return tuple(bytes(packet) for packet in file.demux() if packet.size)


class Mouth:
    """What is still to be said. Muted, it goes on later where it stopped."""

    def __init__(self) -> None:
        self._packets: deque[bytes] = deque()
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self.is_muted = False

    @property
    def is_speaking(self) -> bool:
        return bool(self._packets) and not self.is_muted

    async def say(self, name: str) -> None:
        """Returns when the line has been sent."""
        self.begin(name)
        await self._is_quiet.wait()

    def begin(self, name: str) -> None:
        self._packets.extend(line(name))
        self._is_quiet.clear()

    def packet(self) -> bytes:
        if self.is_muted or not self._packets:
            return SILENCE
        packet = self._packets.popleft()
        if not self._packets:
            self._is_quiet.set()
        return packet


class _Paced(MediaStreamTrack):
    """Ready packets at a steady pace; a loop that was held up goes on from now and sends no burst."""

    def __init__(self, period_s: float, rate: int) -> None:
        super().__init__()
        self._period_s = period_s
        self._step = round(period_s * rate)
        self._time_base = Fraction(1, rate)
        self._due_s = time.monotonic()
        self._pts = 0

    async def recv(self) -> "av.Packet[Any]":
        now_s = time.monotonic()
        if now_s - self._due_s > 1.0:
            self._pts += round((now_s - self._due_s) / self._period_s) * self._step
            self._due_s = now_s
        await asyncio.sleep(max(0.0, self._due_s - now_s))
        packet = av.Packet(self._payload())
        packet.pts, packet.time_base = self._pts, self._time_base
        self._pts += self._step
        self._due_s += self._period_s
        return packet

    @abc.abstractmethod
    def _payload(self) -> bytes: ...


class Voice(_Paced):
    kind = "audio"

    def __init__(self, mouth: Mouth) -> None:
        super().__init__(PACKET_S, OPUS_RATE)
        self._mouth = mouth

    def _payload(self) -> bytes:
        return self._mouth.packet()


class Picture(_Paced):
    """Nearly still: a ring of light while it speaks. Every frame is a key frame, so a late page sees it at once."""

    kind = "video"

    def __init__(self, mouth: Mouth) -> None:
        super().__init__(PICTURE_S, PICTURE_RATE)
        self._mouth = mouth
        self._glow = itertools.cycle((1, 2))

    def _payload(self) -> bytes:
        return pictures()[next(self._glow) if self._mouth.is_speaking else 0]


@dataclass(frozen=True)
class Times:
    """Seconds."""

    wait_s: float  # for the therapist to accept
    length_s: float  # of the whole rehearsal


class ScriptedClient:
    """One rehearsal. `token` is a sign-in that a worker made for it; `stopped` ends it early."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        origin: str,
        token: str,
        rehearsal_id: str,
        times: Times,
        stopped: asyncio.Event,
    ) -> None:
        self._actor = ClientActor(http, url, origin=origin)
        self._actor.token = token
        self._id = rehearsal_id
        self._times = times
        self._stopped = stopped
        self._mouth = Mouth()
        self._call: ActorCall | None = None
        self._has_placed = False
        self._over_s = time.monotonic() + times.length_s

    async def run(self) -> str:
        """Play it to its end and say why it ended. Raises Refused, Disconnected when it cannot be played."""
        watcher = asyncio.create_task(self._look_when_stopped())
        tries = RECONNECT_TRIES
        try:
            while True:
                try:
                    if not self._actor.is_connected:
                        await self._actor.connect()
                    tries = RECONNECT_TRIES
                    return await self._play()
                except (Disconnected, aiohttp.ClientError, TimeoutError) as error:
                    # A web process went: another one, or the same one again, knows where we were.
                    tries -= 1
                    if tries == 0 or time.monotonic() > self._over_s:
                        raise Disconnected("web does not answer") from error
                    await asyncio.sleep(RECONNECT_S)
        finally:
            watcher.cancel()
            await self._hang_up()
            await self._actor.close()

    async def _look_when_stopped(self) -> None:
        await self._stopped.wait()
        self._actor.look()

    async def _until(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        """False when the time passed first. Raises Disconnected."""
        with contextlib.suppress(TimeoutError):
            await self._actor.until(
                lambda: is_so() or self._stopped.is_set() or not self._actor.is_connected, max(0.0, timeout_s)
            )
        if not self._actor.is_connected:
            raise Disconnected("the socket closed")
        return is_so()

    async def _play(self) -> str:
        current = await self._actor.current()
        if current is None and self._has_placed:
            return "finished"
        if current is None:
            await self._actor.place(request_id=self._id, note=NOTE)
            self._has_placed = True
        while True:
            request = self._actor.request
            assert request is not None
            match request.state:
                case "waiting":
                    await self._hang_up()
                    if not await self._until(lambda: self._state() != "waiting", self._wait_left_s(request)):
                        await self._cancel()
                        return "stopped" if self._stopped.is_set() else "not_taken"
                case "accepted":
                    await self._consider(request)
                case "joining" | "in_call":
                    assert request.session_id is not None
                    return await self._talk(request.session_id)
                case _:
                    return "finished"

    def _state(self) -> str:
        return "" if self._actor.request is None else self._actor.request.state

    def _wait_left_s(self, request: RequestView) -> float:
        return min(self._times.wait_s, self._over_s - time.monotonic())

    async def _cancel(self) -> None:
        # Accepted in this very moment: then it is taken back, or its therapist withdraws.
        with contextlib.suppress(Refused):
            await self._actor.cancel(self._id)

    async def _consider(self, request: RequestView) -> None:
        """Accepted: build the call as a page does, look a moment, say yes."""
        assert request.session_id is not None
        try:
            await self._ready(request.session_id).warm()
            if await self._until(lambda: self._state() != "accepted", THINKS_S):
                return
            if self._stopped.is_set():
                await self._cancel()
            else:
                await self._actor.agree(self._id, wants_transcript=False)
        except Refused:
            # Withdrawn meanwhile; the request says how it stands now.
            await self._actor.current()

    def _ready(self, session_id: str) -> ActorCall:
        if self._call is None:
            self._call = ActorCall(
                self._actor,
                session_id,
                is_offering=False,
                tracks=lambda: Tracks(Voice(self._mouth), Picture(self._mouth)),
            )
        return self._call

    async def _talk(self, session_id: str) -> str:
        try:
            await self._ready(session_id).join()
        except Refused:
            return "finished"
        tasks = [asyncio.create_task(self._speak(session_id)), asyncio.create_task(self._heed_mute(session_id))]
        try:
            if await self._until(self._has_ended, self._over_s - time.monotonic()):
                return "finished"
            if not self._stopped.is_set():
                tasks.pop(0).cancel()
                await self._until(self._has_ended, OPENING_PAUSE_S)
                with contextlib.suppress(TimeoutError):
                    # Nobody hears it where no sound flows, and then it would never have been said.
                    async with asyncio.timeout(GOODBYE_S):
                        await self._mouth.say(GOODBYE)
            with contextlib.suppress(Refused):
                await self._actor.leave(session_id)
            return "stopped" if self._stopped.is_set() else "length"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _has_ended(self) -> bool:
        return self._actor.room is not None and self._actor.room.phase == "ended"

    async def _speak(self, session_id: str) -> None:
        await asyncio.sleep(FIRST_WORD_S)
        for name in OPENING:
            await self._mouth.say(name)
            if name == WITH_CHAT:
                with contextlib.suppress(Refused, Disconnected, TimeoutError):
                    await self._actor.say(session_id, CHAT)
            await asyncio.sleep(OPENING_PAUSE_S)
        for name in itertools.cycle(GOING_ON):
            await asyncio.sleep(PAUSE_S)
            await self._mouth.say(name)

    async def _heed_mute(self, session_id: str) -> None:
        """Asked to mute, it does so for a while, so that the therapist sees both."""
        with contextlib.suppress(Refused, Disconnected):
            while True:
                await self._actor.until(
                    lambda: self._actor.room is not None and self._actor.room.mute_asked, self._times.length_s
                )
                for is_muted, wait_s in ((True, UNMUTES_S), (False, FIRST_WORD_S)):
                    self._mouth.is_muted = is_muted
                    await self._actor.mute(session_id, is_muted)
                    await asyncio.sleep(wait_s)

    async def _hang_up(self) -> None:
        if self._call is not None:
            await self._call.close()
            self._call = None
