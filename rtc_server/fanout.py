"""`changed` in, views to this process's own sockets out.

Owns the list of sockets. A lost publish costs at most the poll interval: event rows are read every 2 s. Easy to
break: a card is built once and the same object goes to all who may see it, and whoever was shown a card is told when
it leaves.
"""

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec

from rtc_server import pool
from rtc_server.adapters.redis_store import Moved, RedisStore
from rtc_server.errors import StorageRefused
from rtc_server.pool import Request, State, TherapistFacts
from rtc_server.protocol import SERVER_EVENTS
from rtc_server.room import Phase, Seat
from rtc_server.socket_line import Frame
from rtc_server.socket_state import Socket
from rtc_server.store import duty, events, rehearsals, requests, rooms, sign_ins
from rtc_server.store.database import Store, now_ms
from rtc_server.views import Views, Words, rehearsal_view
from rtc_server.waiting.fairness import Fairness
from rtc_server.wire.bookings import BookingsChanged
from rtc_server.wire.pool import DutyView, PoolView, RequestView
from rtc_server.wire.types import Changed, View, encoder

log = logging.getLogger(__name__)

V = TypeVar("V", bound=View)

SEEN_MAX = 20_000
LOOKS_MAX = 5
NOT_IN_LINE = frozenset({State.JOINING, State.IN_CALL, State.ENDED, State.FAILED})  # nor just out of it


