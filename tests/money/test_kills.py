"""Processes killed while they move money: whatever they acknowledged is there, and the books balance."""

import contextlib
import multiprocessing
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.conftest import IS_SOAK
from tests.money import ledger, mover

KILLS = 500 if IS_SOAK else 20
AT_ONCE = 2  # processes that share the ledger
BEGINS_S = 30.0


def moved_until_killed(database: Path, told: Path, seed: int) -> None:
    """Start movers, and kill them in the middle of whatever they are doing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.money.mover"])
    before = told.stat().st_size if told.exists() else 0
    movers = [
        context.Process(target=mover.move_for_ever, args=(database, told, seed * AT_ONCE + number))
        for number in range(AT_ONCE)
    ]
    for process in movers:
        process.start()
    deadline = time.monotonic() + BEGINS_S
    while not told.exists() or told.stat().st_size == before:
        assert time.monotonic() < deadline, "no mover has begun"
        time.sleep(0.002)
    time.sleep(random.Random(seed).uniform(0, 0.12))
    for process in movers:
        process.kill()
    for process in movers:
        process.join(BEGINS_S)


@pytest.mark.timeout(3_600 if IS_SOAK else 180)
async def test_killed_while_money_moves_every_acknowledged_move_is_there_and_the_books_balance(tmp_path: Path) -> None:
    database, told = tmp_path / "ledger.sqlite3", tmp_path / "told"
    store = await ledger.copy_to(database)
    for seed in range(KILLS // AT_ONCE):
        moved_until_killed(database, told, seed)
        with contextlib.closing(sqlite3.connect(database, timeout=5)) as connection:
            there = {key for (key,) in connection.execute("SELECT key FROM transfer")}
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert set(told.read_text().split()) <= there
        assert await ledger.broken(store) == []
        assert sum((await ledger.balances(store)).values()) == 0
    print(f"{KILLS} kills while money moved: {len(told.read_text().split())} acknowledged moves, all there")
    await store.close()
