"""Rehearsals as rows: asked for by a therapist, claimed by a worker with a place free, ended once.

A worker's claim is a lease. Easy to break: places are counted in the claim's own transaction, per machine, so that two
workers on one machine share them; and the scripted client is a person of its own per therapist, who can only place
rehearsals (`scripted_for`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store import events, timers
from rtc_server.store.rehearsal_schema import rehearsal, scripted_client

TOPIC = "rehearsal"

Stage = Literal["asked", "running", "ended"]


@dataclass(frozen=True)
class Rehearsal:
    id: str
    therapist_id: str
    state: Stage
    reason: str
    version: int
    asked_at_ms: int
    worker: str
    lease_until_ms: int


def _record(row: Row[Any]) -> Rehearsal:
    return Rehearsal(
        row.id, row.therapist_id, row.state, row.reason, row.version, row.asked_at_ms, row.worker, row.lease_until_ms
    )


async def add(connection: AsyncConnection, rehearsal_id: str, therapist_id: str, now_ms: int, claim_by_ms: int) -> None:
    """Ask for one. Raises IntegrityError when this therapist has one open."""
    await connection.execute(
        insert(rehearsal).values(
            id=rehearsal_id, therapist_id=therapist_id, state="asked", version=1, asked_at_ms=now_ms
        )
    )
    await events.append(connection, TOPIC, rehearsal_id, 1, "Asked", therapist_id, now_ms)
    await timers.set_timer(connection, TOPIC, rehearsal_id, claim_by_ms)


async def load(connection: AsyncConnection, rehearsal_id: str) -> Rehearsal | None:
    row = (await connection.execute(select(rehearsal).where(rehearsal.c.id == rehearsal_id))).first()
    return None if row is None else _record(row)


async def newest_of(connection: AsyncConnection, therapist_id: str) -> Rehearsal | None:
    query = (
        select(rehearsal)
        .where(rehearsal.c.therapist_id == therapist_id)
        .order_by(rehearsal.c.asked_at_ms.desc(), rehearsal.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else _record(row)


async def asked(connection: AsyncConnection) -> list[Rehearsal]:
    """Those no worker has yet, oldest first."""
    query = select(rehearsal).where(rehearsal.c.state == "asked").order_by(rehearsal.c.asked_at_ms)
    return [_record(row) for row in await connection.execute(query)]


async def running(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Which of these are still meant to run."""
    query = select(rehearsal.c.id).where(rehearsal.c.id.in_(ids), rehearsal.c.state == "running")
    return set((await connection.execute(query)).scalars())


async def claim(
    connection: AsyncConnection,
    before: Rehearsal,
    worker: str,
    machine: str,
    places: int,
    now_ms: int,
    lease_until_ms: int,
) -> Rehearsal | None:
    """Take an asked one on; None when this machine has no place free or somebody else was first."""
    query = (
        select(func.count())
        .select_from(rehearsal)
        .where(rehearsal.c.machine == machine, rehearsal.c.state == "running", rehearsal.c.lease_until_ms > now_ms)
    )
    if (await connection.execute(query)).scalar_one() >= places:
        return None
    values = {"worker": worker, "machine": machine, "lease_until_ms": lease_until_ms}
    if not await _step(connection, before, "running", "", values, "Begun", now_ms):
        return None
    await timers.set_timer(connection, TOPIC, before.id, lease_until_ms)
    return await load(connection, before.id)


async def renew(connection: AsyncConnection, worker: str, lease_until_ms: int) -> None:
    """Keep all that this worker runs."""
    await connection.execute(
        update(rehearsal)
        .where(rehearsal.c.worker == worker, rehearsal.c.state == "running")
        .values(lease_until_ms=lease_until_ms)
    )


async def end(connection: AsyncConnection, before: Rehearsal, reason: str, by: str | None, now_ms: int) -> bool:
    """False when it has ended or moved on meanwhile."""
    if before.state == "ended":
        return False
    if not await _step(connection, before, "ended", reason, {"ended_at_ms": now_ms}, "Ended", now_ms, by):
        return False
    await timers.set_timer(connection, TOPIC, before.id, None)
    return True


async def _step(
    connection: AsyncConnection,
    before: Rehearsal,
    state: Stage,
    reason: str,
    values: dict[str, Any],
    kind: str,
    now_ms: int,
    by: str | None = None,
) -> bool:
    changed = await connection.execute(
        update(rehearsal)
        .where(rehearsal.c.id == before.id, rehearsal.c.version == before.version)
        .values(state=state, reason=reason, version=before.version + 1, **values)
    )
    if changed.rowcount != 1:
        return False
    await events.append(connection, TOPIC, before.id, before.version + 1, kind, by, now_ms)
    return True


# The scripted client


async def client_for(connection: AsyncConnection, therapist_id: str) -> str | None:
    """This therapist's scripted client, once there is one."""
    query = select(scripted_client.c.client_id).where(scripted_client.c.therapist_id == therapist_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def keep_client(connection: AsyncConnection, therapist_id: str, client_id: str) -> None:
    """Raises IntegrityError when another worker was first."""
    await connection.execute(insert(scripted_client).values(therapist_id=therapist_id, client_id=client_id))


async def scripted_for(connection: AsyncConnection, client_id: str) -> str | None:
    """Whose scripted client this is: whatever they place is a rehearsal for that therapist. None for everybody else."""
    query = select(scripted_client.c.therapist_id).where(scripted_client.c.client_id == client_id)
    return (await connection.execute(query)).scalar_one_or_none()
