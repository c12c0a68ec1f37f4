"""PostgreSQL for several machines: one writer at a time there too, and readers that cannot write.

Owns the lock that makes it so. The audit chain, the order of event rows and every look before a write stand on it, as
they do on SQLite (docs/decisions/0014). Easy to break: a second writing connection in one transaction's way would wait
for its own process.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from rtc_server.config import CannotStart
from rtc_server.errors import StorageBusy, StorageFull

# Keys of advisory locks are numbers; ours begin with "qc".
WRITER_LOCK = 0x7163_0001
MIGRATION_LOCK = 0x7163_0002

DISK_FULL = "53100"  # SQLSTATE, PostgreSQL appendix A
CONNECTION = "08"  # the class of everything that is about the connection itself
# A lock that was not to be had in time, a server that stops, starts, or has no connection left.
AWAY_FOR_NOW = frozenset({"55P03", "57P01", "57P02", "57P03", "53300"})


def engines(url: str, busy_s: float) -> tuple[AsyncEngine, AsyncEngine]:
    """The writer, which waits `busy_s` for its turn, and the reader. Raises CannotStart without the extra."""
    if importlib.util.find_spec("asyncpg") is None:
        raise CannotStart("DATABASE_URL names PostgreSQL: install the extra `postgres` (asyncpg) first.")
    common: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True, "pool_timeout": busy_s * 2}
    waits = {"server_settings": {"lock_timeout": str(int(busy_s * 1000))}, "timeout": busy_s}
    writer = create_async_engine(url, pool_size=1, max_overflow=0, connect_args=waits, **common)
    reader = create_async_engine(
        url, pool_size=4, max_overflow=0, isolation_level="REPEATABLE READ", connect_args=waits, **common
    ).execution_options(postgresql_readonly=True)

    @event.listens_for(writer.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    return writer, reader


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the driver says of a full disk, a long queue or a server that is away, in our own errors."""
    try:
        yield
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", ""))
        if state == DISK_FULL:
            raise StorageFull from error
        if state in AWAY_FOR_NOW or state.startswith(CONNECTION) or error.connection_invalidated:
            raise StorageBusy from error
        raise
    except OSError as error:  # not connected at all
        raise StorageBusy from error
