"""Texts people agree to, in versions, each in force from an instant on. Owns table `agreement`.

Easy to break: what somebody accepted is named by its version, so a version is never changed; and which one is in
force is asked in the transaction that writes the acceptance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server import texts
from rtc_server.store.account_schema import acceptance, agreement
from rtc_server.store.schema import consent

AgreementKind = Literal["terms", "transcript", "account", "conduct"]


@dataclass(frozen=True)
class Agreement:
    kind: AgreementKind
    version: str
    text: str
    in_force_from_ms: int


# What is in force until an operator writes another.
FIRST: Mapping[AgreementKind, Agreement] = {
    "terms": Agreement("terms", texts.TERMS_VERSION, texts.TERMS_TEXT, 0),
    "transcript": Agreement("transcript", texts.TRANSCRIPT_VERSION, texts.TRANSCRIPT_TEXT, 0),
    "account": Agreement("account", texts.ACCOUNT_VERSION, texts.ACCOUNT_TEXT, 0),
    "conduct": Agreement("conduct", texts.CONDUCT_VERSION, texts.CONDUCT_TEXT, 0),
}


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(row.kind, row.version, row.text, row.in_force_from_ms)


async def in_force(connection: AsyncConnection, kind: AgreementKind, now_ms: int) -> Agreement:
    query = (
        select(agreement)
        .where(agreement.c.kind == kind, agreement.c.in_force_from_ms <= now_ms)
        .order_by(agreement.c.in_force_from_ms.desc(), agreement.c.made_at_ms.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return FIRST[kind] if row is None else _agreement(row)


async def versions(connection: AsyncConnection, kind: AgreementKind) -> list[Agreement]:
    """Newest first; the one that came with the product is the last."""
    query = (
        select(agreement)
        .where(agreement.c.kind == kind)
        .order_by(agreement.c.in_force_from_ms.desc(), agreement.c.made_at_ms.desc())
    )
    return [*(_agreement(row) for row in await connection.execute(query)), FIRST[kind]]


async def make(
    connection: AsyncConnection, kind: AgreementKind, text: str, in_force_from_ms: int, by_id: str, now_ms: int
) -> str:
    """Write a new version; its name is the day from which it is in force."""
    day = datetime.fromtimestamp(in_force_from_ms / 1000, UTC).date().isoformat()
    taken = {known.version for known in await versions(connection, kind)}
    name = next(name for name in (day, *(f"{day}.{number}" for number in range(2, 1_000))) if name not in taken)
    await connection.execute(
        insert(agreement).values(
            kind=kind,
            version=name,
            text=text,
            in_force_from_ms=in_force_from_ms,
            made_by=by_id,
            made_at_ms=now_ms,
        )
    )
    return name


async def accept(connection: AsyncConnection, person_id: str, kind: AgreementKind, version: str, now_ms: int) -> None:
    """Outside a session; a session's are rows of `consent`."""
    accepted = {"person_id": person_id, "kind": kind, "version": version, "at_ms": now_ms}
    await connection.execute(insert(acceptance).values(**accepted))


async def accepted_counts(connection: AsyncConnection, kind: AgreementKind) -> dict[str, int]:
    """How often each version was accepted."""
    outside = select(acceptance.c.version, func.count()).where(acceptance.c.kind == kind)
    inside = select(consent.c.text_version, func.count()).where(consent.c.purpose == kind, consent.c.is_given.is_(True))
    counts: dict[str, int] = {}
    for query in (outside.group_by(acceptance.c.version), inside.group_by(consent.c.text_version)):
        for version, count in await connection.execute(query):
            counts[version] = counts.get(version, 0) + count
    return counts
