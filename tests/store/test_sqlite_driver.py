"""What the driver promises on SQLAlchemy's and aiosqlite's private names, seen through statements."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store import sqlite_driver
from rtc_server.store.database import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}")

    async def make(connection: AsyncConnection) -> None:
        await connection.execute(text("create table line (id integer primary key, word text not null unique)"))

    await opened.write(make)
    yield opened
    await opened.close()


async def test_a_statement_makes_one_trip_to_the_thread(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async with store.read() as connection:
        await connection.execute(text("select 1"))  # begun
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        trips = 0
        original = driver._execute

        async def counted(*arguments: object, **keywords: object) -> object:
            nonlocal trips
            trips += 1
            return await original(*arguments, **keywords)

        monkeypatch.setattr(driver, "_execute", counted)
        assert (await connection.execute(text("select 2"))).scalar_one() == 2
        assert trips == 1


async def test_rows_counts_and_returned_values_are_those_of_the_stock_driver(store: Store) -> None:
    async with store._writer.begin() as connection:
        many = await connection.execute(
            text("insert into line (word) values (:word)"), [{"word": "one"}, {"word": "two"}]
        )
        assert many.rowcount == 2
        drawn = await connection.execute(text("update line set word = word || '!' where id > 0 returning id, word"))
        assert sorted(tuple(row) for row in drawn) == [(1, "one!"), (2, "two!")]
        inserted = await connection.execute(text("insert into line (word) values ('three')"))
        assert inserted.rowcount == 1
        assert inserted.lastrowid == 3
        assert connection.engine.url.drivername == sqlite_driver.DRIVER
    async with store.read() as connection:
        assert (await connection.execute(text("select word from line where id = 9"))).first() is None
        assert [row.word for row in await connection.execute(text("select word from line order by id"))][2] == "three"


async def test_a_refused_statement_leaves_the_connection_usable_and_the_transaction_undone(store: Store) -> None:
    async def twice(connection: AsyncConnection) -> None:
        for _ in range(2):
            await connection.execute(text("insert into line (word) values ('same')"))

    with pytest.raises(IntegrityError):
        await store.write(twice)
    async with store.read() as connection:
        assert (await connection.execute(text("select count(*) from line"))).scalar_one() == 0
