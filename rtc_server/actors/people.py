"""People as programs: clients and therapists with verbs, over real HTTP and real sockets.

Used by tests, benchmarks and load; owns no rule of the product and never reaches round the wire (`actors/wire.py`).
The rule that is easy to break: views arrive as answers and as events in any order, so a kept view is only replaced by
one of the same or a higher version.
"""

import uuid
from collections import deque
from itertools import count

import aiohttp

from rtc_server.actors.wire import ANSWER_S, V, WireClient
from rtc_server.pool import FINAL, Why
from rtc_server.wire.people import AccountChange, AccountView, TermsView
from rtc_server.wire.pool import (
    CardView,
    CurrentRequest,
    DutySet,
    DutyView,
    PoolView,
    RequestAgree,
    RequestCallback,
    RequestPlace,
    RequestRef,
    RequestView,
    RequestWiden,
)
from rtc_server.wire.queue import QueueRemove, QueueView, RequestHistory
from rtc_server.wire.rehearsal import RehearsalRef, RehearsalView
from rtc_server.wire.room import (
    ChatLine,
    ChatLines,
    ChatSend,
    ChatSince,
    NotesSave,
    NotesView,
    RoomEnd,
    RoomJoined,
    RoomMute,
    RoomRef,
    RoomSignal,
    RoomView,
    RoomWarmed,
    Signal,
    SignalView,
)
from rtc_server.wire.sessions import CallLogView, SessionView
from rtc_server.wire.types import Area, Empty, Gender, Role
from rtc_server.wire.wallet import WalletView


def new_id() -> str:
    return str(uuid.uuid4())