class Fanout:
    """One per web process."""

    def __init__(
        self,
        store: Store,
        redis: RedisStore,
        views: Views,
        fairness: Fairness,
        *,
        area_first_s: float,
        cards_max: int,
        places_pushed: int,
    ) -> None:
        self.store = store
        self.redis = redis
        self.views = views
        self._area_first_s = area_first_s
        self.cards_max = cards_max
        self._places_pushed = places_pushed
        self.sockets: dict[str, Socket] = {}
        self.by_person: dict[str, set[Socket]] = {}
        self.on_sign_out: Callable[[bytes], Awaitable[None]] | None = None
        self.takers: dict[str, Callable[[str], Awaitable[None]]] = {}  # of other topics: who tells of a subject
        self.fairness = fairness
        self.changes = 0  # requests, rooms and duties that changed since this process began
        self._seen: OrderedDict[tuple[str, str, int], None] = OrderedDict()
        self._last_seq = 0
        self._is_duty_in_doubt = False
        self._heard: asyncio.Queue[Changed] = asyncio.Queue()
        self._refused: Changed | None = None
        self._origin = uuid.uuid4().hex

    # Sockets

    def add(self, socket: Socket) -> None:
        self.sockets[socket.sid] = socket
        self.by_person.setdefault(socket.viewer.person_id, set()).add(socket)

    def remove(self, sid: str) -> Socket | None:
        socket = self.sockets.pop(sid, None)
        if socket is not None:
            own = self.by_person[socket.viewer.person_id]
            own.discard(socket)
            if not own:
                del self.by_person[socket.viewer.person_id]
        return socket

    def of(self, person_id: str) -> Iterable[Socket]:
        return list(self.by_person.get(person_id, ()))

    async def emit(self, event: str, view: View, sockets: Iterable[Socket]) -> None:
        """Send one view to some sockets. The view must be what the event table declares."""
        assert isinstance(view, SERVER_EVENTS[event])
        frame = Frame.of(event, view)
        for socket in sockets:
            socket.line.send(frame)

    # What changed

    async def tell(self, *changes: Changed, moved: Moved | None = None) -> None:
        """After a commit: this process's own sockets hear of it at once, the other processes by Redis."""
        for change in changes:
            self._heard.put_nowait(change)
        own = (msgspec.structs.replace(change, origin=self._origin) for change in changes)
        await self.redis.publish(*map(encoder.encode, own), moved=moved)

    async def publish(self, topic: str, subject_id: str, version: int) -> None:
        await self.tell(Changed(topic, subject_id, version))

    async def listen(self) -> None:
        """For ever: what other processes publish."""
        async for message in self.redis.listen():
            change = msgspec.json.decode(message, type=Changed)
            if change.origin != self._origin:
                self._heard.put_nowait(change)

    async def run(self) -> None:
        """For ever: one change after the other, in the order in which they were heard. Raises StorageRefused; the next
        call takes up what was refused, since nobody would tell of it again."""
        while True:
            change = self._refused or await self._heard.get()
            self._refused = None
            try:
                await self.take(change)
            except StorageRefused:
                self._refused = change
                raise

    async def poll(self) -> None:
        """Read the event rows since the last time; what the channel already brought is skipped."""
        async with self.store.read() as db:
            rows = await events.since(db, self._last_seq)
        missed: set[str] = set()
        for row in rows:
            self._last_seq = row.seq
            if (row.topic, row.subject_id, row.version) not in self._seen:
                missed.add(row.topic)
                # In the order of all others: two that are told beside each other would overtake each other.
                self._heard.put_nowait(Changed(row.topic, row.subject_id, row.version))
        # Whoever took such a step may have died, or been without Redis, before it moved the line and told of the duty.
        self.redis.is_line_in_doubt |= "request" in missed
        self._is_duty_in_doubt |= bool(missed & {"request", "room"})
        if self._is_duty_in_doubt:
            await self._catch_up_duty()
            self._is_duty_in_doubt = False

    async def _catch_up_duty(self) -> None:
        """Who began or ended a session: of that there is no event row of its own."""
        async with self.store.read() as db:
            busy = {current.therapist_id for current in await rooms.live(db)}
        known = {socket.facts.id: socket.facts for socket in self.sockets.values() if socket.facts is not None}
        for therapist_id, facts in known.items():
            if facts.is_in_session != (therapist_id in busy):
                self._heard.put_nowait(Changed("duty", therapist_id, 0))

    async def settled(self, socket: Socket, look: Callable[[], Awaitable[V]]) -> V:
        """What `look` finds; again when this page was told something meanwhile, since the answer would be older."""
        for _ in range(LOOKS_MAX):
            told = socket.told
            found = await look()
            if socket.told == told:
                break
        else:
            # So much happens that no look is new for long.
            self._send_pool_anew([socket])
        return found

    async def start(self) -> None:
        """Begin with the events from now on."""
        async with self.store.read() as db:
            self._last_seq = await events.last_seq(db)

    async def take(self, changed: Changed) -> None:
        self._note(changed.topic, changed.id, changed.version)
        match changed.topic:
            case "request":
                self.changes += 1
                await self._request(changed.id)
            case "line":
                await self._places(changed.id)
            case "room" | "transcript":
                self.changes += 1
                await self._room(changed.id)
            case "chat":
                await self._chat(changed.id, changed.version)
            case "notes":
                await self._notes(changed.id)
            case "duty":
                self.changes += 1
                await self._duty(changed.id)
            case rehearsals.TOPIC:
                await self._rehearsal(changed.id)
            case "bookings":  # of a person
                await self.emit("bookings:changed", BookingsChanged(), self.of(changed.id))
            case sign_ins.TOPIC:
                if self.on_sign_out is not None:
                    await self.on_sign_out(bytes.fromhex(changed.id))
            case topic if topic in self.takers:
                await self.takers[topic](changed.id)

    def _note(self, topic: str, subject_id: str, version: int) -> None:
        """What has been told need not be told again when its event row is read."""
        self._seen[(topic, subject_id, version)] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)

    async def _request(self, request_id: str) -> None:
        request = await self._loaded(request_id)
        words = None
        if request is not None and request.state is State.WAITING:
            words = self.views.words_at_hand(request)
            if words is None:
                words = await self.views.words(request)
                request = await self._loaded(request_id)  # it may have moved on meanwhile
        if request is None:
            return
        self._note("request", request_id, request.version)
        await self._cards(request, words)
        if self._told_of(request):
            view = await self.views.request(request, await self._rank(request))
            # Asked again, and nothing awaited until it is written: meanwhile they may have accepted another.
            told = self._told_of(request)
            for socket in told:
                socket.told += 1
                if socket.facts is not None:
                    is_held = request.therapist_id == socket.viewer.person_id and request.state in pool.OWNED
                    socket.hold(request if is_held else None)
            await self.emit("request:changed", view, told)
        if request.state not in NOT_IN_LINE:
            await self._places(request.language, request.place)

    def _told_of(self, request: Request) -> list[Socket]:
        """The pages of its client, and of the therapist who holds it or has just held it."""
        theirs = {*self.of(request.therapist_id or ""), *(one for one in self.sockets.values() if one.holding)}
        return [*self.of(request.client_id), *(socket for socket in theirs if socket.concerns(request))]

    async def _loaded(self, request_id: str) -> Request | None:
        async with self.store.read() as db:
            return await requests.load(db, request_id)

    async def _cards(self, request: Request, words: Words | None) -> None:
        """Written as it is decided who sees it: the first dashboards have it while the last are looked at. Nothing is
        awaited in between, so that no page that asks for its whole pool meanwhile is sent an older card after it."""
        sees = pool.who_may_see(request, now_ms(), self._area_first_s)
        card = None if words is None or request.state is not State.WAITING else self.views.card(request, words)
        frame = None if card is None else Frame.of("card:changed", card)
        gone: list[Socket] = []
        new: list[str] = []
        for socket in self.sockets.values():
            if socket.facts is None:
                continue
            if frame is not None and sees(socket.facts):
                is_new = request.id not in socket.window
                if socket.window.show(request):
                    socket.told += 1
                    socket.line.send(frame)
                    new += [socket.facts.id] if is_new else []
            elif socket.window.drop(request.id):
                socket.told += 1
                gone.append(socket)
        if card is not None:
            self.fairness.shown(card, new)
        if gone:
            # Whoever accepted it sees their own page, the others see it taken.
            await self.emit("card:changed", self.views.gone_card(request), gone)
        self._send_pool_anew(socket for socket in gone if socket.window.is_low)

    def _send_pool_anew(self, sockets: Iterable[Socket]) -> None:
        """In its turn: a pool that was read before a card changed must not be sent after it."""
        for socket in sockets:
            if socket.facts is not None:
                self._heard.put_nowait(Changed("duty", socket.facts.id, 0))

    async def _places(self, language: str, behind: int = 0) -> None:
        """The first in line learn at once that those before them have moved: one look at Redis and one at the rows.
        `behind` is the place where it happened; whoever stands before it stands as before."""
        first = await self.redis.first(language, self._places_pushed)
        if not first:
            return
        async with self.store.read() as db:
            line = await requests.waiting_of(db, first)
        for rank, request in enumerate(line):
            if request.place > behind:
                await self._push_place(request, rank)

    async def push_places(self) -> None:
        """Everybody else of this process, every 10 s in one pass; and how long a line is that is longer than a page."""
        async with self.store.read() as db:
            ranks = await requests.ranks(db, self.by_person)
            own = await requests.waiting_of(db, list(ranks))
        for request in own:
            await self._push_place(request, ranks[request.id])
        self._send_pool_anew(socket for socket in self.sockets.values() if socket.window.is_cut)

    async def _push_place(self, request: Request, rank: int) -> None:
        mine = self.of(request.client_id)
        if mine:
            await self.emit("request:changed", await self.views.request(request, rank), mine)

    async def _rank(self, request: Request) -> int | None:
        if request.state is not State.WAITING:
            return None
        rank = await self.redis.rank(request.language, request.id)
        if rank is not None:
            return rank
        async with self.store.read() as db:
            return await requests.rank(db, request)

    async def request_view(self, request: Request) -> RequestView:
        return await self.views.request(request, await self._rank(request))

    async def _room(self, session_id: str) -> None:
        async with self.store.read() as db:
            current = await rooms.load(db, session_id)
        if current is None:
            return
        self._note("room", session_id, current.version)
        inside = {
            seat: [other for other in self.of(person_id) if session_id in other.sessions]
            for seat, person_id in ((Seat.CLIENT, current.client_id), (Seat.THERAPIST, current.therapist_id))
        }
        watched = [seat for seat, sockets in inside.items() if sockets]
        views = await self.views.rooms(current, watched) if watched else {}
        for seat, sockets in inside.items():
            if sockets:
                await self.emit("room:changed", views[seat], sockets)
            for socket in sockets:
                is_over = current.phase is Phase.ENDED
                if is_over:
                    socket.sessions.discard(session_id)
                # A copy read before this page joined says nothing about the seat that the join has taken since.
                is_current = current.version >= socket.seats.get(f"{session_id}:{seat}", 0)
                is_replaced = current.seat(seat).page_id != socket.page_id
                if is_over or (is_replaced and is_current):
                    socket.seats.pop(f"{session_id}:{seat}", None)

    async def _chat(self, session_id: str, seq: int) -> None:
        async with self.store.read() as db:
            current = await rooms.load(db, session_id)
            rows = await rooms.chat_since(db, session_id, seq - 1)
        if current is None or not rows:
            return
        inside = [
            other
            for person_id in (current.client_id, current.therapist_id)
            for other in self.of(person_id)
            if session_id in other.sessions
        ]
        if inside:
            await self.emit("chat:added", await self.views.chat_line(current, rows[0]), inside)

    async def _notes(self, session_id: str) -> None:
        async with self.store.read() as db:
            current = await rooms.load(db, session_id)
        if current is None:
            return
        own = self.of(current.therapist_id)
        if own:
            await self.emit("notes:changed", await self.views.notes(current), own)

    async def _duty(self, therapist_id: str) -> None:
        """Somebody's duty or freedom changed: their pool is sent anew, everybody's count is not pushed."""
        own = self.of(therapist_id)
        if not own:
            return
        async with self.store.read() as db:
            facts = await duty.facts(db, therapist_id)
        for socket in own:
            socket.facts = facts
            socket.told += 1
        await self.emit("duty:changed", await self.duty_view(facts), own)
        for socket in own:
            await self.emit("pool:changed", await self.pool_view(socket), [socket])

    async def _rehearsal(self, rehearsal_id: str) -> None:
        async with self.store.read() as db:
            known = await rehearsals.load(db, rehearsal_id)
        if known is not None:
            await self.emit("rehearsal:changed", rehearsal_view(known), self.of(known.therapist_id))

    async def duty_view(self, facts: TherapistFacts | None) -> DutyView:
        async with self.store.read() as db:
            count = await duty.count_free(db)
        if facts is None or not facts.is_on_duty:
            return DutyView(status="off", on_duty=count)
        return DutyView(status="in_session" if facts.is_in_session else "on_duty", on_duty=count)

    async def pool_view(self, socket: Socket) -> PoolView:
        """What this therapist's page has of the pool from now on."""
        if socket.facts is None:
            return PoolView(cards=[], waiting=0)
        known = set(socket.window)
        view = await self.views.pool(socket.facts, socket.window, self._area_first_s)
        for card in view.cards:
            if card.id not in known:
                self.fairness.shown(card, [socket.facts.id])
        return view
