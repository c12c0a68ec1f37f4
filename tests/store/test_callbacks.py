"""A kept place is told once and taken once, whichever process asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.store import callbacks
from rtc_server.store.database import Store
from rtc_server.store.schema import request
from tests.migrated import migrated

NOW = 1_000_000


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(await migrated(tmp_path / "test.sqlite3"))
    await store.write(ask_for_a_callback)
    yield store
    await store.close()


async def ask_for_a_callback(connection: AsyncConnection) -> None:
    somebody = {"email_hash": b"", "private_sealed": b"", "password_hash": "", "created_at_ms": 0}
    await connection.execute(insert(person).values(id="c", role="client", **somebody))
    words = {"area": "mind", "language": "en", "therapist_gender": "none", "issue_sealed": b"", "note_sealed": b""}
    facts = {"state": "cancelled", "reason": "callback", "version": 2, "place": 7, "price_pence": 0}
    times = {"placed_at_ms": NOW, "state_since_ms": NOW}
    marks = {"is_chat_only": False, "is_worried": False}
    await connection.execute(insert(request).values(id="r", client_id="c", **words, **facts, **times, **marks))
    await callbacks.add(connection, "r", "c", NOW + 1_800_000)


async def test_of_two_that_would_tell_a_client_one_does_and_the_place_is_kept_anew(store: Store) -> None:
    assert await store.write(callbacks.tell, "r", NOW + 5, NOW + 1_800_005)
    assert not await store.write(callbacks.tell, "r", NOW + 6, NOW + 1_800_006)
    async with store.read() as connection:
        assert await callbacks.kept_until_ms(connection, "r") == NOW + 1_800_005


async def test_a_place_that_was_taken_again_is_kept_for_nobody_and_told_to_nobody(store: Store) -> None:
    async with store.read() as connection:
        kept = await callbacks.kept_place(connection, "c", NOW)
        assert kept is not None and kept.place == 7
    await store.write(callbacks.use_all, "c", NOW + 1)
    async with store.read() as connection:
        assert await callbacks.kept_place(connection, "c", NOW + 2) is None
        assert await callbacks.next_ones(connection, NOW + 2, NOW, 9) == []
    assert not await store.write(callbacks.tell, "r", NOW + 3, NOW + 4)


async def test_a_place_is_kept_until_its_time_and_no_longer(store: Store) -> None:
    async with store.read() as connection:
        assert await callbacks.kept_place(connection, "c", NOW + 1_799_999) is not None
        assert await callbacks.kept_place(connection, "c", NOW + 1_800_000) is None
        assert await callbacks.count_open(connection, NOW + 1_800_000) == 0


async def test_of_those_who_were_told_only_whoever_may_be_on_the_way_keeps_a_therapist(store: Store) -> None:
    assert await store.write(callbacks.tell, "r", NOW + 5, NOW + 1_800_005)
    async with store.read() as connection:
        assert [one.told_at_ms for one in await callbacks.next_ones(connection, NOW + 6, NOW + 4, 9)] == [NOW + 5]
        assert await callbacks.next_ones(connection, NOW + 6, NOW + 5, 9) == []
        assert await callbacks.next_ones(connection, NOW + 6, NOW, 0) == []