class Actor(WireClient):
    """One page of somebody signed in. The latest view of each kind is kept."""

    def __init__(self, http: aiohttp.ClientSession, url: str, *, origin: str | None = None) -> None:
        super().__init__(http, url, origin=origin)
        self.page_id = new_id()
        self.request: RequestView | None = None
        self.room: RoomView | None = None
        self.duty: DutyView | None = None
        self.notes: NotesView | None = None
        self.rehearsal: RehearsalView | None = None
        self.queue: QueueView | None = None
        self.cards: dict[str, CardView] = {}
        self.chat: dict[int, ChatLine] = {}
        self.signals: deque[SignalView] = deque(maxlen=1_000)

    async def reload(self) -> None:
        """The page is loaded anew: another `page_id`, another socket, nothing remembered but the sign-in."""
        await self.close()
        self.page_id = new_id()
        self.request = self.room = self.duty = self.notes = self.rehearsal = None
        self.cards.clear()
        self.chat.clear()
        await self.connect()

    def _keep(self, name: str, view: V) -> V:
        match view:
            case RequestView():
                self._keep_request(view)
            case CurrentRequest(request=request):
                self.request = request
            case RoomView():
                self._keep_room(view)
            case RoomWarmed(room=room) | RoomJoined(room=room):
                self._keep_room(room)
            case CardView():
                self._keep_card(view)
            case PoolView(cards=cards):
                self.cards = {card.id: card for card in cards}
            case DutyView():
                self.duty = view
            case ChatLine():
                self.chat[view.seq] = view
            case ChatLines(lines=lines):
                self.chat.update((line.seq, line) for line in lines)
            case NotesView():
                self.notes = view
            case RehearsalView():
                self._keep_rehearsal(view)
            case QueueView():
                self.queue = view
            case SignalView():
                self.signals.append(view)
        return super()._keep(name, view)

    def _keep_request(self, view: RequestView) -> None:
        held = self.request
        if held is None:
            is_news = True
        elif held.id == view.id:
            is_news = view.version >= held.version
        else:
            is_news = self._follows(view, held)
        if is_news:
            self.request = view

    def _follows(self, view: RequestView, held: RequestView) -> bool:
        """Whether a word about another request is news: not when that one is over and the one held is open."""
        return held.state in FINAL or view.state not in FINAL

    def _keep_room(self, view: RoomView) -> None:
        if self.room is None or self.room.session_id != view.session_id or view.version >= self.room.version:
            self.room = view

    def _keep_rehearsal(self, view: RehearsalView) -> None:
        if self.rehearsal is None or self.rehearsal.id != view.id or view.version >= self.rehearsal.version:
            self.rehearsal = view

    def _keep_card(self, card: CardView) -> None:
        known = self.cards.get(card.id)
        if known is None or card.version >= known.version:
            self.cards[card.id] = card

    async def until_request(self, *states: str, timeout_s: float = ANSWER_S) -> RequestView:
        """Wait until this person's request is in one of `states`. Raises TimeoutError that says where it is."""
        try:
            await self.until(lambda: self.request is not None and self.request.state in states, timeout_s)
        except TimeoutError as error:
            held = self.request
            known = "no request" if held is None else f"request {held.id}, {held.state}, version {held.version}"
            raise TimeoutError(f"not {' or '.join(states)} within {timeout_s} s: {known}") from error
        assert self.request is not None
        return self.request

    async def until_phase(self, *phases: str, timeout_s: float = ANSWER_S) -> RoomView:
        await self.until(lambda: self.room is not None and self.room.phase in phases, timeout_s)
        assert self.room is not None
        return self.room

    @property
    def chat_to(self) -> int:
        """The last line of the chat before the first that this page lacks: what it lacks is asked for from there."""
        return next(seq for seq in count() if seq + 1 not in self.chat)

    # Verbs of both

    async def current(self) -> RequestView | None:
        return (await self.emit("request:current", Empty(), CurrentRequest)).request

    async def warm(self, session_id: str) -> RoomWarmed:
        return await self.emit("room:warm", RoomRef(session_id=session_id, page_id=self.page_id), RoomWarmed)

    async def join(self, session_id: str) -> RoomJoined:
        return await self.emit("room:join", RoomRef(session_id=session_id, page_id=self.page_id), RoomJoined)

    async def signal(self, session_id: str, link: int, signal: Signal) -> None:
        body = RoomSignal(session_id=session_id, page_id=self.page_id, link=link, signal=signal)
        await self.tell("room:signal", body)

    async def mute(self, session_id: str, is_muted: bool) -> RoomView:
        body = RoomMute(session_id=session_id, page_id=self.page_id, is_muted=is_muted)
        return await self.emit("room:mute", body, RoomView)

    async def say(self, session_id: str, text: str, *, line_id: str | None = None) -> ChatLine:
        body = ChatSend(session_id=session_id, id=line_id or new_id(), text=text)
        return await self.emit("chat:send", body, ChatLine)

    async def chat_since(self, session_id: str, seq: int) -> list[ChatLine]:
        return (await self.emit("chat:since", ChatSince(session_id=session_id, seq=seq), ChatLines)).lines

    async def wallet(self) -> WalletView:
        return await self.ask("GET", "/api/wallet", WalletView)


class ClientActor(Actor):
    """Somebody who asks for a session."""

    def _follows(self, view: RequestView, held: RequestView) -> bool:
        # One's own requests follow each other; a late word about the one before may even call it open.
        return view.placed_at_ms >= held.placed_at_ms

    async def place(
        self,
        *,
        request_id: str | None = None,
        area: Area = "mind",
        language: str = "en",
        therapist_gender: Gender = "none",
        note: str = "",
        is_chat_only: bool = False,
        is_worried: bool = False,
    ) -> RequestView:
        body = RequestPlace(
            id=request_id or new_id(),
            area=area,
            language=language,
            therapist_gender=therapist_gender,
            note=note,
            is_chat_only=is_chat_only,
            is_worried=is_worried,
        )
        return await self.emit("request:place", body, RequestView)

    async def cancel(self, request_id: str) -> RequestView:
        return await self.emit("request:cancel", RequestRef(id=request_id), RequestView)

    async def widen(self, request_id: str, *, drop_gender: bool = False, language: str | None = None) -> RequestView:
        body = RequestWiden(id=request_id, drop_gender=drop_gender, language=language)
        return await self.emit("request:widen", body, RequestView)

    async def call_back(self, request_id: str, phone: str | None = None) -> RequestView:
        return await self.emit("request:callback", RequestCallback(id=request_id, phone=phone), RequestView)

    async def decline(self, request_id: str) -> RequestView:
        return await self.emit("request:decline", RequestRef(id=request_id), RequestView)

    async def agree(self, request_id: str, *, wants_transcript: bool = False, key: str | None = None) -> RequestView:
        terms = await self.ask("GET", "/api/terms", TermsView)
        body = RequestAgree(
            id=request_id,
            key=key or new_id(),
            page_id=self.page_id,
            terms_version=terms.version,
            wants_transcript=wants_transcript,
        )
        return await self.emit("request:agree", body, RequestView)

    async def leave(self, session_id: str) -> None:
        await self.tell("room:leave", RoomEnd(session_id=session_id, key=new_id()))


