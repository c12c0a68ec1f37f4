"""Nobody under 18 begins a session before a guardian's written consent is on file and in date.

Owns that rule, and the reminders that a consent is to be looked at again. Knows no HTTP. Easy to break: it is asked at
every door to a session, quick and booked, and a date of birth is opened from its seal each time, never copied.
"""

import asyncio
import contextlib
import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.ages import is_minor
from booking_core.people import People
from booking_core.schema import person
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.errors import GuardianNeeded, SealBroken, StorageRefused
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import guardians, mail
from rtc_server.store.database import Store, now_ms
from rtc_server.store.guardians import Consent
from rtc_server.store.schema import session

log = logging.getLogger(__name__)

REMIND_DAYS = 30
LATELY_MS = 365 * 86_400_000
NEEDED = (
    "You are under 18, so a parent or guardian has to agree in writing before your first session. Your home page "
    "says how. In danger now? Call 999, or Childline on 0800 1111."
)


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


async def require(store: Store, people: People, client_id: str, on: date) -> None:
    """Raises GuardianNeeded for somebody under 18 without a consent that is in date."""
    if not is_minor((await people.person(client_id)).date_of_birth, on):
        return
    async with store.read() as connection:
        if not await guardians.is_good(connection, client_id, on.isoformat()):
            raise GuardianNeeded(NEEDED)


class Reminders:
    """One per worker: writes once to the client and to the therapists who see them, a month before the last day."""

    def __init__(self, store: Store, keys: KeyStore, zone: str, every_s: float) -> None:
        self._store = store
        self._keys = keys
        self._zone = zone
        self._every_s = every_s

    async def run(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                await self.remind()
            except (SQLAlchemyError, StorageRefused, SealBroken) as error:
                log.warning("nobody can be reminded now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._every_s)

    async def remind(self) -> int:
        """How many consents somebody was written to about."""
        before = (today(self._zone) + timedelta(days=REMIND_DAYS)).isoformat()
        async with self._store.read() as connection:
            found = await guardians.to_remind(connection, before)
        return sum([await self._write(consent) for consent in found])

    async def _write(self, consent: Consent) -> bool:
        async with self._store.read() as connection:
            seen_by = await _therapists(connection, consent.client_id, now_ms() - LATELY_MS)
        seals = {one: await self._keys.key_of(one) for one in (consent.client_id, *seen_by)}
        return await self._store.write(_tell, consent, seals)


async def _therapists(connection: AsyncConnection, client_id: str, since_ms: int) -> list[str]:
    met = select(session.c.therapist_id).where(session.c.client_id == client_id, session.c.agreed_at_ms > since_ms)
    own = select(person.c.own_therapist_id).where(person.c.id == client_id, person.c.own_therapist_id.is_not(None))
    return sorted({*(await connection.execute(met)).scalars(), *(await connection.execute(own)).scalars()})


async def _tell(connection: AsyncConnection, consent: Consent, seals: dict[str, SealKey]) -> bool:
    now = now_ms()
    if not await guardians.note_reminded(connection, consent.id, now):
        return False
    for one, seal in seals.items():
        is_client = one == consent.client_id
        template = Template.GUARDIAN_RENEW if is_client else Template.GUARDIAN_REVIEW
        facts: Facts = {"due_day": consent.good_until or "", "link": "/guardian" if is_client else "/"}
        told = f"guardian:{consent.id}:{consent.version}:{one}"
        await mail.queue(connection, seal, one, template, facts, key=told, now_ms=now)
    return True
