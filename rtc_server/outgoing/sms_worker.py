"""The worker's second task: sends what is due in the outbox, or keeps it to be read when no SMS service is set up.

Owns the lease of a text while it is sent, and patience with a provider that fails. Easy to break: whether somebody has
a page open is asked of Redis just before sending, and when Redis cannot say, nothing is sent; numbers are opened here
and given to the provider, and to nothing else.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.adapters.seal import KeyStore
from rtc_server.adapters.sms import OPTED_OUT, Twilio
from rtc_server.config import Settings
from rtc_server.errors import PoolUnavailable, SealBroken, StorageRefused
from rtc_server.outgoing import alert_story, alerts
from rtc_server.outgoing.alerts import AlertRules, Kind
from rtc_server.outgoing.sending import Fact, NotAccepted, Outcome, Refused, SendState, Sent, Unanswered, said
from rtc_server.presence import person_lease
from rtc_server.store import outbox
from rtc_server.store.database import Store, now_ms
from rtc_server.store.outbox import Text

log = logging.getLogger(__name__)

DUE_MAX = 500
AT_ONCE = 8
LEASE_EXTRA_S = 10.0  # beyond the call itself, before a text counts as begun by a worker that died


class Sender(Protocol):
    async def send(self, number: str, words: str, report_url: str) -> Outcome: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class OutboxRules:
    """Seconds. `public_url` stands in the texts and in the address of delivery reports."""

    alerts: AlertRules
    public_url: str
    poll_s: float
    call_s: float
    failures_max: int
    pause_s: float


def rules_of(settings: Settings) -> OutboxRules:
    return OutboxRules(
        alerts=alert_story.rules_of(settings),
        public_url=settings.resolved_public_url(),
        poll_s=settings.outbox_poll_s,
        call_s=settings.text_call_s,
        failures_max=settings.text_failures_max,
        pause_s=settings.text_pause_s,
    )


def sender_of(settings: Settings) -> Twilio | None:
    """None when no SMS service is set up."""
    if not settings.twilio_account_sid:
        return None
    return Twilio(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
        api_base=settings.twilio_api_base,
        call_s=settings.text_call_s,
    )


class OutboxWorker:
    def __init__(
        self, store: Store, keys: KeyStore, people: People, redis: RedisStore, sender: Sender | None, rules: OutboxRules
    ) -> None:
        self.name = uuid.uuid4().hex
        self._store = store
        self._keys = keys
        self._people = people
        self._redis = redis
        self._sender = sender
        self._rules = rules
        self._failures = 0
        self._paused_until = 0.0

    async def run(self, stopped: asyncio.Event) -> None:
        """Send until `stopped`; calls under way are finished."""
        while not stopped.is_set():
            try:
                await self.step()
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("outbox cannot use the database now error=%s", type(error).__name__)
            except PoolUnavailable:
                log.warning("Redis is away: texts wait")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._rules.poll_s)
        if self._sender is not None:
            await self._sender.close()

    async def step(self) -> None:
        """Send everything that is due. Raises PoolUnavailable."""
        found = await self._due()
        if asyncio.get_running_loop().time() < self._paused_until:
            return
        waiting = [text for text in found if text.kind is Kind.WAITING]
        is_open = await self._redis.leased([person_lease(text.person_id) for text in waiting])
        seen = [text.id for text, is_here in zip(waiting, is_open, strict=True) if is_here]
        if seen:
            await self._store.write(outbox.drop, seen, "page_open", now_ms())
        turns = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for text in found:
                if text.id not in seen:
                    tasks.create_task(self._send_in_turn(text, turns))

    async def _due(self) -> Sequence[Text]:
        at_ms = now_ms()
        async with self._store.read() as connection:
            lost = await outbox.overdue(connection, at_ms)
            late = await outbox.count_late(connection, at_ms)
        for text in lost:
            await self._store.write(self._settle, text, Unanswered())
        if late:
            await self._store.write(outbox.drop_late, at_ms)
        async with self._store.read() as connection:
            return await outbox.due(connection, at_ms, DUE_MAX)

    async def _send_in_turn(self, text: Text, turns: asyncio.Semaphore) -> None:
        async with turns:
            if asyncio.get_running_loop().time() < self._paused_until:
                return
            await self._send(text)

    async def _send(self, text: Text) -> None:
        opened = await self._number(text)
        if opened is None:
            await self._store.write(outbox.drop, [text.id], "no_number", now_ms())
            return
        number, sealed = opened
        claimed = await self._store.write(self._claim, text, sealed)
        if claimed is None:
            return
        if self._sender is None:
            await self._store.write(self._keep, claimed)
            log.info("text=%s kind=%s kept, no SMS service is set up", text.id, text.kind)
            return
        words = alerts.words(text.kind, self._rules.public_url, self._rules.alerts.place_kept_s)
        report_url = self._rules.public_url + alerts.REPORT_PATH.format(id=text.id)
        outcome = await self._sender.send(number, words, report_url)
        await self._store.write(self._settle, claimed, outcome)
        self._note(outcome)
        log.info("text=%s kind=%s try=%d %s", text.id, text.kind, claimed.tries, said(outcome))

    async def _number(self, text: Text) -> tuple[str, bytes] | None:
        """The number in the clear, and sealed for this row. "No longer waiting" goes where "waiting" went."""
        try:
            key = await self._keys.key_of(text.person_id)
            number = await self._people.phone(text.person_id)
            if text.kind is Kind.OVER:
                async with self._store.read() as connection:
                    first = await outbox.of_key(connection, f"waiting:{text.request_id}:{text.person_id}")
                if first is not None and first.number_sealed is not None:
                    number = key.open_text(first.number_sealed, "outbox", first.id, "number_sealed")
        except (SealBroken, PersonNotFound):
            return None
        if not number:
            return None
        return number, key.seal_text(number, "outbox", text.id, "number_sealed")

    async def _claim(self, connection: AsyncConnection, text: Text, number_sealed: bytes) -> Text | None:
        at_ms = now_ms()
        fresh = await outbox.load(connection, text.id)
        if fresh is None or fresh.state is not SendState.QUEUED or fresh.due_at_ms > at_ms:
            return None
        if not await alert_story.may_go(connection, fresh, at_ms, self._rules.alerts):
            return None
        until_ms = at_ms + int((self._rules.call_s + LEASE_EXTRA_S) * 1000)
        if not await outbox.claim(connection, text.id, self.name, number_sealed, at_ms, until_ms):
            return None
        return await outbox.load(connection, text.id)

    async def _keep(self, connection: AsyncConnection, text: Text) -> None:
        await alert_story.settle(connection, text, Fact.NOT_SET_UP, now_ms(), self._rules.alerts)

    async def _settle(self, connection: AsyncConnection, text: Text, outcome: Outcome) -> None:
        rules = self._rules.alerts
        match outcome:
            case Sent(provider_id):
                await alert_story.settle(connection, text, Fact.ACCEPTED, now_ms(), rules, provider_id=provider_id)
            case NotAccepted(code):
                await alert_story.settle(connection, text, Fact.NOT_ACCEPTED, now_ms(), rules, reason=code)
            case Refused(code):
                if code == OPTED_OUT and text.kind is Kind.WAITING:
                    await outbox.set_reachable(connection, text.person_id, False)
                await alert_story.settle(connection, text, Fact.REFUSED, now_ms(), rules, reason=code)
            case Unanswered():
                await alert_story.settle(connection, text, Fact.UNANSWERED, now_ms(), rules)

    def _note(self, outcome: Outcome) -> None:
        """After several failures in a row the provider is left alone for a while; no try is used up meanwhile."""
        if isinstance(outcome, Sent | Refused):
            self._failures = 0
            return
        self._failures += 1
        if self._failures >= self._rules.failures_max:
            self._failures = 0
            self._paused_until = asyncio.get_running_loop().time() + self._rules.pause_s
            log.warning("the SMS service keeps failing: left alone for %g s", self._rules.pause_s)
