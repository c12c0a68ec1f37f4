"""Concerns for somebody's safety, as rows. Owns the tables `concern` and `concern_step`.

open > acting > closed, and from closed open again. Easy to break: raising one sets the legal hold in the same
transaction, and nothing that was said or done about it is ever changed or deleted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.store import erasure
from rtc_server.store.care_schema import concern, concern_step

ConcernState = Literal["open", "acting", "closed"]
StepKind = Literal["note", "acting", "closed", "reopened"]

# What a step makes of the state; a note leaves it. An absent key is the refusal.
TRANSITIONS: Mapping[tuple[ConcernState, StepKind], ConcernState] = {
    ("open", "note"): "open",
    ("open", "acting"): "acting",
    ("open", "closed"): "closed",
    ("acting", "note"): "acting",
    ("acting", "closed"): "closed",
    ("closed", "reopened"): "open",
}


@dataclass(frozen=True)
class Concern:
    id: str
    client_id: str
    session_id: str
    raised_by: str
    state: ConcernState
    version: int
    facts_sealed: bytes
    raised_at_ms: int

    def facts(self, key: SealKey) -> dict[str, Any]:
        """`key` is the client's."""
        opened: dict[str, Any] = json.loads(key.open_text(self.facts_sealed, "concern", self.id, "facts_sealed"))
        return opened


def _concern(row: Row[Any]) -> Concern:
    return Concern(
        row.id,
        row.client_id,
        row.session_id,
        row.raised_by,
        row.state,
        row.version,
        row.facts_sealed,
        row.raised_at_ms,
    )


async def find(connection: AsyncConnection, concern_id: str) -> Concern | None:
    row = (await connection.execute(select(concern).where(concern.c.id == concern_id))).first()
    return None if row is None else _concern(row)


async def newest(connection: AsyncConnection, limit: int, raised_by: str | None) -> list[Concern]:
    """Those that are not closed first; of one therapist, or all."""
    query = select(concern).order_by(concern.c.state == "closed", concern.c.raised_at_ms.desc()).limit(limit)
    if raised_by is not None:
        query = query.where(concern.c.raised_by == raised_by)
    return [_concern(row) for row in await connection.execute(query)]


async def open_concern(
    connection: AsyncConnection,
    key: SealKey,
    concern_id: str,
    client_id: str,
    session_id: str,
    raised_by: str,
    facts: Mapping[str, Any],
    now_ms: int,
) -> bool:
    """With the hold. False when it is known already: a retry."""
    if await find(connection, concern_id) is not None:
        return False
    await connection.execute(
        insert(concern).values(
            id=concern_id,
            client_id=client_id,
            session_id=session_id,
            raised_by=raised_by,
            state="open",
            version=1,
            facts_sealed=key.seal_text(json.dumps(facts), "concern", concern_id, "facts_sealed"),
            raised_at_ms=now_ms,
        )
    )
    await erasure.place_hold(connection, client_id, now_ms)
    return True


async def step(
    connection: AsyncConnection,
    key: SealKey,
    before: Concern,
    version: int,
    kind: StepKind,
    by_id: str,
    words: str,
    now_ms: int,
) -> bool:
    """False when the state forbids it or somebody was quicker."""
    to = TRANSITIONS.get((before.state, kind))
    if to is None:
        return False
    changed = await connection.execute(
        update(concern)
        .where(concern.c.id == before.id, concern.c.version == version, concern.c.state == before.state)
        .values(state=to, version=version + 1)
    )
    if changed.rowcount != 1:
        return False
    place = f"{before.id}:{version + 1}"
    await connection.execute(
        insert(concern_step).values(
            concern_id=before.id,
            version=version + 1,
            kind=kind,
            by_id=by_id,
            words_sealed=key.seal_text(words, "concern_step", place, "words_sealed"),
            at_ms=now_ms,
        )
    )
    return True


async def steps(connection: AsyncConnection, key: SealKey, concern_id: str) -> list[tuple[Row[Any], str]]:
    """Each with its words, oldest first."""
    query = select(concern_step).where(concern_step.c.concern_id == concern_id).order_by(concern_step.c.seq)
    return [
        (row, key.open_text(row.words_sealed, "concern_step", f"{concern_id}:{row.version}", "words_sealed"))
        for row in await connection.execute(query)
    ]
