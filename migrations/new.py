"""Write a new revision from the difference between the migrated schema and the declared one.

`python migrations/new.py 0003_short_name "What it changes"`: read what it wrote before committing; a revision moves
only forward and must not commit.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import alembic.command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rtc_server.store.migrate import head, script_config, upgrade


def write_revision(connection: Connection, name: str, message: str) -> None:
    alembic.command.revision(script_config(connection), message=message, rev_id=name, autogenerate=True)
    versions = Path(__file__).resolve().parent / "versions"
    [written] = versions.glob(f"{name}_*.py")
    lines = written.read_text().splitlines(keepends=True)
    written.unlink()
    (versions / f"{name}.py").write_text("".join(line for line in lines if not line.startswith("    # ###")))


async def main(name: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/empty.sqlite3"
        if head() is not None:
            await upgrade(url)
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(write_revision, name, message)
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
