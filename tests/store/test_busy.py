"""A database others hold too long: the caller is told to try again, and it is well again afterwards."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import StorageBusy
from rtc_server.store.database import Store

BUSY_S = 0.2


async def _make(connection: AsyncConnection) -> None:
    await connection.execute(text("create table word (body text)"))


async def _write(connection: AsyncConnection) -> None:
    await connection.execute(text("insert into word values ('kept')"))


async def _count(store: Store) -> int:
    async with store.read() as connection:
        return int((await connection.execute(text("select count(*) from word"))).scalar_one())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'busy.sqlite3'}", busy_s=BUSY_S)
    await opened.write(_make)
    yield opened
    await opened.close()


async def test_a_write_behind_a_lock_held_too_long_is_told_to_try_again_and_works_after(
    store: Store, tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "busy.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageBusy):
            await store.write(_write)
        other.execute("ROLLBACK")
    await store.write(_write)
    assert await _count(store) == 1


async def test_a_reader_who_finds_every_connection_taken_is_told_to_try_again(store: Store) -> None:
    all_inside, is_over = asyncio.Barrier(5), asyncio.Event()

    async def stay() -> None:
        async with store.read() as connection:
            await connection.execute(text("select 1"))
            await all_inside.wait()
            await is_over.wait()

    staying = [asyncio.create_task(stay()) for _ in range(4)]
    await all_inside.wait()
    with pytest.raises(StorageBusy):
        await _count(store)
    is_over.set()
    await asyncio.gather(*staying)
    assert await _count(store) == 0
