"""`backup` as an operator has it: a whole copy while others write, from which an installation starts again."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from booking_core import wallet
from rtc_server.cli.backup import backup
from rtc_server.cli.registry import opened
from rtc_server.cli.seed import seed
from rtc_server.config import CannotStart
from rtc_server.store.database import Store, now_ms
from tests.cli.test_doctor import Installation
from tests.conftest import IS_SOAK

WRITERS, WRITES = (8, 1_000) if IS_SOAK else (4, 40)
COPIES = 20 if IS_SOAK else 3


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    one = Installation(tmp_path)
    one.migrate()
    return one


def test_a_copy_made_while_others_write_is_whole_and_an_installation_starts_from_it(
    installation: Installation, tmp_path: Path
) -> None:
    settings = installation.settings()
    (client,) = asyncio.run(seed(settings, therapists=0, clients=1))
    copies = [tmp_path / "elsewhere" / f"record-{number}" for number in range(COPIES)]

    async def write(number: int) -> None:
        # A store of its own each, as processes have: they wait for each other and nobody is told "locked".
        store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
        for turn in range(WRITES):
            key = f"test-{number}-{turn}"
            await store.write(wallet.top_up, client["id"], 1, key, now_ms())
        await store.close()

    async def copy_meanwhile() -> None:
        writing = asyncio.gather(*(write(number) for number in range(WRITERS)))
        for path in copies:
            await asyncio.to_thread(backup, settings, "record", path)
        assert not writing.done(), "the copies were made while others wrote"
        await writing

    asyncio.run(copy_meanwhile())
    backup(settings, "keys", tmp_path / "safe" / "keys")
    copied = [balance_of(path, client["id"]) for path in copies]
    assert copied == sorted(copied)
    assert balance_of(installation.data / "quick-connect.sqlite3", client["id"]) == 20_000 + WRITERS * WRITES

    restored = Installation(tmp_path / "restored")
    restored.data.mkdir(parents=True, mode=0o700)
    parts = {"quick-connect.sqlite3": copies[-1], "keys.sqlite3": tmp_path / "safe" / "keys"}
    for name, part in (parts | {"keys": installation.data / "keys"}).items():  # the key ring is in no backup
        shutil.copyfile(part, restored.data / name)
        (restored.data / name).chmod(0o600)
    whole = restored.command("doctor", "--invariants")
    assert whole.returncode == 0, whole.stdout

    async def who() -> str:
        async with opened(restored.settings()) as registry:
            return (await registry.people.person(client["id"])).first_name

    assert asyncio.run(who()) == client["first_name"]


def balance_of(path: Path, client_id: str) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        query = "SELECT balance_pence FROM account WHERE id = ?"
        ((balance,),) = connection.execute(query, (f"client:{client_id}:available",))
    return int(balance)


def test_a_backup_is_a_new_file_elsewhere_or_none(installation: Installation, tmp_path: Path) -> None:
    settings = installation.settings()
    taken = tmp_path / "taken"
    taken.write_text("something else")
    with pytest.raises(CannotStart, match="always a new file"):
        backup(settings, "record", taken)
    with pytest.raises(CannotStart, match="lost with it"):
        backup(settings, "record", installation.data / "copy")
    assert taken.read_text() == "something else"

    with (installation.data / "quick-connect.sqlite3").open("r+b") as file:
        file.seek(100 * 4096)
        file.write(b"\xff" * 40 * 4096)
    with pytest.raises(CannotStart, match="no backup was made"):
        backup(settings, "record", tmp_path / "broken")
    assert not list(tmp_path.glob("broken*")), "half a copy is none"

    away = installation.command(
        "backup", "record", str(tmp_path / "x"), DATABASE_URL="postgresql+asyncpg://nobody@nowhere/none"
    )
    assert away.returncode == 1 and "pg_dump" in away.stderr
