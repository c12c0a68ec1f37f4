"""Who did what to whose record: append-only rows, each chained to the one before by HMAC.

Owns table `audit`. Ids only, never names or words. The rule that is easy to break: rows are added through `append`
alone, in a writing transaction, because the chain is read and extended under the writer's lock; `seq` is given, not
drawn, so that two rows can never follow the same one.
"""

import hashlib
import hmac
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import StorageFull
from rtc_server.store.database import Store, now_ms
from rtc_server.store.schema import audit

log = logging.getLogger(__name__)

CHAIN_START = b""
READING_S = 30.0  # a page that asks again sooner (while a transcript grows) is still the same reading
READINGS_MAX = 10_000


class Checkpoint(NamedTuple):
    """The chain's end at some time. Kept elsewhere, it shows whether rows were cut off the end since."""

    seq: int
    mac: bytes


class Trail:
    """What a web process adds rows through. `key` is `ring.derive("audit")`."""

    def __init__(self, store: Store, key: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._readings: OrderedDict[tuple[str, str, str, str], float] = OrderedDict()  # last asked for

    async def add(self, actor_id: str, action: str, object_id: str, address: str) -> None:
        """On a full disk only a line in the log: what was opened then is shown all the same."""
        try:
            await self._store.write(append, self._key, actor_id, action, object_id, address, now_ms())
        except StorageFull:
            log.error("no room for an audit row actor=%s action=%s object=%s", actor_id, action, object_id)

    async def add_reading(self, actor_id: str, action: str, object_id: str, address: str) -> None:
        """One row for one reading, however often its page asks."""
        now, reading = self._clock(), (actor_id, action, object_id, address)
        last = self._readings.pop(reading, None)
        if last is None or now - last >= READING_S:
            await self.add(*reading)
        self._readings[reading] = now
        if len(self._readings) > READINGS_MAX:
            self._readings.popitem(last=False)


def _mac(key: bytes, before: bytes, at_ms: int, actor_id: str, action: str, object_id: str, address: str) -> bytes:
    told = json.dumps([at_ms, actor_id, action, object_id, address]).encode()
    return hmac.new(key, before + told, hashlib.sha256).digest()


async def append(
    connection: AsyncConnection, key: bytes, actor_id: str, action: str, object_id: str, address: str, at_ms: int
) -> None:
    """Add a row. `key` is `ring.derive("audit")`; an operator at the console is the actor "operator"."""
    before = await end(connection)
    mac = _mac(key, before.mac, at_ms, actor_id, action, object_id, address)
    values = {"at_ms": at_ms, "actor_id": actor_id, "action": action, "object_id": object_id, "address": address}
    await connection.execute(insert(audit).values(**values, seq=before.seq + 1, mac=mac))


async def end(connection: AsyncConnection) -> Checkpoint:
    newest = select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
    row = (await connection.execute(newest)).first()
    return Checkpoint(0, CHAIN_START) if row is None else Checkpoint(row.seq, row.mac)


async def newest(connection: AsyncConnection, limit: int, *, before_seq: int | None, about: str) -> Sequence[Row[Any]]:
    """Newest first; `about` is an actor or an object, or empty for all."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if before_seq is not None:
        query = query.where(audit.c.seq < before_seq)
    if about:
        query = query.where(or_(audit.c.actor_id == about, audit.c.object_id == about))
    return (await connection.execute(query)).all()


async def holds(connection: AsyncConnection, known: Checkpoint) -> bool:
    """Whether the chain still has the row that ended it when `known` was written down."""
    mac = (await connection.execute(select(audit.c.mac).where(audit.c.seq == known.seq))).scalar_one_or_none()
    return hmac.compare_digest(mac or CHAIN_START, known.mac)


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
