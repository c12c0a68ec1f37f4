"""The worker's e-mail: sends what is due in table `mail`, or keeps it to be read when nothing is set up to send it.

Owns the lease of a mail while it is sent. Easy to break: addresses and words are opened here and given to the server,
and to nothing else; and an e-mail whose answer did not come is sent again under the same Message-ID, because a lost
booking is worse than one that is read twice (docs/decisions/0013-e-mail.md).
"""

import asyncio
import contextlib
import logging
import uuid
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from booking_core.people import People
from rtc_server.adapters.email import Away, Smtp, message_of
from rtc_server.adapters.seal import KeyStore
from rtc_server.config import Settings
from rtc_server.errors import StorageRefused
from rtc_server.outgoing import alerts
from rtc_server.outgoing.addressing import Addressed, Addressing
from rtc_server.outgoing.letters import FORMS, Channel
from rtc_server.outgoing.sending import Fact, NotAccepted, Outcome, Refused, SendState, Sent, Unanswered, said
from rtc_server.store import mail, notices
from rtc_server.store.database import Store, now_ms
from rtc_server.store.mail import Mail

log = logging.getLogger(__name__)

DUE_MAX = 200
AT_ONCE = 4
LEASE_EXTRA_S = 10.0  # beyond the call itself, before a mail counts as begun by a worker that died
FORGET_EVERY_S = 3600.0
DAY_MS = 86_400_000


@dataclass(frozen=True)
class MailRules:
    """Seconds, but for `kept_days`. After the last of `retries_s` that one is repeated until `late_s` is over."""

    public_url: str
    zone: str
    poll_s: float
    call_s: float
    retries_s: tuple[float, ...]
    late_s: float
    kept_days: float
    keeps_sent: bool  # in development: what was sent can still be read


def rules_of(settings: Settings) -> MailRules:
    return MailRules(
        public_url=settings.resolved_public_url(),
        zone=settings.time_zone,
        poll_s=settings.outbox_poll_s,
        call_s=settings.mail_call_s,
        retries_s=settings.mail_retries,
        late_s=settings.mail_late_s,
        kept_days=settings.mail_kept_days,
        keeps_sent=not settings.is_production,
    )


def smtp_of(settings: Settings) -> Smtp | None:
    """None when no SMTP server is set up."""
    if not settings.smtp_url:
        return None
    return Smtp(settings.smtp_url, settings.mail_from, call_s=settings.mail_call_s)


class Texter(Protocol):
    async def send(self, number: str, words: str, report_url: str) -> Outcome: ...

    async def close(self) -> None: ...


class MailWorker:
    """`texter` None: no SMS service is set up."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        people: People,
        smtp: Smtp | None,
        texter: Texter | None,
        rules: MailRules,
    ) -> None:
        self.name = uuid.uuid4().hex
        self._store = store
        self._texter = texter
        self._addressing = Addressing(keys, people, rules.public_url, rules.zone)
        self._smtp = smtp
        self._rules = rules
        self._is_away = False
        self._forget_at = 0.0

    async def run(self, stopped: asyncio.Event) -> None:
        """Send until `stopped`; calls under way are finished."""
        while not stopped.is_set():
            try:
                await self.step()
                await self._forget()
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("e-mail cannot use the database now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._rules.poll_s)
        if self._texter is not None:
            await self._texter.close()

    async def step(self) -> None:
        """Look once, and send everything that is due; when the server is away, the rest waits for the next look."""
        at_ms = now_ms()
        async with self._store.read() as connection:
            lost = await mail.overdue(connection, at_ms)
            late = await mail.late(connection, at_ms, int(self._rules.late_s * 1000))
            found = await mail.due(connection, at_ms, DUE_MAX)
        for one in lost:
            await self._settle(one, Unanswered())
        if late:
            await self._store.write(mail.give_up, late, "late", at_ms)
        self._is_away = False
        turns = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for one in found:
                if one.id not in late:
                    tasks.create_task(self._send_in_turn(one, turns))

    async def _send_in_turn(self, one: Mail, turns: asyncio.Semaphore) -> None:
        async with turns:
            if not self._is_away:
                await self._send(one)

    async def _send(self, one: Mail) -> None:
        if not await self._is_wanted(one):
            await self._store.write(mail.give_up, [one.id], mail.NOT_WANTED, now_ms())
            return
        opened = await self._addressing.open(one)
        if opened is None or not opened.to:
            await self._store.write(mail.give_up, [one.id], "erased" if opened is None else "no_number", now_ms())
            return
        until_ms = now_ms() + int((self._rules.call_s * 4 + LEASE_EXTRA_S) * 1000)
        if not await self._store.write(mail.claim, one.id, self.name, now_ms(), until_ms):
            return
        outcome = await self._hand_over(one, opened)
        if outcome is None:
            await self._store.write(mail.settle, one, Fact.NOT_SET_UP, now_ms())
            log.info("mail=%s template=%s kept, nothing is set up to send it", one.id, one.template)
            return
        self._is_away |= isinstance(outcome, Away)
        await self._settle(one, outcome)
        log.info("mail=%s template=%s by=%s try=%d %s", one.id, one.template, one.channel, one.tries + 1, said(outcome))

    async def _is_wanted(self, one: Mail) -> bool:
        notice = FORMS[one.template].notice
        if notice is None or one.person_id is None:
            return True
        async with self._store.read() as connection:
            return (await notices.choices(connection, one.person_id))[notice, one.channel]

    async def _hand_over(self, one: Mail, opened: Addressed) -> Outcome | None:
        """None when nothing is set up that could send it."""
        if one.channel is Channel.EMAIL:
            if self._smtp is None:
                return None
            message = message_of(one.id, self._smtp.sender, opened.to, opened.letter, opened.attachment)
            return await self._smtp.send(message, opened.to)
        if self._texter is None:
            return None
        report_url = self._rules.public_url + alerts.REPORT_PATH.format(id=one.id)
        outcome = await self._texter.send(opened.to, opened.letter.plain, report_url)
        # A second text is worse than none, and its reader may have had the first.
        return Refused("unanswered") if isinstance(outcome, Unanswered) else outcome

    async def _settle(self, one: Mail, outcome: Outcome) -> None:
        write, at_ms = self._store.write, now_ms()
        match outcome:
            case Sent():
                await write(mail.settle, one, Fact.ACCEPTED, at_ms, is_kept=self._rules.keeps_sent)
            case Refused(code):
                await write(mail.settle, one, Fact.REFUSED, at_ms, reason=code, is_kept=False)
            case NotAccepted() | Unanswered():
                reason = outcome.code if isinstance(outcome, NotAccepted) else "unanswered"
                again_ms = at_ms + self._wait_ms(one)
                await write(mail.settle, one, Fact.NOT_ACCEPTED, at_ms, reason=reason, due_at_ms=again_ms)

    def _wait_ms(self, one: Mail) -> int:
        waits = self._rules.retries_s
        tried = one.tries if one.state is SendState.QUEUED else one.tries - 1
        return int(waits[min(tried, len(waits) - 1)] * 1000)

    async def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._forget_at or self._rules.kept_days == 0:
            return
        self._forget_at = now + FORGET_EVERY_S
        gone = await self._store.write(mail.forget, now_ms() - int(self._rules.kept_days * DAY_MS))
        if gone:
            log.info("old mail forgotten rows=%d", gone)
