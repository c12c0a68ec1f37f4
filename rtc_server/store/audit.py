"""Who did what to whose record: append-only rows, each chained to the one before by HMAC.

Owns table `audit`. Ids only, never names or words. The rule that is easy to break: a row is added inside the
transaction of what it tells of, through `append`, because the chain must be read and extended under the writer's lock.
"""

import hashlib
import hmac
import json

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.schema import audit

CHAIN_START = b""


def _mac(key: bytes, before: bytes, at_ms: int, actor_id: str, action: str, object_id: str, address: str) -> bytes:
    told = json.dumps([at_ms, actor_id, action, object_id, address]).encode()
    return hmac.new(key, before + told, hashlib.sha256).digest()


async def append(
    connection: AsyncConnection, key: bytes, actor_id: str, action: str, object_id: str, address: str, at_ms: int
) -> None:
    """Add a row. `key` is `ring.derive("audit")`; an operator at the console is the actor "operator"."""
    newest = select(audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
    before = (await connection.execute(newest)).scalar_one_or_none() or CHAIN_START
    mac = _mac(key, before, at_ms, actor_id, action, object_id, address)
    values = {"at_ms": at_ms, "actor_id": actor_id, "action": action, "object_id": object_id, "address": address}
    await connection.execute(insert(audit).values(**values, mac=mac))


async def first_broken(connection: AsyncConnection, key: bytes) -> int | None:
    """The `seq` of the first row that was changed, or that follows one that was removed; None when all is whole."""
    before, expected_seq = CHAIN_START, 1
    async for row in await connection.stream(select(audit).order_by(audit.c.seq)):
        if row.seq != expected_seq or not hmac.compare_digest(row.mac, _mac_of(key, before, row)):
            return int(row.seq)
        before, expected_seq = row.mac, expected_seq + 1
    return None


def _mac_of(key: bytes, before: bytes, row: Row[tuple[object, ...]]) -> bytes:
    return _mac(key, before, row.at_ms, row.actor_id, row.action, row.object_id, row.address)
