"""How people stand with us, as rows: when they came, what was decided about them, by whom and why.

Owns table `standing`.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person, therapist
from rtc_server.store.account_schema import standing

StandingAct = Literal["disabled", "let_in", "second_step_reset", "share"]


class Known(NamedTuple):
    made_at_ms: int
    is_disabled: bool
    own_therapist_id: str | None


async def known(connection: AsyncConnection, person_id: str) -> Known | None:
    query = select(person.c.created_at_ms, person.c.is_disabled, person.c.own_therapist_id)
    row = (await connection.execute(query.where(person.c.id == person_id))).first()
    return None if row is None else Known(*row)


async def operators(connection: AsyncConnection) -> list[str]:
    """Ids of those who may come in."""
    query = select(person.c.id).where(person.c.role == "admin", person.c.is_disabled.is_(False))
    return list((await connection.execute(query)).scalars())


async def set_share(connection: AsyncConnection, therapist_id: str, percent: int) -> bool:
    """False when it is so already."""
    mine = (therapist.c.person_id == therapist_id, therapist.c.share_percent != percent)
    changed = await connection.execute(update(therapist).where(*mine).values(share_percent=percent))
    return changed.rowcount == 1


async def note(
    connection: AsyncConnection,
    person_id: str,
    act: StandingAct,
    reason_sealed: bytes,
    by_id: str,
    now_ms: int,
    share_percent: int | None = None,
) -> None:
    """`reason_sealed` names its row by person and instant: `{person_id}:{now_ms}`. `share_percent` with act "share"."""
    await connection.execute(
        insert(standing).values(
            person_id=person_id,
            act=act,
            share_percent=share_percent,
            reason_sealed=reason_sealed,
            by_id=by_id,
            at_ms=now_ms,
        )
    )


async def history(connection: AsyncConnection, person_id: str) -> Sequence[Row[Any]]:
    """Newest first."""
    query = select(standing).where(standing.c.person_id == person_id).order_by(standing.c.seq.desc())
    return (await connection.execute(query)).all()
