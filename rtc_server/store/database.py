"""The only two doors to the database: `Store.write()` and `Store.read()`.

On SQLite they are two engines: the writer is one connection per process that begins IMMEDIATE (a deferred
read-then-write fails at once under concurrency), the reader is deferred and `query_only`. Nothing but the database
may be awaited inside either. `write` bodies are functions run under a shield: a caller that is cancelled while
BEGIN waits would otherwise leave the transaction open and everyone else locked out.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as QueueTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rtc_server.errors import StorageBusy, StorageFull
from rtc_server.store import sqlite_driver

P = ParamSpec("P")
T = TypeVar("T")
BUSY = "We are very busy. Nothing was lost; please try again in a moment."


def now_ms() -> int:
    """Wall-clock UTC in milliseconds, for rows. Durations inside a process use the monotonic clock."""
    return time.time_ns() // 1_000_000


class Store:
    """One per process. `url` is an SQLAlchemy async URL."""

    def __init__(self, url: str, *, busy_s: float = 5.0) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, busy_s, is_writer=True)
            self._reader = _sqlite_engine(url, busy_s, is_writer=False)
        else:
            self._writer = self._reader = create_async_engine(url, pool_size=5, hide_parameters=True)

    async def write(
        self, body: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `body(connection, …)` in one transaction: committed when it returns, rolled back when it raises.

        Raises StorageFull when the disk is, StorageBusy when others hold the database too long; nothing of the body
        is kept then.
        """

        async def run() -> T:
            with _said_plainly():
                async with self._writer.begin() as connection:
                    return await body(connection, *args, **kwargs)

        return await asyncio.shield(run())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that cannot write, on one consistent snapshot. Raises StorageBusy."""
        with _said_plainly():
            async with self._reader.connect() as connection:
                yield connection

    async def write_back(self) -> None:
        """Bring SQLite's write-ahead log into the file and empty it: what was deleted stands in neither afterwards."""
        if self.is_sqlite:
            async with self._writer.connect() as connection:
                raw = await connection.get_raw_connection()
                assert raw.driver_connection is not None
                # Past SQLAlchemy, which would begin a transaction, and in one there is no checkpoint.
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


@contextmanager
def _said_plainly() -> Iterator[None]:
    """What the driver says of a full disk or a long queue, in our own errors."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig)
        if "disk is full" in text or "disk I/O error" in text:
            raise StorageFull("There is no room left to save this. Nothing was lost; try again soon.") from error
        if "database is locked" in text:
            raise StorageBusy(BUSY) from error
        raise
    except QueueTimeout as error:
        raise StorageBusy(BUSY) from error


def _sqlite_engine(url: str, busy_s: float, *, is_writer: bool) -> AsyncEngine:
    pool: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if is_writer else {"pool_size": 4, "max_overflow": 0}
    # Errors are logged, so they must not quote what was to be stored.
    engine = create_async_engine(
        make_url(url).set(drivername=sqlite_driver.DRIVER),
        connect_args={"timeout": busy_s},
        pool_timeout=busy_s * 2,
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not begin transactions of its own: `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={int(busy_s * 1000)}")
        # What is deleted is overwritten in the file: sound whose words are stored, a transcript nobody wants kept.
        cursor.execute("PRAGMA secure_delete=ON")
        if not is_writer:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine
