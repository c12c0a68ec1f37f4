"""A database at the newest revision for each test: migrated once in this process, then copied.

Tests of migrating itself do not come here.
"""

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from rtc_server.store.migrate import upgrade


@functools.cache
def _original() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="qc-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    asyncio.run(upgrade(_url(folder / "original.sqlite3")))
    return folder / "original.sqlite3"


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def migrated(path: Path) -> str:
    """Put a database there; returns its URL."""
    # A loop of its own, since one runs here already.
    shutil.copyfile(await asyncio.to_thread(_original), path)
    return _url(path)
