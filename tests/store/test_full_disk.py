"""A full disk: what is refused says so, nothing is half kept, reading goes on, and it is well again afterwards."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import StorageFull
from rtc_server.store.database import Store

PAGES_LEFT = 4


async def _make(connection: AsyncConnection) -> None:
    await connection.execute(text("create table word (body text)"))
    await connection.execute(text("insert into word values ('kept')"))


async def _limit(connection: AsyncConnection, pages_more: int) -> None:
    count = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    await connection.exec_driver_sql(f"PRAGMA max_page_count={count + pages_more}")


async def _write_much(connection: AsyncConnection) -> None:
    await connection.execute(text("insert into word values ('first of two')"))
    await connection.execute(text("insert into word values (:body)"), {"body": "x" * 1_000_000})


async def _words(store: Store) -> list[str]:
    async with store.read() as connection:
        return [row.body for row in await connection.execute(text("select body from word"))]


async def test_a_write_to_a_full_disk_is_storage_full_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'full.sqlite3'}")
    try:
        await store.write(_make)
        await store.write(_limit, PAGES_LEFT)
        with pytest.raises(StorageFull):
            await store.write(_write_much)
        assert await _words(store) == ["kept"]
        await store.write(_limit, 10_000)
        await store.write(_write_much)
        assert len(await _words(store)) == 3
    finally:
        await store.close()
