"""Rows of what is sent, whichever table they stand in (`outbox` for texts, `mail`): added once, and moved on once.

The tables share the columns key, state, changed_at_ms. Easy to break: a state is only ever left by way of `note`,
whose WHERE is `sending.TRANSITIONS`; that is what keeps two workers from sending one row, and a late or repeated
report from undoing a newer one.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.outgoing.sending import Fact, result, sources


async def add_once(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """One whose key is known is the same, and stays as it is."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    await connection.execute(insert(table).on_conflict_do_nothing(index_elements=["key"]), rows)


async def note(
    connection: AsyncConnection, table: Table, ids: Sequence[str], fact: Fact, now_ms: int, **values: Any
) -> bool:
    """Note what happened to these; False when one has moved on and this is no news of it."""
    changed = await connection.execute(
        update(table)
        .where(table.c.id.in_(ids), table.c.state.in_(sources(fact)))
        .values(state=result(fact).value, changed_at_ms=now_ms, **values)
    )
    return changed.rowcount == len(ids)
