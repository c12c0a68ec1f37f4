"""Brings a database to the newest revision, or says that it is not there.

Owns where the revisions are found and the lock they run under; the revisions themselves are in `migrations/`. Only
`migrate` and `run` call `upgrade`; every other process calls `check_revision` and refuses. Easy to break: all of an
upgrade is one transaction, so a revision must not commit.
"""

import asyncio
import sqlite3
import time
from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import await_

from rtc_server.config import CannotStart
from rtc_server.errors import StorageBusy
from rtc_server.store import triggers
from rtc_server.store.database import Store
from rtc_server.store.postgres import MIGRATION_LOCK

# Another process may be migrating: wait for it rather than fail.
LOCK_WAIT_S = 60.0

PACKAGE = Path(__file__).resolve().parent.parent


def _folder() -> Path:
    installed = PACKAGE / "migrations"
    return installed if installed.is_dir() else PACKAGE.parent / "migrations"


def script_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """The revision this version of the program needs."""
    return ScriptDirectory.from_config(script_config()).get_current_head()


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision` and restore its triggers. May be repeated, and by several processes at once."""
    engine = _sqlite_engine(url) if url.startswith("sqlite") else _postgres_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, revision)
    except DBAPIError as error:
        raise CannotStart(f"The database cannot be migrated: {error.orig}") from error
    except OSError as error:
        raise CannotStart("The database cannot be reached. Is it running, and is DATABASE_URL right?") from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str) -> None:
    scripts = ScriptDirectory.from_config(script_config())
    if _current(connection) not in (None, *(known.revision for known in scripts.walk_revisions())):
        raise CannotStart("The database was made by a newer version of this program. Start that version.")
    alembic.command.upgrade(script_config(connection), revision)
    triggers.restore(connection)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise CannotStart(f"The migration would leave rows of table {broken[0]} without what they refer to.")


def _postgres_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"server_settings": {"lock_timeout": f"{int(LOCK_WAIT_S)}s"}})

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")

    return engine


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": LOCK_WAIT_S})

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        _log_ahead(cursor)
        # Batch mode drops and renames tables that others refer to; foreign_key_check looks before the commit.
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # This is the lock: a second process waits here until the first has committed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _log_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch a new database to write-ahead logging. SQLite refuses that at once while somebody else reads, whatever the
    busy timeout says, since both could wait for each other."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
        await_(asyncio.sleep(0.05))


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def check_revision(store: Store) -> None:
    """Raises CannotStart when the database is not at the revision this version needs."""
    try:
        async with store.read() as connection:
            current = await connection.run_sync(_current)
    except OperationalError as error:
        raise CannotStart(f"The database cannot be opened: {error.orig}") from error
    except StorageBusy as error:
        raise CannotStart("The database cannot be reached. Is it running, and is DATABASE_URL right?") from error
    needed = head()
    if current != needed:
        raise CannotStart(
            f"The database is at revision {current or 'none'}, this version needs {needed}. "
            "Run `python -m rtc_server migrate`."
        )
