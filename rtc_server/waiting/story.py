"""What follows while people wait: cards widen, prompts fall due, callbacks are told; and what may be asked meanwhile.

Takes its steps by way of `Story.step`. Easy to break: a callback's text is queued in the transaction that says it was
told, so that each client is told once, whichever process looked.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from rtc_server import pool
from rtc_server.adapters.redis_store import Moved
from rtc_server.adapters.seal import KeyStore
from rtc_server.config import Settings
from rtc_server.errors import PhoneNeeded, RequestNotFound
from rtc_server.fanout import Fanout
from rtc_server.outgoing import alert_story
from rtc_server.pool import Request, State
from rtc_server.room_story import save_request, transact
from rtc_server.store import audit, callbacks, duty, events, requests, timers
from rtc_server.store.database import Store, now_ms
from rtc_server.story import Story
from rtc_server.waiting import rules as waiting
from rtc_server.wire.pool import RequestCallback, RequestWiden
from rtc_server.wire.queue import QueueRemove
from rtc_server.wire.types import Changed

NEXT_MAX = 500  # more than ever come free at once


@dataclass(frozen=True)
class WaitingRules:
    """Seconds, but for the key of the audit chain."""

    area_first_s: float
    callback_kept_s: float
    callback_hold_s: float
    audit_key: bytes


def waiting_rules(settings: Settings, audit_key: bytes) -> WaitingRules:
    return WaitingRules(
        area_first_s=settings.area_first_s,
        callback_kept_s=settings.callback_kept_s,
        callback_hold_s=settings.callback_hold_s,
        audit_key=audit_key,
    )


class WaitingStory:
    """One per web process."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        people: People,
        fanout: Fanout,
        story: Story,
        rules: WaitingRules,
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._fanout = fanout
        self._story = story
        self._rules = rules

    # The client

    async def widen(self, client_id: str, body: RequestWiden) -> Request:
        """Raises RequestNotFound, IllegalTransition. Asking for what already is changes nothing."""
        was = ""

        def guard(request: Request) -> pool.Event | None:
            nonlocal was
            _check_own(request, client_id)
            was = request.language
            event = pool.ClientWidens(body.drop_gender, body.language)
            is_same = request.therapist_gender == "none" or not body.drop_gender
            return None if is_same and body.language in (None, request.language) else event

        async def text_others(connection: AsyncConnection, request: Request, now: int) -> None:
            await alert_story.after_step(connection, None, request, now, self._story.room_rules.alerts)

        widened = await self._story.step(body.id, guard, client_id, text_others)
        if widened.language != was:
            # The same place, in another line; those who waited behind in the old one have moved up.
            await self._fanout.tell(Changed("line", was, 0), moved=Moved(was, widened.id, None))
            moved = Moved(widened.language, widened.id, widened.place)
            await self._fanout.tell(Changed("request", widened.id, widened.version), moved=moved)
        return widened

    async def call_back(self, client_id: str, body: RequestCallback) -> Request:
        """Raises PhoneNeeded, RequestNotFound, IllegalTransition. May be repeated."""
        if body.phone is not None:
            await self._people.set_phone(client_id, body.phone)
        elif not await self._people.phone(client_id):
            raise PhoneNeeded("Tell us a number that we can text.")

        def guard(request: Request) -> pool.Event | None:
            _check_own(request, client_id)
            is_asked = request.state is State.CANCELLED and request.reason == "callback"
            return None if is_asked else pool.ClientAsksCallback()

        async def keep(connection: AsyncConnection, request: Request, now: int) -> None:
            kept_until_ms = now + int(self._rules.callback_kept_s * 1000)
            await callbacks.add(connection, request.id, client_id, kept_until_ms)

        return await self._story.step(body.id, guard, client_id, keep)

    # The operator

    async def take_out(self, operator_id: str, address: str, body: QueueRemove) -> Request:
        """Raises RequestNotFound, IllegalTransition when it waits no longer."""
        async with self._store.read() as connection:
            known = await requests.load(connection, body.id)
        if known is None or known.is_rehearsal:
            raise RequestNotFound("There is no such request.")
        key = await self._keys.key_of(known.client_id)
        note = key.seal_text(body.note, "request", body.id, "taken_out_note_sealed")

        async def keep(connection: AsyncConnection, request: Request, now: int) -> None:
            await requests.keep_note(connection, request.id, note)
            action = f"request:take_out:{body.why}"
            await audit.append(connection, self._rules.audit_key, operator_id, action, request.id, address, now)

        return await self._story.step(body.id, lambda request: pool.OperatorRemoves(body.why), operator_id, keep)

    # By itself

    async def fire(self, timer: timers.Timer) -> None:
        """More therapists see the card, or its client is asked what they would like to do."""
        before, after = await transact(self._store, lambda connection: self._fire(connection, timer))
        if after is not before or timer.kind == "request_prompts":
            await self._fanout.publish("request", after.id, after.version)

    async def own_therapist_away(self, seen: Request) -> None:
        """The client's own therapist was observed off duty or in a session; nothing when the request has moved on."""

        def guard(request: Request) -> pool.Event | None:
            return pool.OwnTherapistAway(now_ms()) if request.version == seen.version else None

        async def set_widening(connection: AsyncConnection, request: Request, now: int) -> None:
            next_ms = pool.next_widening_ms(request, now, self._rules.area_first_s)
            await timers.set_timer(connection, "request_widens", request.id, next_ms)
            await alert_story.after_widening(connection, request, now, self._story.room_rules.alerts)

        await self._story.step(seen.id, guard, None, set_widening)

    async def _fire(self, connection: AsyncConnection, timer: timers.Timer) -> tuple[Request, Request]:
        now = now_ms()
        before = after = await requests.required(connection, timer.subject_id)
        if not await timers.claim(connection, timer.id, now):
            return before, before
        if timer.kind == "request_prompts":
            await events.append(connection, "request", before.id, before.version, "Prompted", None, now)
            return before, before
        if before.state is State.WAITING:
            rules = self._story.room_rules
            after = await save_request(connection, before, pool.OfferWidens(), now, rules, None)
            await alert_story.after_widening(connection, after, now, rules.alerts)
        if after.state not in pool.FINAL:
            next_ms = pool.next_widening_ms(after, now, self._rules.area_first_s)
            await timers.set_timer(connection, "request_widens", after.id, next_ms)
        return before, after

    async def tell_callbacks(self) -> None:
        """Look who is free for those who asked to be called back, and queue their texts."""
        now, rules = now_ms(), self._rules
        async with self._store.read() as connection:
            told_after = now - int(rules.callback_hold_s * 1000)
            kept = await callbacks.next_ones(connection, now, told_after, NEXT_MAX)
            if all(callback.told_at_ms is not None for callback in kept):
                return
            free = [facts for facts in await duty.on_duty(connection) if not facts.is_in_session]
            if not free:
                return
            line = await requests.first_waiting(connection, NEXT_MAX)
        if len(line) == NEXT_MAX:
            # Whoever stands behind all of these is not next, however long the line is.
            kept = [callback for callback in kept if callback.request.place < line[-1].place]
        for request_id in waiting.to_call_back(kept, line, free, now, rules.area_first_s, rules.callback_hold_s):
            await self._store.write(self._tell_callback, request_id)

    async def _tell_callback(self, connection: AsyncConnection, request_id: str) -> None:
        now = now_ms()
        kept_until_ms = now + int(self._rules.callback_kept_s * 1000)
        if await callbacks.tell(connection, request_id, now, kept_until_ms):
            request = await requests.required(connection, request_id)
            await events.append(connection, "request", request_id, request.version, "CalledBack", None, now)
            await alert_story.call_back(connection, request, now, self._story.room_rules.alerts)


def _check_own(request: Request, client_id: str) -> None:
    if request.client_id != client_id:
        raise RequestNotFound("There is no such request.")
