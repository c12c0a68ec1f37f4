"""What follows each change of a room: presence rows, timers, the request beside it, and money at the end.

Every step takes an open transaction, so that a request's step and its room's are one. Easy to break: whoever ends a
room settles it in the same transaction, once; `Ended` on an ended room is no change.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from rtc_server import pool, room
from rtc_server.adapters.seal import KeyStore
from rtc_server.booked import step as booking_step
from rtc_server.errors import LostRace, NotAgreed, SessionEnded, SessionNotFound
from rtc_server.fanout import Fanout
from rtc_server.money import settlement
from rtc_server.outgoing import alert_story
from rtc_server.outgoing.alerts import AlertRules
from rtc_server.room import Ended, Phase, Room, RoomLimits, Seat
from rtc_server.store import agreements, audit, conversations, erasure, events, requests, rooms, timers, transcripts
from rtc_server.store.database import Store, now_ms
from rtc_server.store.idempotency import is_repeat
from rtc_server.wire.room import ChatLine, ChatSend, RoomEnd, RoomTranscript
from rtc_server.wire.types import Changed

T = TypeVar("T")

RACE_TRIES = 5


async def transact(store: Store, body: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run a step, again from the start when the row moved on meanwhile."""
    for _ in range(RACE_TRIES - 1):
        try:
            return await store.write(body)
        except LostRace:
            continue
    return await store.write(body)


@dataclass(frozen=True)
class RoomRules:
    limits: RoomLimits
    request_limits: pool.Limits
    billable_min_s: float
    pending_hold_s: float
    alerts: AlertRules
    no_show_after_s: float
    outcome_wait_s: float

    @property
    def outcomes(self) -> booking_step.OutcomeRules:
        return booking_step.OutcomeRules(
            self.limits.grace_s,
            self.billable_min_s,
            self.pending_hold_s,
            self.no_show_after_s,
            self.outcome_wait_s,
        )


async def step_room(
    connection: AsyncConnection, before: Room, event: room.Event, now_ms: int, rules: RoomRules, by: str | None
) -> Room:
    """Advance a room inside an open transaction; the same object when nothing changed. Raises LostRace."""
    after = room.advance(before, event, now_ms)
    if after is before:
        return before
    if not await rooms.save(connection, before, after, now_ms):
        raise LostRace
    kind = type(event).__name__
    await events.append(connection, "room", after.session_id, after.version, kind, by, now_ms)
    await _set_timers(connection, before, after, rules)
    if before.phase is not Phase.LIVE and after.phase is Phase.LIVE:
        await _both_joined(connection, after, now_ms, rules)
    if after.phase is Phase.ENDED:
        await _after_end(connection, after, now_ms, rules)
    return after


async def _set_timers(connection: AsyncConnection, before: Room, after: Room, rules: RoomRules) -> None:
    if after.phase is Phase.ENDED:
        for kind in ("room_empty", "room_hint", "room_length"):
            await timers.set_timer(connection, kind, after.session_id, None)
        return
    limits = rules.limits
    if limits.empty_due_ms(before) != limits.empty_due_ms(after):
        await timers.set_timer(connection, "room_empty", after.session_id, limits.empty_due_ms(after))
    if limits.hint_due_ms(before) != limits.hint_due_ms(after):
        await timers.set_timer(connection, "room_hint", after.session_id, limits.hint_due_ms(after))
    if before.live_at_ms is None and after.live_at_ms is not None:
        await timers.set_timer(connection, "room_length", after.session_id, limits.closes_ms(after))


async def _both_joined(connection: AsyncConnection, after: Room, now_ms: int, rules: RoomRules) -> None:
    if after.request_id is None:
        return
    request = await requests.load(connection, after.request_id)
    if request is not None and request.state is pool.State.JOINING and request.session_id == after.session_id:
        await save_request(connection, request, pool.BothJoined(), now_ms, rules, None)


async def _after_end(connection: AsyncConnection, after: Room, now_ms: int, rules: RoomRules) -> None:
    if after.agreed_at_ms is not None:
        if after.booked_end_ms is None:
            await _settle(connection, after, now_ms, rules)
        else:
            await booking_step.room_ended(connection, after, now_ms, rules.outcomes)
        await transcripts.finish_transcript(connection, after.session_id, now_ms)
    if after.request_id is None:
        return
    request = await requests.load(connection, after.request_id)
    if request is not None and request.state is pool.State.IN_CALL and request.session_id == after.session_id:
        await save_request(connection, request, pool.RoomEnded(), now_ms, rules, None)


async def _settle(connection: AsyncConnection, after: Room, now_ms: int, rules: RoomRules) -> None:
    """Post the whole fixed price when both were present long enough, else void the hold."""
    intervals = await rooms.intervals(connection, after.session_id)
    together = room.overlap_ms(intervals[Seat.CLIENT], intervals[Seat.THERAPIST], now_ms)
    if together < rules.billable_min_s * 1000:
        await settlement.give_back(connection, after.session_id, now_ms)
    else:
        await settlement.take(
            connection, after.session_id, after.therapist_id, after.price_pence, now_ms, rules.pending_hold_s
        )


