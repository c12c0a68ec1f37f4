"""SQLite: the writer is one connection per process that begins IMMEDIATE, the reader is deferred and `query_only`.

Easy to break: IMMEDIATE on every transaction would make a reader lock out writers, and a deferred read-then-write fails
at once when others write.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from rtc_server.errors import StorageBusy, StorageFull
from rtc_server.store import sqlite_driver


def engines(url: str, busy_s: float) -> tuple[AsyncEngine, AsyncEngine]:
    """The writer, which waits `busy_s` for its turn, and the reader."""
    return _engine(url, busy_s, is_writer=True), _engine(url, busy_s, is_writer=False)


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the driver says of a full disk or a long queue, in our own errors."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig)
        if "disk is full" in text or "disk I/O error" in text:
            raise StorageFull from error
        if "database is locked" in text:
            raise StorageBusy from error
        raise


def _engine(url: str, busy_s: float, *, is_writer: bool) -> AsyncEngine:
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
