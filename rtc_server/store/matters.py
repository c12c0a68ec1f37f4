"""Questions, problems, complaints and matters of conduct, as rows. Owns the tables `matter` and `matter_line`.

Easy to break: everything that happens is a line, and a line moves the state by `TRANSITIONS` in the same transaction,
on the version that its writer had read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.store.care_schema import matter, matter_line

MatterKind = Literal["question", "problem", "complaint", "conduct"]  # conduct: opened by an operator
# open and appealed: an operator's turn; answered and decided: the person's.
MatterState = Literal["open", "answered", "decided", "appealed", "closed"]
MatterAct = Literal["write", "answer", "decide", "appeal", "close"]

# What an act makes of the state. An absent key is the refusal.
TRANSITIONS: Mapping[tuple[MatterState, MatterAct], MatterState] = {
    ("open", "write"): "open",
    ("open", "answer"): "answered",
    ("open", "decide"): "decided",
    ("open", "close"): "closed",
    ("answered", "write"): "open",
    ("answered", "answer"): "answered",
    ("answered", "decide"): "decided",
    ("answered", "close"): "closed",
    ("decided", "appeal"): "appealed",
    ("decided", "close"): "closed",
    ("appealed", "write"): "appealed",
    ("appealed", "answer"): "appealed",
    ("appealed", "decide"): "closed",
}
PERSONS: frozenset[MatterAct] = frozenset({"write", "appeal", "close"})
DESKS: frozenset[MatterAct] = frozenset({"answer", "decide", "close"})
DECIDED: frozenset[MatterKind] = frozenset({"complaint", "conduct"})


@dataclass(frozen=True)
class Matter:
    id: str
    person_id: str
    kind: MatterKind
    state: MatterState
    version: int
    subject_sealed: bytes
    session_id: str | None
    decided_by: str | None
    created_at_ms: int
    changed_at_ms: int

    def subject(self, key: SealKey) -> str:
        """`key` is the person's."""
        return key.open_text(self.subject_sealed, "matter", self.id, "subject_sealed")


@dataclass(frozen=True)
class Line:
    """What somebody does: an act, in words, perhaps with a file."""

    act: MatterAct
    text: str
    by_id: str
    is_desk: bool
    document_id: str | None


def allowed(kind: MatterKind, state: MatterState, is_desk: bool) -> list[MatterAct]:
    """What a side can do now. Only complaints and conduct are decided, and nobody closes a matter of their own conduct
    but by living with what was decided."""
    acts = [act for of, act in TRANSITIONS if of == state and act in (DESKS if is_desk else PERSONS)]
    if kind not in DECIDED:
        acts = [act for act in acts if act != "decide"]
    if kind == "conduct" and not is_desk and state != "decided":
        acts = [act for act in acts if act != "close"]
    return acts


def _matter(row: Row[Any]) -> Matter:
    return Matter(
        row.id,
        row.person_id,
        row.kind,
        row.state,
        row.version,
        row.subject_sealed,
        row.session_id,
        row.decided_by,
        row.created_at_ms,
        row.changed_at_ms,
    )


async def find(connection: AsyncConnection, matter_id: str) -> Matter | None:
    row = (await connection.execute(select(matter).where(matter.c.id == matter_id))).first()
    return None if row is None else _matter(row)


async def of_person(connection: AsyncConnection, person_id: str, limit: int) -> list[Matter]:
    query = select(matter).where(matter.c.person_id == person_id).order_by(matter.c.changed_at_ms.desc()).limit(limit)
    return [_matter(row) for row in await connection.execute(query)]


async def for_desk(connection: AsyncConnection, limit: int) -> list[Matter]:
    """Those that wait for an operator first, the longest wait first."""
    is_waiting = matter.c.state.in_(("open", "appealed"))
    query = select(matter).order_by(~is_waiting, matter.c.changed_at_ms).limit(limit)
    return [_matter(row) for row in await connection.execute(query)]


async def begin(
    connection: AsyncConnection,
    key: SealKey,
    matter_id: str,
    person_id: str,
    kind: MatterKind,
    subject: str,
    session_id: str | None,
    first: Line,
    now_ms: int,
) -> bool:
    """`key` is the person's. It waits for whoever did not begin it. False when it is known already: a retry."""
    if await find(connection, matter_id) is not None:
        return False
    await connection.execute(
        insert(matter).values(
            id=matter_id,
            person_id=person_id,
            kind=kind,
            state="answered" if first.is_desk else "open",
            version=1,
            subject_sealed=key.seal_text(subject, "matter", matter_id, "subject_sealed"),
            session_id=session_id,
            created_at_ms=now_ms,
            changed_at_ms=now_ms,
        )
    )
    await _write(connection, key, matter_id, 1, first, now_ms)
    return True


async def step(connection: AsyncConnection, key: SealKey, before: Matter, line: Line, now_ms: int) -> bool:
    """False when the state forbids it or somebody was quicker."""
    if line.act not in allowed(before.kind, before.state, line.is_desk):
        return False
    to = TRANSITIONS[before.state, line.act]
    decided_by = before.decided_by or (line.by_id if line.act == "decide" else None)
    changed = await connection.execute(
        update(matter)
        .where(matter.c.id == before.id, matter.c.version == before.version)
        .values(state=to, version=before.version + 1, changed_at_ms=now_ms, decided_by=decided_by)
    )
    if changed.rowcount != 1:
        return False
    await _write(connection, key, before.id, before.version + 1, line, now_ms)
    return True


async def _write(
    connection: AsyncConnection, key: SealKey, matter_id: str, version: int, line: Line, now_ms: int
) -> None:
    await connection.execute(
        insert(matter_line).values(
            matter_id=matter_id,
            version=version,
            act=line.act,
            is_desk=line.is_desk,
            by_id=line.by_id,
            text_sealed=key.seal_text(line.text, "matter_line", f"{matter_id}:{version}", "text_sealed"),
            document_id=line.document_id,
            at_ms=now_ms,
        )
    )


async def lines(connection: AsyncConnection, key: SealKey, matter_id: str) -> list[tuple[Row[Any], str]]:
    """Each with its words, oldest first."""
    query = select(matter_line).where(matter_line.c.matter_id == matter_id).order_by(matter_line.c.version)
    return [
        (row, key.open_text(row.text_sealed, "matter_line", f"{matter_id}:{row.version}", "text_sealed"))
        for row in await connection.execute(query)
    ]