async def save_request(
    connection: AsyncConnection,
    before: pool.Request,
    event: pool.Event,
    now_ms: int,
    rules: RoomRules,
    by: str | None,
) -> pool.Request:
    """Advance a request inside an open transaction: row, event row and timer. Raises LostRace, IllegalTransition."""
    after = pool.advance(before, event, now_ms, rules.request_limits)
    if not await requests.save(connection, before, after):
        raise LostRace
    await events.append(connection, "request", after.id, after.version, type(event).__name__, by, now_ms)
    await timers.set_timer(connection, "request", after.id, after.due_at_ms)
    await alert_story.after_step(connection, before, after, now_ms, rules.alerts)
    return after


async def end_with_request(
    connection: AsyncConnection, session_id: str, reason: str, now_ms: int, rules: RoomRules, by: str | None
) -> Room | None:
    """End the room of a request that has left it; None when there is none to end."""
    before = await rooms.load(connection, session_id)
    if before is None or before.phase is Phase.ENDED:
        return None
    return await step_room(connection, before, Ended(reason), now_ms, rules, by)


class StillJoining(Exception):
    """The room's request has not become a call: to end it for both is to withdraw from that request."""

    def __init__(self, request_id: str) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class RoomStory:
    """Takes the steps of rooms. One per web process. `audit_key` is `ring.derive("audit")`."""

    def __init__(self, store: Store, keys: KeyStore, fanout: Fanout, rules: RoomRules, audit_key: bytes) -> None:
        self.store = store
        self.keys = keys
        self.fanout = fanout
        self.rules = rules
        self._audit_key = audit_key

    async def load(self, person_id: str, session_id: str) -> tuple[Room, Seat]:
        """A person's room and their seat in it. Raises SessionNotFound, also for somebody else's."""
        async with self.store.read() as connection:
            return _seated(await rooms.load(connection, session_id), person_id)

    async def step(self, person_id: str, session_id: str, make: Callable[[Room, Seat], room.Event]) -> Room:
        """Take one step for the person whose seat it is. Raises SessionNotFound, SessionEnded, NotAgreed, …"""

        async def body(connection: AsyncConnection) -> tuple[Room, Room]:
            before, seat = _seated(await rooms.load(connection, session_id), person_id)
            after = await step_room(connection, before, make(before, seat), now_ms(), self.rules, person_id)
            return before, after

        before, after = await transact(self.store, body)
        await self._tell(before, after)
        return after

    async def end(self, person_id: str, body: RoomEnd) -> None:
        """The therapist ends for both. Twice is one end; another body under the same key is KeyReused.

        Raises SessionNotFound, NotAgreed; StillJoining before both have come.
        """
        digest = hashlib.sha256(msgspec.json.encode(body)).digest()

        async def step(connection: AsyncConnection) -> tuple[Room, Room]:
            before, _ = _seated(await rooms.load(connection, body.session_id), person_id)
            if before.agreed_at_ms is None:
                raise NotAgreed("The client has not said yes yet. You can withdraw the offer.")
            request = None if before.request_id is None else await requests.load(connection, before.request_id)
            if request is not None and request.state is pool.State.JOINING and request.session_id == before.session_id:
                raise StillJoining(request.id)
            now = now_ms()
            if await is_repeat(connection, person_id, body.key, digest, body.session_id, now):
                return before, before
            return before, await step_room(connection, before, Ended("therapist"), now, self.rules, person_id)

        before, after = await transact(self.store, step)
        await self._tell(before, after)

    async def observe(self, session_id: str, event: room.Event, timer: timers.Timer | None = None) -> None:
        """Something nobody asked for: a seat observed absent, or a timer. Nothing when the room has ended."""

        async def body(connection: AsyncConnection) -> tuple[Room, Room] | None:
            if timer is not None and not await timers.claim(connection, timer.id, now_ms()):
                return None
            before = await rooms.load(connection, session_id)
            if before is None or before.phase is Phase.ENDED:
                return None
            return before, await step_room(connection, before, event, now_ms(), self.rules, None)

        changed = await transact(self.store, body)
        if changed is not None:
            await self._tell(*changed)

    async def seat_lost(self, session_id: str, seat: Seat, page_id: str) -> None:
        """The page on a seat is gone; nothing when another page has taken the seat over or the room has ended."""
        async with self.store.read() as connection:
            current = await rooms.load(connection, session_id)
        if current is not None and current.seat(seat).page_id == page_id:
            await self.observe(session_id, room.SeatAbsent(seat))

    async def fire(self, timer: timers.Timer) -> None:
        """A room's timer, or the end of a therapist's 24 hours."""
        if timer.kind == "pending_share":
            await self.store.write(self._release_share, timer)
            return
        async with self.store.read() as connection:
            current = await rooms.load(connection, timer.subject_id)
        assert current is not None, "a room's timer names a room"
        if timer.kind == "room_hint":
            await self.observe(timer.subject_id, room.HintDue(), timer)
        else:
            reason = "length" if timer.kind == "room_length" else "client" if current.client_left else "empty"
            await self.observe(timer.subject_id, Ended(reason), timer)

    async def _release_share(self, connection: AsyncConnection, timer: timers.Timer) -> None:
        if await timers.claim(connection, timer.id, now_ms()):
            await wallet.release_pending(connection, timer.subject_id, now_ms())

    async def choose_transcript(self, person_id: str, body: RoomTranscript) -> Room:
        """Give or withdraw one's own consent in the call."""

        async def step(connection: AsyncConnection) -> tuple[Room, Room]:
            before, _ = _seated(await rooms.load(connection, body.session_id), person_id)
            if before.agreed_at_ms is None:
                raise NotAgreed("The session has not begun.")
            now = now_ms()
            after = await step_room(connection, before, room.TranscriptChosen(), now, self.rules, person_id)
            read = (await agreements.in_force(connection, "transcript", now)).version
            own = rooms.Consent(person_id, "transcript", body.is_on, read, "in_call")
            await rooms.add_consents(connection, body.session_id, [own], now)
            given = await rooms.transcript_consents(connection, body.session_id)
            is_on = all(given.get(person, False) for person in (before.client_id, before.therapist_id))
            await transcripts.open_transcript(connection, body.session_id, is_on, now)
            return before, after

        before, after = await transact(self.store, step)
        await self._tell(before, after)
        return after

    async def forget(self, person_id: str, session_id: str, address: str) -> None:
        """Delete what was written of the call so far, for a client who has withdrawn. May be repeated.

        Raises NotAgreed while their consent stands, UnderLegalHold. Also after the end: the question may be open then.
        """

        async def step(connection: AsyncConnection) -> int | None:
            _seated(await rooms.load(connection, session_id), person_id)
            if (await rooms.transcript_consents(connection, session_id)).get(person_id, False):
                raise NotAgreed("Stop the transcript first.")
            now = now_ms()
            is_gone = await erasure.delete_transcript(connection, session_id, person_id, now, is_in_call=True)
            if is_gone:
                key = self._audit_key
                await audit.append(connection, key, person_id, "transcript:forget", session_id, address, now)
            return now if is_gone else None

        at_ms = await transact(self.store, step)
        if at_ms is not None:
            await self.fanout.publish("transcript", session_id, at_ms)

    async def chat(self, person_id: str, body: ChatSend) -> ChatLine:
        """Store a line and say so; the same id is the same line."""
        current, seat = await self.load(person_id, body.session_id)
        if current.agreed_at_ms is None:
            raise NotAgreed("Chat opens when the session does.")
        key = await self.keys.key_of(current.client_id)
        sealed = key.seal_text(body.text, "chat", body.id, "text_sealed")

        async def step(connection: AsyncConnection) -> tuple[tuple[int, int], list[Changed]]:
            fresh, _ = _seated(await rooms.load(connection, body.session_id), person_id)
            now = now_ms()
            if fresh.phase is Phase.ENDED:
                raise SessionEnded("This session has ended. Your message was not sent.")
            stored = await rooms.add_chat(connection, body.session_id, body.id, seat.value, sealed, now)
            await events.append(connection, "chat", body.session_id, stored[0], "ChatSent", person_id, now)
            told = [Changed("chat", body.session_id, stored[0])]
            if not fresh.is_rehearsal:
                told.append(await _into_conversation(connection, fresh, body.id, seat, now))
            return stored, told

        (seq, at_ms), told = await self.store.write(step)
        await self.fanout.tell(*told)
        return ChatLine(session_id=body.session_id, id=body.id, seq=seq, seat=seat, text=body.text, at_ms=at_ms)

    async def _tell(self, before: Room, after: Room) -> None:
        if after is before:
            return
        changes = [Changed("room", after.session_id, after.version)]
        if (
            before.phase is not after.phase
            and after.request_id is not None
            and after.phase in (Phase.LIVE, Phase.ENDED)
        ):
            changes.append(Changed("request", after.request_id, 0))
        if after.phase is Phase.ENDED:
            changes.append(Changed("duty", after.therapist_id, 0))
        if after.booked_end_ms is not None and _who_is_there(before) != _who_is_there(after):
            changes += [Changed("bookings", person_id, 0) for person_id in (after.client_id, after.therapist_id)]
        await self.fanout.tell(*changes)


async def _into_conversation(
    connection: AsyncConnection, current: Room, line_id: str, seat: Seat, now_ms: int
) -> Changed:
    """A line of the chat is part of these two's conversation as well."""
    conversation_id = await conversations.ensure(connection, current.client_id, current.therapist_id, now_ms)
    session_id = current.session_id
    placed = await conversations.add(connection, conversation_id, line_id, seat, None, now_ms, session_id=session_id)
    return Changed(conversations.TOPIC, conversation_id, placed.version)


def _who_is_there(current: Room) -> tuple[bool, bool, bool]:
    return current.client.is_present, current.therapist.is_present, current.phase is Phase.ENDED


def _seated(found: Room | None, person_id: str) -> tuple[Room, Seat]:
    seat = found.seat_of(person_id) if found is not None else None
    if found is None or seat is None:
        raise SessionNotFound("There is no such session.")
    return found, seat