class TherapistActor(Actor):
    """Somebody on duty."""

    async def go_on_duty(self) -> PoolView:
        await self.emit("duty:set", DutySet(is_on=True), DutyView)
        return await self.pool()

    async def go_off_duty(self) -> DutyView:
        return await self.emit("duty:set", DutySet(is_on=False), DutyView)

    async def duty_now(self) -> DutyView:
        return await self.emit("duty:get", Empty(), DutyView)

    async def pool(self) -> PoolView:
        return await self.emit("pool:get", Empty(), PoolView)

    def sees(self, request_id: str) -> bool:
        card = self.cards.get(request_id)
        return card is not None and card.state == "waiting"

    async def until_sees(self, request_id: str, timeout_s: float = ANSWER_S) -> None:
        await self.until(lambda: self.sees(request_id), timeout_s)

    async def until_gone(self, request_id: str, timeout_s: float = ANSWER_S) -> CardView | None:
        """Wait until the card has left this therapist's pool; returns it in the state in which it left."""
        await self.until(lambda: not self.sees(request_id), timeout_s)
        return self.cards.get(request_id)

    async def accept(self, request_id: str) -> RequestView:
        return await self.emit("request:accept", RequestRef(id=request_id), RequestView)

    async def withdraw(self, request_id: str) -> None:
        await self.tell("request:withdraw", RequestRef(id=request_id))

    async def end(self, session_id: str, *, key: str | None = None) -> None:
        await self.tell("room:end", RoomEnd(session_id=session_id, key=key or new_id()))

    async def start_rehearsal(self, *, rehearsal_id: str | None = None) -> RehearsalView:
        return await self.emit("rehearsal:start", RehearsalRef(id=rehearsal_id or new_id()), RehearsalView)

    async def stop_rehearsal(self, rehearsal_id: str) -> RehearsalView:
        return await self.emit("rehearsal:stop", RehearsalRef(id=rehearsal_id), RehearsalView)

    async def until_rehearsal(self, state: str, timeout_s: float = ANSWER_S) -> RehearsalView:
        await self.until(lambda: self.rehearsal is not None and self.rehearsal.state == state, timeout_s)
        assert self.rehearsal is not None
        return self.rehearsal

    async def save_notes(self, session_id: str, text: str, version: int) -> NotesView:
        return await self.emit("notes:save", NotesSave(session_id=session_id, text=text, version=version), NotesView)

    async def set_transcripts(self, is_on: bool) -> AccountView:
        return await self.ask("PATCH", "/api/account", AccountView, AccountChange(transcripts_on=is_on))

    async def call_log(self) -> CallLogView:
        return await self.ask("GET", "/api/call-log", CallLogView)

    async def session(self, session_id: str) -> SessionView:
        return await self.ask("GET", f"/api/sessions/{session_id}", SessionView)


def of_role(role: str) -> type[Actor]:
    return {Role.CLIENT.value: ClientActor, Role.THERAPIST.value: TherapistActor}.get(role, Actor)


class OperatorActor(Actor):
    """Somebody who looks after the line."""

    async def watch_queue(self) -> QueueView:
        """From now on the queue is told when it changes."""
        return await self.emit("queue:get", Empty(), QueueView)

    async def take_out(self, request_id: str, why: Why = "other", note: str = "") -> QueueView:
        return await self.emit("queue:remove", QueueRemove(id=request_id, why=why, note=note), QueueView)

    async def history(self, request_id: str) -> RequestHistory:
        return await self.emit("queue:history", RequestRef(id=request_id), RequestHistory)
