"""Socket.IO: decode, authorise, call, acknowledge. One handler per event of `protocol.CLIENT_EVENTS`.

WebSocket only, permessage-deflate refused, origin and cookie checked at the handshake. Events of one socket are
handled in order. Easy to break: roles come from the event table and the seat from the database, never from a body;
start-up fails when an event has no handler or a handler no event.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import socketio
from aiohttp import web

from booking_core.errors import CodedError
from rtc_server import pool, room
from rtc_server.adapters import turn
from rtc_server.adapters.signal_bus import SignalBus
from rtc_server.api.dispatch import complaint
from rtc_server.auth import COOKIE, Auth
from rtc_server.errors import BadMessage, BadOrigin, Draining, NotAllowed, NotSignedIn, StorageFull, WebClientOutdated
from rtc_server.fanout import Fanout, Socket
from rtc_server.limits import ClientAddress, Rates, address_key, is_own_origin
from rtc_server.presence import Presence, person_lease, seat_lease
from rtc_server.protocol import (
    CLIENT_EVENTS,
    PROTOCOL_VERSIONS_ACCEPTED,
    Body,
    ChatLine,
    ChatLines,
    ChatSend,
    ChatSince,
    CurrentRequest,
    Description,
    DutySet,
    DutyView,
    Empty,
    Hello,
    IceServer,
    NotesSave,
    NotesView,
    PoolView,
    RequestAgree,
    RequestPlace,
    RequestRef,
    RequestView,
    RoomAway,
    RoomCamera,
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
    SignalView,
    View,
)
from rtc_server.room import Phase, Room, SeatName
from rtc_server.room_story import RoomStory
from rtc_server.signalling import SignalBudget, check_candidate, check_description
from rtc_server.socket_server import ADMITTED
from rtc_server.store import duty, events, notes, requests, rooms, sign_ins
from rtc_server.store.database import now_ms
from rtc_server.story import Story

log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong on our side. Nothing you wrote was lost; please try again."
Handler = Callable[[Socket, Any], Awaitable[View | None]]


@dataclass(frozen=True)
class SocketRules:
    origins: frozenset[str]
    client_address: ClientAddress
    person_rates: Rates  # messages
    socket_rates: Rates  # handshakes per person
    address_rates: Rates  # handshakes per address
    candidates_per_link: int
    descriptions_per_link: int
    ice_servers: tuple[turn.IceServerEntry, ...]
    turn_secret: str
    credential_s: float


class _Relayed(msgspec.Struct):
    """A signal on its way to the process that holds the other page."""

    person_id: str
    page_id: str
    view: SignalView


class SocketApi:
    """One per web process."""

    def __init__(
        self,
        server: socketio.AsyncServer,
        auth: Auth,
        fanout: Fanout,
        presence: Presence,
        story: Story,
        room_story: RoomStory,
        bus: SignalBus,
        rules: SocketRules,
    ) -> None:
        self.server = server
        self.auth = auth
        self.fanout = fanout
        self.presence = presence
        self.story = story
        self.room_story = room_story
        self.bus = bus
        self.rules = rules
        self.budget = SignalBudget(rules.candidates_per_link, rules.descriptions_per_link)
        self.is_draining = False
        self._register()

    def _register(self) -> None:
        handlers: dict[str, Handler] = {
            "duty:set": self.duty_set,
            "duty:get": self.duty_get,
            "pool:get": self.pool_get,
            "request:current": self.request_current,
            "request:place": self.request_place,
            "request:cancel": self.request_cancel,
            "request:accept": self.request_accept,
            "request:withdraw": self.request_withdraw,
            "request:decline": self.request_decline,
            "request:agree": self.request_agree,
            "room:warm": self.room_warm,
            "room:join": self.room_join,
            "room:signal": self.room_signal,
            "room:rebuild": self.room_rebuild,
            "room:mute": self.room_mute,
            "room:camera": self.room_camera,
            "room:away": self.room_away,
            "room:ask_mute": self.room_ask_mute,
            "room:transcript": self.room_transcript,
            "room:leave": self.room_leave,
            "room:end": self.room_end,
            "chat:send": self.chat_send,
            "chat:since": self.chat_since,
            "notes:save": self.notes_save,
        }
        if set(handlers) != set(CLIENT_EVENTS):
            raise AssertionError(f"events and handlers differ: {sorted(set(handlers) ^ set(CLIENT_EVENTS))}")
        self.server.on("connect", self.connect)
        self.server.on("disconnect", self.disconnect)
        for name, handler in handlers.items():
            self.server.on(name, self._wrapped(name, handler))
        self.server.on("*", self._unknown)

    def _wrapped(self, name: str, handler: Handler) -> Callable[..., Awaitable[dict[str, Any]]]:
        declared = CLIENT_EVENTS[name]

        async def handle(sid: str, *arguments: Any) -> dict[str, Any]:
            try:
                socket = self.fanout.sockets.get(sid)
                if socket is None:
                    raise NotAllowed("This connection is closing.")
                if socket.viewer.role not in declared.roles:
                    raise NotAllowed("This is not open to you.")
                socket.has_spoken = True
                if name != "room:signal":
                    self.rules.person_rates.take(socket.viewer.person_id)
                value = await handler(socket, _decode(declared.body, arguments))
                return {"ok": True, "value": None if value is None else msgspec.to_builtins(value)}
            except CodedError as error:
                if error.http_status >= 500 and not isinstance(error, StorageFull):
                    log.warning("%s refused: %s", name, error.code)
                return {"ok": False, "code": error.code, "message": error.message}
            except Exception:
                log.exception("%s failed", name)
                return {"ok": False, "code": "internal", "message": UNEXPECTED}

        return handle

    async def _unknown(self, event: str, sid: str, *arguments: Any) -> dict[str, Any]:
        return {"ok": False, "code": "bad_message", "message": "unknown event"}

    # Sockets come and go

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        try:
            await self._connect(sid, environ, auth)
        except CodedError as error:
            raise socketio.exceptions.ConnectionRefusedError(
                error.code, {"code": error.code, "message": error.message}
            ) from error

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        request: web.Request = environ["aiohttp.request"]
        if not is_own_origin(request.headers.get("Origin"), self.rules.origins):
            raise BadOrigin("That came from another site and was refused.")
        if self.is_draining:
            raise Draining("We are restarting. Your page comes back by itself.")
        self.rules.address_rates.take(address_key(self.rules.client_address.of(request)))
        viewer = await self.auth.viewer(request.cookies.get(COOKIE, ""))
        if viewer is None:
            raise NotSignedIn("Please sign in.")
        self.rules.socket_rates.take(viewer.person_id)
        hello = _decode(Hello, (auth,))
        if hello.protocol not in PROTOCOL_VERSIONS_ACCEPTED:
            raise WebClientOutdated("There is a new version of this page. Please reload.")
        socket = Socket(sid=sid, viewer=viewer, page_id=hello.page_id or "")
        if viewer.role == "therapist":
            async with self.fanout.store.read() as connection:
                socket.facts = await duty.facts(connection, viewer.person_id)
                held = await requests.owned_by_therapist(connection, viewer.person_id)
                socket.holding = held.id if held else None
        environ[ADMITTED] = True
        self.fanout.add(socket)
        await self.presence.take(person_lease(viewer.person_id))

    async def disconnect(self, sid: str, reason: str = "") -> None:
        socket = self.fanout.remove(sid)
        if socket is None or self.is_draining:
            return
        if socket.viewer.person_id not in self.fanout.by_person:
            await self.presence.give_back(person_lease(socket.viewer.person_id))
        for seat in socket.seats:
            await self._seat_lost(socket, seat)

    async def _seat_lost(self, socket: Socket, seat: str) -> None:
        """A page that held a seat is gone; not when the page is already back on another socket."""
        if any(seat in other.seats for other in self.fanout.of(socket.viewer.person_id)):
            return
        session_id, name = seat.split(":")
        await self.presence.give_back(seat_lease(session_id, name))
        if await self.presence.is_held(seat_lease(session_id, name)):
            return
        await self.room_story.seat_lost(session_id, SeatName(name), socket.page_id)

    async def close_sign_in(self, token_hash: bytes) -> None:
        """Somebody signed out: their sockets close."""
        for socket in list(self.fanout.sockets.values()):
            if socket.viewer.token_hash == token_hash:
                await self.server.disconnect(socket.sid)

    async def close_disabled(self) -> None:
        """Somebody was disabled: their sockets close, also when they say nothing."""
        async with self.fanout.store.read() as connection:
            disabled = await sign_ins.disabled_people(connection)
        for person_id in disabled:
            for socket in self.fanout.of(person_id):
                await self.server.disconnect(socket.sid)

    async def close_expired(self) -> None:
        """Sign-ins that have ended by age or idleness. Being on duty or having spoken since the last look is use."""
        for socket in list(self.fanout.sockets.values()):
            is_on_duty = socket.facts is not None and socket.facts.is_on_duty
            is_use = socket.has_spoken or is_on_duty
            socket.has_spoken = False
            if await self.auth.viewer_of(socket.viewer.token_hash, is_use=is_use) is None:
                await self.server.disconnect(socket.sid)

    # Duty and pool

    async def duty_set(self, socket: Socket, body: DutySet) -> DutyView:
        await self.presence.set_duty(socket.viewer.person_id, body.is_on)
        return await self.duty_get(socket, Empty())

    async def duty_get(self, socket: Socket, body: Empty) -> DutyView:
        async with self.fanout.store.read() as connection:
            facts = await duty.facts(connection, socket.viewer.person_id)
        for own in self.fanout.of(socket.viewer.person_id):
            own.facts = facts
        return await self.fanout.duty_view(facts)

    async def pool_get(self, socket: Socket, body: Empty) -> PoolView:
        return await self.fanout.pool_view(socket)

    # Requests

    async def request_current(self, socket: Socket, body: Empty) -> CurrentRequest:
        find = requests.open_of_client if socket.viewer.role == "client" else requests.owned_by_therapist
        async with self.fanout.store.read() as connection:
            current = await find(connection, socket.viewer.person_id)
        return CurrentRequest(request=None if current is None else await self.fanout.request_view(current))

    async def request_place(self, socket: Socket, body: RequestPlace) -> RequestView:
        return await self.fanout.request_view(await self.story.place(socket.viewer.person_id, body))

    async def request_cancel(self, socket: Socket, body: RequestRef) -> RequestView:
        changed = await self.story.client_step(socket.viewer.person_id, body.id, pool.ClientCancels())
        return await self.fanout.request_view(changed)

    async def request_decline(self, socket: Socket, body: RequestRef) -> RequestView:
        changed = await self.story.client_step(socket.viewer.person_id, body.id, pool.ClientDeclines())
        return await self.fanout.request_view(changed)

    async def request_accept(self, socket: Socket, body: RequestRef) -> RequestView:
        accepted = await self.story.accept(socket.viewer.person_id, body.id)
        socket.holding = accepted.id
        return await self.fanout.request_view(accepted)

    async def request_withdraw(self, socket: Socket, body: RequestRef) -> None:
        await self.story.withdraw(socket.viewer.person_id, body.id)

    async def request_agree(self, socket: Socket, body: RequestAgree) -> RequestView:
        return await self.fanout.request_view(await self.story.agree(socket.viewer.person_id, body))

    # Rooms

    async def room_warm(self, socket: Socket, body: RoomRef) -> RoomWarmed:
        person_id = socket.viewer.person_id
        socket.page_id = body.page_id
        socket.sessions.add(body.session_id)
        current = await self.room_story.step(
            person_id, body.session_id, lambda _, seat: room.Warmed(seat, body.page_id)
        )
        return RoomWarmed(room=await self._room_view(socket, current), ice_servers=self._ice(person_id, current))

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
        own_notes = await self.fanout.views.notes(current) if seat is SeatName.THERAPIST else None
        view = await self._room_view(socket, current)
        return RoomJoined(room=view, ice_servers=self._ice(person_id, current), notes=own_notes)

    def _ice(self, person_id: str, current: Room) -> list[IceServer]:
        rules = self.rules
        minted = turn.mint(rules.ice_servers, rules.turn_secret, person_id, current.session_id, rules.credential_s)
        return [
            IceServer(urls=list(entry.urls), username=entry.username, credential=entry.credential) for entry in minted
        ]

    async def _room_view(self, socket: Socket, current: Room) -> RoomView:
        seat = current.seat_of(socket.viewer.person_id)
        assert seat is not None
        return await self.fanout.views.room(current, seat)

    async def room_signal(self, socket: Socket, body: RoomSignal) -> None:
        """Pass one signal on to the page that holds the other seat; a stale link is refused."""
        current, seat = await self.room_story.load(socket.viewer.person_id, body.session_id)
        room.check_speaker(current, seat, body.page_id, body.link)
        is_description = isinstance(body.signal, Description)
        self.budget.spend(body.session_id, body.page_id, body.link, is_description=is_description)
        if isinstance(body.signal, Description):
            check_description(body.signal.sdp)
        else:
            check_candidate(body.signal.candidate)
        other_id = current.therapist_id if seat is SeatName.CLIENT else current.client_id
        page_id = current.seat(seat.other).page_id
        if page_id is None:
            return
        view = SignalView(session_id=body.session_id, link=body.link, signal=body.signal)
        relayed = _Relayed(other_id, page_id, view)
        if not await self._deliver(relayed):
            await self.bus.publish(msgspec.json.encode(relayed))

    async def _deliver(self, relayed: _Relayed) -> bool:
        found = [socket for socket in self.fanout.of(relayed.person_id) if socket.page_id == relayed.page_id]
        await self.fanout.emit("room:signalled", relayed.view, found)
        return bool(found)

    async def listen_signals(self) -> None:
        """For ever: signals from other processes for pages held here."""
        async for message in self.bus.listen():
            await self._deliver(msgspec.json.decode(message, type=_Relayed))

    async def _room_step(
        self, socket: Socket, session_id: str, page_id: str | None, make: Callable[[SeatName], room.Event]
    ) -> RoomView:
        def step(current: Room, seat: SeatName) -> room.Event:
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

    async def room_away(self, socket: Socket, body: RoomAway) -> RoomView:
        return await self._room_step(socket, body.session_id, body.page_id, lambda _: room.AwaySet(body.is_away))

    async def room_ask_mute(self, socket: Socket, body: SessionRef) -> None:
        await self._room_step(socket, body.session_id, None, lambda seat: room.MuteAsked(seat.other))

    async def room_transcript(self, socket: Socket, body: RoomTranscript) -> RoomView:
        return await self._room_view(socket, await self.room_story.choose_transcript(socket.viewer.person_id, body))

    async def room_leave(self, socket: Socket, body: RoomEnd) -> None:
        await self.room_story.step(socket.viewer.person_id, body.session_id, lambda *_: room.ClientLeft())
        seat = f"{body.session_id}:client"
        for own in self.fanout.of(socket.viewer.person_id):
            own.seats.pop(seat, None)
        await self.presence.give_back(f"seat:{seat}")

    async def room_end(self, socket: Socket, body: RoomEnd) -> None:
        await self.room_story.end(socket.viewer.person_id, body)

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

        async def step(connection: Any) -> int:
            now = now_ms()
            version = await notes.save_notes(connection, key, body.session_id, body.text, body.version, now)
            await events.append(
                connection, "notes", body.session_id, version, "NotesSaved", socket.viewer.person_id, now
            )
            return version

        version = await self.fanout.store.write(step)
        await self.story.publish("notes", body.session_id, version)
        return await self.fanout.views.notes(current)


def _decode(kind: type[Body], arguments: tuple[Any, ...]) -> Any:
    """The one argument of an event as its declared body. Raises BadMessage, which quotes nothing that was sent."""
    if len(arguments) != 1:
        raise BadMessage("An event carries exactly one message.")
    try:
        return msgspec.convert(arguments[0], kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadMessage(complaint(error)) from error
