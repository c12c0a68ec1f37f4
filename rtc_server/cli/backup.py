"""A copy of one of the two SQLite databases while everything goes on, whole and read through before it counts.

The record and the key store are copied apart, because erasing somebody is destroying a key: copies of the keys must be
gone after 30 days, those of the record may stay. Knows nothing of PostgreSQL, which has `pg_dump`.
"""

import contextlib
import sqlite3
from pathlib import Path

from sqlalchemy import make_url

from rtc_server.config import CannotStart, Settings

DONE = "{what}: {size:,} bytes in {path}, read through and whole."
KEYS_NOTE = "Delete this copy of the keys within 30 days: until then whoever is erased can still be opened with it."


def backup(settings: Settings, what: str, path: Path) -> str:
    """Copy `record` or `keys` to a new file, which is there only when it is whole. Raises CannotStart.

    The copy is of one moment. Writers are not held up: SQLite reads beside them (write-ahead log).
    """
    url = settings.resolved_database_url() if what == "record" else settings.resolved_key_database_url()
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or parsed.database is None:
        raise CannotStart(
            f"the {what} is kept by {parsed.drivername}: back it up with that server's own tools (pg_dump)"
        )
    source = Path(parsed.database)
    if not source.exists():
        raise CannotStart(f"there is no database at {source}")
    if path.exists():
        raise CannotStart(f"{path} exists; a backup is always a new file")
    if path.resolve().parent == source.resolve().parent:
        raise CannotStart("a backup beside the database is lost with it: name a file in another folder")
    part = path.with_name(path.name + ".part")
    try:
        _copy(source, part)
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise CannotStart(f"no backup was made: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    said = DONE.format(what=what, size=path.stat().st_size, path=path)
    return said if what == "record" else f"{said}\n{KEYS_NOTE}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True)) as from_,
        contextlib.closing(sqlite3.connect(target)) as to,
    ):
        from_.backup(to)  # in one go: page by page it would begin anew with everything that is written meanwhile
        to.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        ((found,),) = to.execute("PRAGMA integrity_check").fetchall()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
