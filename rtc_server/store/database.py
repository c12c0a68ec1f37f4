"""The only two doors to the database: `Store.write()` and `Store.read()`.

They are two engines, made by `store.sqlite` or `store.postgres`: a writer that has one transaction at a time, and a
reader that cannot write. Nothing but the database may be awaited inside either. `write` bodies are functions run under
a shield: a caller that is cancelled while BEGIN waits would otherwise leave the transaction open and everyone else
locked out.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import ModuleType
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import TimeoutError as QueueTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import StorageBusy
from rtc_server.store import postgres, sqlite

P = ParamSpec("P")
T = TypeVar("T")


def now_ms() -> int:
    """Wall-clock UTC in milliseconds, for rows. Durations inside a process use the monotonic clock."""
    return time.time_ns() // 1_000_000


class Store:
    """One per process. `url` is an SQLAlchemy async URL."""

    def __init__(self, url: str, *, busy_s: float = 5.0) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._kind: ModuleType = sqlite if self.is_sqlite else postgres
        self._writer, self._reader = self._kind.engines(url, busy_s)

    async def write(
        self, body: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `body(connection, …)` in one transaction: committed when it returns, rolled back when it raises.

        Raises StorageFull when the disk is, StorageBusy when others hold the database too long; nothing of the body
        is kept then.
        """

        async def run() -> T:
            with self._said_plainly():
                async with self._writer.begin() as connection:
                    return await body(connection, *args, **kwargs)

        return await asyncio.shield(run())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that cannot write, on one consistent snapshot. Raises StorageBusy."""
        with self._said_plainly():
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
        await self._reader.dispose()

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            with self._kind.said_plainly():
                yield
        except QueueTimeout as error:
            raise StorageBusy from error
