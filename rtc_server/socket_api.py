"""Socket.IO: decode, authorise, call, acknowledge. One handler per event of `protocol.CLIENT_EVENTS`.

WebSocket only, permessage-deflate refused, origin and cookie checked at the handshake. Events of one socket are
handled in order. Easy to break: roles come from the event table and the seat from the database, never from a body;
start-up fails when an event has no handler or a handler no event.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import socketio
from aiohttp import web

from booking_core.errors import CodedError
from rtc_server.api.dispatch import UNEXPECTED, complaint
from rtc_server.auth import COOKIE, Auth
from rtc_server.errors import (
    BadMessage,
    BadOrigin,
    Draining,
    NotAllowed,
    NotSignedIn,
    SecondStepNeeded,
    StorageFull,
    StorageRefused,
    WebClientOutdated,
)
from rtc_server.fanout import Fanout
from rtc_server.limits import ClientAddress, Rates, address_key, is_own_origin
from rtc_server.presence import Presence, person_lease, seat_lease
from rtc_server.protocol import CLIENT_EVENTS
from rtc_server.room import Seat
from rtc_server.room_story import RoomStory
from rtc_server.socket_server import ADMITTED, LINE
from rtc_server.socket_state import Socket
from rtc_server.store import duty, requests, sign_ins
from rtc_server.waiting.window import Window
from rtc_server.wire.types import PROTOCOL_VERSIONS_ACCEPTED, Body, Hello, View

log = logging.getLogger(__name__)

RESTARTING = "We are restarting. Your page comes back by itself."
Handler = Callable[[Socket, Any], Awaitable[View | None]]


class Events(Protocol):
    """Handlers of some of the events."""

    def handlers(self) -> Mapping[str, Handler]: ...


@dataclass(frozen=True)
class SocketRules:
    origins: frozenset[str]
    client_address: ClientAddress
    person_rates: Rates  # messages
    signal_rates: Rates  # signals, which come in bursts of their own; refused ones count too
    socket_rates: Rates  # handshakes per person
    address_rates: Rates  # handshakes per address


class SocketApi:
    """One per web process."""

    def __init__(
        self,
        server: socketio.AsyncServer,
        auth: Auth,
        fanout: Fanout,
        presence: Presence,
        room_story: RoomStory,
        events: Sequence[Events],
        rules: SocketRules,
    ) -> None:
        self.server = server
        self.auth = auth
        self.fanout = fanout
        self.presence = presence
        self.room_story = room_story
        self.events = events
        self.rules = rules
        self.is_draining = False
        self._under_way = 0
        self._is_still = asyncio.Event()  # while draining: nothing is under way any more
        self._register()

    def _register(self) -> None:
        handlers = {name: handler for events in self.events for name, handler in events.handlers().items()}
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
            self._under_way += 1
            try:
                socket = self.fanout.sockets.get(sid)
                if socket is None:
                    raise NotAllowed("This connection is closing.")
                if self.is_draining:
                    raise Draining(RESTARTING)
                # Before anything else is looked at, so that what is refused costs us no more than what is not.
                rates = self.rules.signal_rates if name == "room:signal" else self.rules.person_rates
                rates.take(socket.viewer.person_id)
                if socket.viewer.role not in declared.roles:
                    raise NotAllowed("This is not open to you.")
                socket.has_spoken = True
                value = await handler(socket, _decode(declared.body, arguments))
                return {"ok": True, "value": None if value is None else msgspec.to_builtins(value)}
            except CodedError as error:
                if error.http_status >= 500 and not isinstance(error, StorageFull):
                    log.warning("%s refused: %s", name, error.code)
                return {"ok": False, "code": error.code, "message": error.message}
            except Exception:
                log.exception("%s failed", name)
                return {"ok": False, "code": "internal", "message": UNEXPECTED}
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._is_still.set()

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
            raise Draining(RESTARTING)
        self.rules.address_rates.take(address_key(self.rules.client_address.of(request)))
        viewer = await self.auth.viewer(request.cookies.get(COOKIE, ""))
        if viewer is None:
            raise NotSignedIn("Please sign in.")
        if viewer.must_enrol:
            raise SecondStepNeeded("Please set up the second step of signing in first.")
        self.rules.socket_rates.take(viewer.person_id)
        hello = _decode(Hello, (auth,))
        if hello.protocol not in PROTOCOL_VERSIONS_ACCEPTED:
            raise WebClientOutdated("There is a new version of this page. Please reload.")
        address = self.rules.client_address.of(request)
        window = Window(self.fanout.cards_max)
        socket = Socket(sid, viewer, hello.page_id or "", environ[LINE], window, address=address)
        if viewer.role == "therapist":
            async with self.fanout.store.read() as connection:
                socket.facts = await duty.facts(connection, viewer.person_id)
                socket.hold(await requests.owned_by_therapist(connection, viewer.person_id))
        # Engine.IO keeps this as long as the socket: a page's headers, which nobody reads again.
        environ.clear()
        environ[ADMITTED] = True
        self.fanout.add(socket)
        await self.presence.take(person_lease(viewer.person_id))

    async def disconnect(self, sid: str, reason: str = "") -> None:
        socket = self.fanout.remove(sid)
        if socket is None or self.is_draining:
            return
        if socket.viewer.person_id not in self.fanout.by_person:
            await self.presence.give_back(person_lease(socket.viewer.person_id))
        # A copy: while each is given back, a room that ends takes its seat off the socket.
        for seat in list(socket.seats):
            try:
                await self._seat_lost(socket, seat)
            except StorageRefused as error:
                # Its lease is given back, by which presence sees the seat empty once the database answers.
                log.warning("a lost seat waits for the database: %s", error.code)

    async def _seat_lost(self, socket: Socket, seat: str) -> None:
        """A page that held a seat is gone; not when the page is already back on another socket."""
        if any(seat in other.seats for other in self.fanout.of(socket.viewer.person_id)):
            return
        session_id, name = seat.split(":")
        await self.presence.give_back(seat_lease(session_id, name))
        if await self.presence.is_held(seat_lease(session_id, name)):
            return
        await self.room_story.seat_lost(session_id, Seat(name), socket.page_id)

    async def drain(self) -> None:
        """Take nothing new on, answer what is under way, and let everybody go: their pages come back elsewhere. No
        lease is given back, so that nobody is absent meanwhile."""
        self.is_draining = True
        if self._under_way:
            self._is_still.clear()
            await self._is_still.wait()
        leaving = list(self.fanout.sockets.values())
        for socket in leaving:
            with contextlib.suppress(KeyError):
                await self.server.disconnect(socket.sid)
        for socket in leaving:
            await socket.line.closed.wait()  # a page that does not let go is cut off by its line

    async def close_sign_in(self, token_hash: bytes) -> None:
        """Somebody signed out: their sockets close."""
        for socket in list(self.fanout.sockets.values()):
            if socket.viewer.token_hash == token_hash:
                await self.server.disconnect(socket.sid)

    async def close_disabled(self) -> None:
        """Somebody was disabled: their sockets close, also when they say nothing, and no name or key is kept."""
        async with self.fanout.store.read() as connection:
            disabled = await sign_ins.disabled_people(connection)
        for person_id in disabled:
            self.fanout.views.people.forget(person_id)
            self.fanout.views.keys.forget(person_id)
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


def _decode(kind: type[Body], arguments: tuple[Any, ...]) -> Any:
    """The one argument of an event as its declared body. Raises BadMessage, which quotes nothing that was sent."""
    if len(arguments) != 1:
        raise BadMessage("An event carries exactly one message.")
    try:
        return msgspec.convert(arguments[0], kind)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        # Half of a surrogate pair is text to Python and to no database.
        raise BadMessage(complaint(error)) from error
