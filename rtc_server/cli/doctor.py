"""`doctor`: looks at the files, the database and, with `--invariants`, at what must hold between rows.

Changes nothing. Prints one line for each thing that is broken and ends with exit code 1 then.
"""

import stat
import sys
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.key_file import key_file, load_ring
from rtc_server.cli import invariants
from rtc_server.config import Settings
from rtc_server.store import audit, triggers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.migrate import check_revision

PRIVATE_FILES = (
    "keys",
    "keys.sqlite3",
    "quick-connect.sqlite3",
    "demo-password",
    "lan",
    "lan/key-and-certificate.pem",
    "valkey.password",
    "valkey.sock",
    "valkey/valkey.conf",
)


async def examine(settings: Settings, *, with_invariants: bool, known: audit.Checkpoint | None = None) -> None:
    """Raises CannotStart when it cannot look at all; exits with 1 when something is broken.

    `known` is a checkpoint that was printed here before and kept elsewhere.
    """
    ring = load_ring(settings)
    found = open_files(settings)
    store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
    try:
        await check_revision(store)
        async with store.read() as connection:
            found += await _database(connection)
            if with_invariants:
                found += await invariants.broken(connection, now_ms())
                found += await _audit(connection, ring.derive("audit"), known)
            end = await audit.end(connection)
    finally:
        await store.close()
    for line in found:
        print(f"broken: {line}")
    if found:
        sys.exit(1)
    print("nothing is broken")
    if with_invariants:
        print(f"audit checkpoint {end.seq}:{end.mac.hex()}")


def open_files(settings: Settings) -> list[str]:
    """Files that somebody other than their owner may read or write."""
    private = [settings.data_path, *(settings.data_path / name for name in PRIVATE_FILES), key_file(settings)]
    return [f"file mode: {path.name} is open to others" for path in dict.fromkeys(private) if _is_open(path)]


def _is_open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


async def _audit(connection: AsyncConnection, key: bytes, known: audit.Checkpoint | None) -> list[str]:
    seq = await audit.first_broken(connection, key)
    lines = [] if seq is None else [f"I8 the audit chain does not hold at row {seq}"]
    if known is not None and not await audit.holds(connection, known):
        lines.append(f"I8 the audit chain was cut off or rewritten at or before row {known.seq}, its checkpoint")
    return lines


async def _database(connection: AsyncConnection) -> list[str]:
    lines = [f"missing {name}" for name in await connection.run_sync(triggers.missing)]
    if connection.dialect.name != "sqlite":
        return lines
    quick = (await connection.exec_driver_sql("PRAGMA quick_check")).scalars().all()
    lines += [f"database file: {line}" for line in quick if line != "ok"]
    orphans = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).mappings().all()
    return lines + [f"a row of {row['table']} refers to a row of {row['parent']} that is not there" for row in orphans]
