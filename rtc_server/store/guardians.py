"""Guardians' consents as rows. Owns table `guardian_consent`.

The newest row of a client counts. Easy to break: a decision names the version that was read, and an accepted one ends
with its last day by itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.store.care_schema import guardian_consent

ConsentState = Literal["sent", "refused", "accepted"]


@dataclass(frozen=True)
class Guardian:
    name: str
    relation: str
    phone: str


@dataclass(frozen=True)
class Consent:
    id: str
    client_id: str
    document_id: str
    facts_sealed: bytes
    state: ConsentState
    version: int
    sent_at_ms: int
    words_sealed: bytes | None
    good_until: str | None

    def guardian(self, key: SealKey) -> Guardian:
        return Guardian(**json.loads(key.open_text(self.facts_sealed, "guardian_consent", self.id, "facts_sealed")))

    def words(self, key: SealKey) -> str:
        if self.words_sealed is None:
            return ""
        return key.open_text(self.words_sealed, "guardian_consent", self.id, "words_sealed")


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        row.id,
        row.client_id,
        row.document_id,
        row.facts_sealed,
        row.state,
        row.version,
        row.sent_at_ms,
        row.words_sealed,
        row.good_until,
    )


async def newest(connection: AsyncConnection, client_id: str) -> Consent | None:
    query = select(guardian_consent).where(guardian_consent.c.client_id == client_id)
    row = (await connection.execute(query.order_by(guardian_consent.c.sent_at_ms.desc()).limit(1))).first()
    return None if row is None else _consent(row)


async def on_file(connection: AsyncConnection, client_id: str, today: str) -> Consent | None:
    """The one that is in date, else the newest."""
    is_in_date = (guardian_consent.c.state == "accepted") & (guardian_consent.c.good_until >= today)
    query = select(guardian_consent).where(guardian_consent.c.client_id == client_id)
    query = query.order_by(func.coalesce(is_in_date, False).desc(), guardian_consent.c.sent_at_ms.desc())
    row = (await connection.execute(query.limit(1))).first()
    return None if row is None else _consent(row)


async def is_good(connection: AsyncConnection, client_id: str, today: str) -> bool:
    """Whether an accepted consent is in date; a newer one that waits to be read does not end it."""
    query = select(guardian_consent.c.id).where(
        guardian_consent.c.client_id == client_id,
        guardian_consent.c.state == "accepted",
        guardian_consent.c.good_until >= today,
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def find(connection: AsyncConnection, consent_id: str) -> Consent | None:
    row = (await connection.execute(select(guardian_consent).where(guardian_consent.c.id == consent_id))).first()
    return None if row is None else _consent(row)


async def to_look_at(connection: AsyncConnection, due_before: str, limit: int) -> list[Consent]:
    """To be decided, and those whose last day comes before `due_before`; the oldest first."""
    query = (
        select(guardian_consent)
        .where(
            or_(
                guardian_consent.c.state == "sent",
                (guardian_consent.c.state == "accepted") & (guardian_consent.c.good_until < due_before),
            )
        )
        .order_by(guardian_consent.c.state != "sent", guardian_consent.c.sent_at_ms)
        .limit(limit)
    )
    return [_consent(row) for row in await connection.execute(query)]


async def send(
    connection: AsyncConnection, key: SealKey, consent_id: str, client_id: str, paper_id: str, by: Guardian, now_ms: int
) -> None:
    """`key` is the client's."""
    facts = json.dumps({"name": by.name, "relation": by.relation, "phone": by.phone})
    await connection.execute(
        insert(guardian_consent).values(
            id=consent_id,
            client_id=client_id,
            document_id=paper_id,
            facts_sealed=key.seal_text(facts, "guardian_consent", consent_id, "facts_sealed"),
            state="sent",
            version=1,
            sent_at_ms=now_ms,
        )
    )


async def decide(
    connection: AsyncConnection,
    consent_id: str,
    version: int,
    *,
    good_until: str | None,
    words_sealed: bytes,
    by_id: str,
    now_ms: int,
) -> bool:
    """Accept it until a day, or refuse it with None; an accepted one is prolonged so too. False when it has changed."""
    changed = await connection.execute(
        update(guardian_consent)
        .where(
            guardian_consent.c.id == consent_id,
            guardian_consent.c.version == version,
            guardian_consent.c.state.in_(("sent", "accepted")),
        )
        .values(
            state="refused" if good_until is None else "accepted",
            version=version + 1,
            good_until=good_until,
            words_sealed=words_sealed,
            decided_by=by_id,
            decided_at_ms=now_ms,
            reminded_at_ms=None,
        )
    )
    return changed.rowcount == 1


async def to_remind(connection: AsyncConnection, due_before: str) -> Sequence[Consent]:
    query = select(guardian_consent).where(
        guardian_consent.c.state == "accepted",
        guardian_consent.c.good_until < due_before,
        guardian_consent.c.reminded_at_ms.is_(None),
    )
    return [_consent(row) for row in await connection.execute(query)]


async def note_reminded(connection: AsyncConnection, consent_id: str, now_ms: int) -> bool:
    """True for the one who is to write."""
    changed = await connection.execute(
        update(guardian_consent)
        .where(guardian_consent.c.id == consent_id, guardian_consent.c.reminded_at_ms.is_(None))
        .values(reminded_at_ms=now_ms)
    )
    return changed.rowcount == 1
