"""Socket events of rooms, chat and notes, and the signals that pass from one page to the other.

Easy to break: a page speaks for a seat only while the room says that it holds it, and a signal only on today's link.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server import room
from rtc_server.adapters.signal_bus import SignalBus
from rtc_server.adapters.turn import IceServers
from rtc_server.errors import BadMessage, IllegalTransition
from rtc_server.fanout import Fanout
from rtc_server.presence import Presence, seat_lease
from rtc_server.room import Phase, Room, Seat
from rtc_server.room_story import RoomStory, StillJoining
from rtc_server.signalling import SignalBudget, check_candidate, check_description, relay_candidate, relay_description
from rtc_server.socket_api import Handler
from rtc_server.socket_state import Socket
from rtc_server.store import captions, events, notes, quality, rooms
from rtc_server.store.database import now_ms
from rtc_server.story import Story
from rtc_server.views import ice_views
from rtc_server.wire.quality import RoomQuality
from rtc_server.wire.room import (
    ChatLine,
    ChatLines,
    ChatSend,
    ChatSince,
    Description,
    IceServer,
    NotesSave,
    NotesView,
    RoomAway,
    RoomCamera,
    RoomCaptions,
    RoomEnd,
    RoomJoined,
    RoomMute,
    RoomRebuild,
    RoomRef,
    RoomSignal,
    RoomTranscript,
    RoomView,
    RoomWarmed,
    SessionRef,
    Signal,
    SignalView,
    Told,
)


@dataclass(frozen=True)
class SignalRules:
    candidates_per_link: int
    descriptions_per_link: int
    room_s: float  # the longest a session lasts once both are there


class _Passing(msgspec.Struct):
    """A signal on its way to the process that holds the other page."""

    person_id: str
    page_id: str
    view: SignalView


def _relayed(signal: Signal) -> Signal | None:
    """What of a signal passes while only relays may be used; None: nothing."""
    if isinstance(signal, Description):
        return Description(type=signal.type, sdp=relay_description(signal.sdp))
    if isinstance(signal, Told):
        return signal
    candidate = relay_candidate(signal.candidate)
    return None if candidate is None else msgspec.structs.replace(signal, candidate=candidate)


class RoomEvents:
    def __init__(
        self,
        fanout: Fanout,
        presence: Presence,
        story: Story,
        room_story: RoomStory,
        bus: SignalBus,
        ice_servers: IceServers,
        rules: SignalRules,
    ) -> None:
        self.fanout = fanout
        self.presence = presence
        self.story = story
        self.room_story = room_story
        self.bus = bus
        self.ice_servers = ice_servers
        self.rules = rules
        fanout.takers[captions.TOPIC] = self.captioned
        self.budget = SignalBudget(rules.candidates_per_link, rules.descriptions_per_link)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "room:warm": self.room_warm,
            "room:join": self.room_join,
            "room:signal": self.room_signal,
            "room:rebuild": self.room_rebuild,
            "room:mute": self.room_mute,
            "room:camera": self.room_camera,
            "room:captions": self.room_captions,
            "room:away": self.room_away,
            "room:ask_mute": self.room_ask_mute,
            "room:transcript": self.room_transcript,
            "room:forget": self.room_forget,
            "room:leave": self.room_leave,
            "room:end": self.room_end,
            "room:quality": self.room_quality,
            "chat:send": self.chat_send,
            "chat:since": self.chat_since,
            "notes:save": self.notes_save,
        }

    async def room_warm(self, socket: Socket, body: RoomRef) -> RoomWarmed:
        person_id = socket.viewer.person_id
        socket.page_id = body.page_id
        socket.sessions.add(body.session_id)
        current = await self.room_story.step(
            person_id, body.session_id, lambda _, seat: room.Warmed(seat, body.page_id)
        )
        servers = await self._ice(person_id, current)
        return RoomWarmed(room=await self._room_view(socket, current), ice_servers=servers)

    async def room_join(self, socket: Socket, body: RoomRef) -> RoomJoined:
        person_id = socket.viewer.person_id
        socket.page_id = body.page_id
        socket.sessions.add(body.session_id)
        current = await self.room_story.step(
            person_id, body.session_id, lambda _, seat: room.SeatJoined(seat, body.page_id)
        )
        seat = current.seat_of(person_id)
        assert seat is not None
        socket.seats[f"{current.session_id}:{seat}"] = current.version
        await self.presence.take(seat_lease(current.session_id, seat))
        own_notes = await self.fanout.views.notes(current) if seat is Seat.THERAPIST else None
        servers = await self._ice(person_id, current)
        return RoomJoined(room=await self._room_view(socket, current), ice_servers=servers, notes=own_notes)

    async def _ice(self, person_id: str, current: Room) -> list[IceServer]:
        """With credentials that are never valid longer than the session can last."""
        since_ms = now_ms() if current.live_at_ms is None else current.live_at_ms
        left_s = since_ms / 1000 + self.rules.room_s - now_ms() / 1000
        return ice_views(await self.ice_servers.mint(person_id, current.session_id, max(1.0, left_s)))

    async def _room_view(self, socket: Socket, current: Room) -> RoomView:
        seat = current.seat_of(socket.viewer.person_id)
        assert seat is not None
        return await self.fanout.views.room(current, seat)

    async def room_signal(self, socket: Socket, body: RoomSignal) -> None:
        """Pass one signal on to the page that holds the other seat; a stale link is refused."""
        current, seat = await self.room_story.load(socket.viewer.person_id, body.session_id)
        room.check_speaker(current, seat, body.page_id, body.link)
        self._check_signal(body)
        must_relay = current.must_relay(self.ice_servers.has_relay)
        signal = _relayed(body.signal) if must_relay else body.signal
        other_id = current.therapist_id if seat is Seat.CLIENT else current.client_id
        page_id = current.seat(seat.other).page_id
        if page_id is None or signal is None:
            return
        view = SignalView(session_id=body.session_id, link=body.link, signal=signal)
        passing = _Passing(other_id, page_id, view)
        if not await self._deliver(passing):
            await self.bus.publish(msgspec.json.encode(passing))

    def _check_signal(self, body: RoomSignal) -> None:
        """Raises BadMessage, TooOften. What a page tells of itself is limited by its type alone."""
        if isinstance(body.signal, Told):
            return
        is_description = isinstance(body.signal, Description)
        self.budget.spend(body.session_id, body.page_id, body.link, is_description=is_description)
        if isinstance(body.signal, Description):
            check_description(body.signal.sdp)
        else:
            check_candidate(body.signal.candidate)

    async def _deliver(self, passing: _Passing) -> bool:
        found = [socket for socket in self.fanout.of(passing.person_id) if socket.page_id == passing.page_id]
        await self.fanout.emit("room:signalled", passing.view, found)
        return bool(found)

    async def listen_signals(self) -> None:
        """For ever: signals from other processes for pages held here."""
        async for message in self.bus.listen():
            await self._deliver(msgspec.json.decode(message, type=_Passing))

    async def _room_step(
        self, socket: Socket, session_id: str, page_id: str | None, make: Callable[[Seat], room.Event]
    ) -> RoomView:
        def step(current: Room, seat: Seat) -> room.Event:
            if page_id is not None:
                room.check_speaker(current, seat, page_id)
            return make(seat)

        current = await self.room_story.step(socket.viewer.person_id, session_id, step)
        return await self._room_view(socket, current)

    async def room_rebuild(self, socket: Socket, body: RoomRebuild) -> RoomView:
        return await self._room_step(socket, body.session_id, body.page_id, lambda _: room.RebuildAsked(body.link))

    async def room_mute(self, socket: Socket, body: RoomMute) -> RoomView:
        return await self._room_step(
            socket, body.session_id, body.page_id, lambda seat: room.Muted(seat, body.is_muted)
        )

    async def room_camera(self, socket: Socket, body: RoomCamera) -> RoomView:
        return await self._room_step(
            socket, body.session_id, body.page_id, lambda seat: room.CameraSet(seat, body.is_on)
        )

    async def room_captions(self, socket: Socket, body: RoomCaptions) -> RoomView:
        return await self._room_step(
            socket, body.session_id, body.page_id, lambda seat: room.CaptionsSet(seat, body.is_on)
        )

    async def room_away(self, socket: Socket, body: RoomAway) -> RoomView:
        return await self._room_step(socket, body.session_id, body.page_id, lambda _: room.AwaySet(body.is_away))

    async def room_ask_mute(self, socket: Socket, body: SessionRef) -> None:
        await self._room_step(socket, body.session_id, None, lambda seat: room.MuteAsked(seat.other))

    async def room_forget(self, socket: Socket, body: SessionRef) -> None:
        await self.room_story.forget(socket.viewer.person_id, body.session_id, socket.address)

    async def room_transcript(self, socket: Socket, body: RoomTranscript) -> RoomView:
        return await self._room_view(socket, await self.room_story.choose_transcript(socket.viewer.person_id, body))

    async def room_leave(self, socket: Socket, body: RoomEnd) -> None:
        await self.room_story.step(socket.viewer.person_id, body.session_id, lambda *_: room.ClientLeft())
        seat = f"{body.session_id}:client"
        for own in self.fanout.of(socket.viewer.person_id):
            own.seats.pop(seat, None)
        await self.presence.give_back(f"seat:{seat}")

    async def room_end(self, socket: Socket, body: RoomEnd) -> None:
        person_id = socket.viewer.person_id
        try:
            return await self.room_story.end(person_id, body)
        except StillJoining as early:
            with contextlib.suppress(IllegalTransition):  # both have come meanwhile
                await self.story.withdraw(person_id, early.request_id)
                return None
        return await self.room_story.end(person_id, body)

    async def room_quality(self, socket: Socket, body: RoomQuality) -> None:
        """Kept also when it comes just after the end: a page counts until then."""
        _, seat = await self.room_story.load(socket.viewer.person_id, body.session_id)
        figures = msgspec.structs.asdict(body)
        session_id, page_id = figures.pop("session_id"), figures.pop("page_id")
        await self.fanout.store.write(quality.keep, session_id, seat.value, page_id, figures, now_ms())

    async def captioned(self, caption_id: str) -> None:
        """A worker has heard something: to the page of whoever reads along, unless one of the two no longer agrees."""
        async with self.fanout.store.read() as connection:
            one = await captions.load(connection, caption_id)
            current = None if one is None else await rooms.load(connection, one.session_id)
            if one is None or current is None:
                return
            given = await rooms.transcript_consents(connection, one.session_id)
        reader = Seat(one.seat).other
        people = {Seat.CLIENT: current.client_id, Seat.THERAPIST: current.therapist_id}
        if not current.seat(reader).has_captions or not all(given.get(person, False) for person in people.values()):
            return
        seat = f"{current.session_id}:{reader}"
        reading = [socket for socket in self.fanout.of(people[reader]) if seat in socket.seats]
        if reading:
            await self.fanout.emit("room:captioned", await self.fanout.views.caption(current, one), reading)

    # Chat and notes

    async def chat_send(self, socket: Socket, body: ChatSend) -> ChatLine:
        return await self.room_story.chat(socket.viewer.person_id, body)

    async def chat_since(self, socket: Socket, body: ChatSince) -> ChatLines:
        current, _ = await self.room_story.load(socket.viewer.person_id, body.session_id)
        async with self.fanout.store.read() as connection:
            rows = await rooms.chat_since(connection, body.session_id, body.seq)
        return ChatLines(lines=[await self.fanout.views.chat_line(current, row) for row in rows])

    async def notes_save(self, socket: Socket, body: NotesSave) -> NotesView:
        current, _ = await self.room_story.load(socket.viewer.person_id, body.session_id)
        if current.phase is Phase.WARMING:
            raise BadMessage("The session has not begun.")
        key = await self.story.keys.key_of(current.client_id)

        async def step(connection: AsyncConnection) -> int:
            now = now_ms()
            version = await notes.save_notes(connection, key, body.session_id, body.text, body.version, now)
            await events.append(
                connection, "notes", body.session_id, version, "NotesSaved", socket.viewer.person_id, now
            )
            return version

        version = await self.fanout.store.write(step)
        await self.fanout.publish("notes", body.session_id, version)
        return await self.fanout.views.notes(current)
