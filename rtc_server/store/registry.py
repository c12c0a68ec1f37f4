"""How people stand with us, as rows: when they came, who was disabled, by whom and why. Owns table `standing`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.store.account_schema import standing


class Known(NamedTuple):
    made_at_ms: int
    is_disabled: bool
    own_therapist_id: str | None


async def known(connection: AsyncConnection, person_id: str) -> Known | None:
    query = select(person.c.created_at_ms, person.c.is_disabled, person.c.own_therapist_id)
    row = (await connection.execute(query.where(person.c.id == person_id))).first()
    return None if row is None else Known(*row)


async def note(
    connection: AsyncConnection, person_id: str, is_disabled: bool, reason_sealed: bytes, by_id: str, now_ms: int
) -> None:
    """`reason_sealed` names its row by person and instant: `{person_id}:{now_ms}`."""
    await connection.execute(
        insert(standing).values(
            person_id=person_id, is_disabled=is_disabled, reason_sealed=reason_sealed, by_id=by_id, at_ms=now_ms
        )
    )


async def history(connection: AsyncConnection, person_id: str) -> Sequence[Row[Any]]:
    """Newest first."""
    query = select(standing).where(standing.c.person_id == person_id).order_by(standing.c.seq.desc())
    return (await connection.execute(query)).all()
