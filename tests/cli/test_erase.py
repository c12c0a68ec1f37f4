"""`erase` as an operator has it: it says first what goes, refuses under a legal hold, and leaves a whole database."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from rtc_server.cli.erase import erase
from rtc_server.cli.legal_hold import legal_hold
from rtc_server.cli.seed import seed
from rtc_server.config import CannotStart
from tests.cli.test_doctor import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    one = Installation(tmp_path)
    assert one.command("migrate").returncode == 0
    return one


def wrapped_keys(installation: Installation) -> dict[str, bytes]:
    with sqlite3.connect(installation.data / "keys.sqlite3") as connection:
        return dict(connection.execute("SELECT person_id, wrapped FROM person_key").fetchall())


def test_a_client_is_erased_only_when_that_is_meant_and_no_hold_stands(installation: Installation) -> None:
    settings = installation.settings()
    client, other = asyncio.run(seed(settings, therapists=0, clients=2))
    before = wrapped_keys(installation)
    assert "Repeat the command with --yes" in asyncio.run(erase(settings, client["email"], is_sure=False))
    asyncio.run(legal_hold(settings, client["email"], is_placed=True))
    with pytest.raises(CannotStart, match="legal matter"):
        asyncio.run(erase(settings, client["email"], is_sure=True))
    assert wrapped_keys(installation) == before
    asyncio.run(legal_hold(settings, client["email"], is_placed=False))
    done = installation.command("erase", client["email"], "--yes")
    assert done.returncode == 0 and done.stdout.startswith("Erased: their key is destroyed"), done.stderr
    after = wrapped_keys(installation)
    assert after[client["id"]] != before[client["id"]] and after[other["id"]] == before[other["id"]]
    files = b"".join(path.read_bytes() for path in installation.data.glob("keys.sqlite3*"))
    assert before[client["id"]] not in files, "the old key still stands in the key store's files"
    with pytest.raises(CannotStart, match="no client with this address"):
        asyncio.run(erase(settings, client["email"], is_sure=True))
    whole = installation.command("doctor", "--invariants")
    assert whole.returncode == 0, whole.stdout
