"""The history of the schema, the lock it runs under, and what the database itself enforces afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Executable, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import account, person, service, transfer
from rtc_server.config import CannotStart
from rtc_server.store import triggers
from rtc_server.store.database import Store
from rtc_server.store.migrate import check_revision, upgrade
from rtc_server.store.schema import audit, event, metadata, offering, request


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'test.sqlite3'}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    await upgrade(url(tmp_path))
    store = Store(url(tmp_path))
    yield store
    await store.close()


async def test_the_history_ends_at_the_declared_schema(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_catalogue_knows_what_a_quick_session_costs(store: Store) -> None:
    async with store.read() as connection:
        row = (await connection.execute(select(service).where(service.c.id == "quick"))).one()
    assert (row.price_pence, row.length_minutes) == (3500, 60)


async def test_processes_that_migrate_at_once_wait_for_each_other(tmp_path: Path) -> None:
    await asyncio.gather(*(upgrade(url(tmp_path)) for _ in range(4)))
    store = Store(url(tmp_path))
    await check_revision(store)
    await store.close()


async def test_a_database_that_is_behind_is_refused_with_what_to_run(tmp_path: Path) -> None:
    await upgrade(url(tmp_path), "0001_first")
    store = Store(url(tmp_path))
    with pytest.raises(CannotStart, match="rtc_server migrate"):
        await check_revision(store)
    await store.close()


async def test_a_database_of_a_newer_version_is_not_touched(store: Store, tmp_path: Path) -> None:
    async def age(connection: AsyncConnection) -> None:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))

    await store.write(age)
    with pytest.raises(CannotStart, match="newer"):
        await upgrade(url(tmp_path))
    with pytest.raises(CannotStart, match="9999_later"):
        await check_revision(store)


async def test_what_batch_mode_drops_comes_back_with_the_next_migration(store: Store, tmp_path: Path) -> None:
    async def drop(connection: AsyncConnection) -> None:
        await connection.execute(text("DROP TRIGGER event_forbids_delete"))
        await connection.execute(text("DROP INDEX session_one_live_per_client"))

    await store.write(drop)
    async with store.read() as connection:
        missing = await connection.run_sync(triggers.missing)
    assert missing == ["trigger event_forbids_delete", "index session_one_live_per_client"]
    await upgrade(url(tmp_path))
    async with store.read() as connection:
        assert await connection.run_sync(triggers.missing) == []


async def add_accounts(connection: AsyncConnection) -> None:
    await connection.execute(
        insert(account),
        [
            {"id": "world", "balance_pence": 0, "is_floored": False},
            {"id": "purse", "balance_pence": 0, "is_floored": True},
        ],
    )


async def move(connection: AsyncConnection, key: str, from_account: str, to_account: str, pence: int) -> None:
    values = {"from_account": from_account, "to_account": to_account, "amount_pence": pence, "at_ms": 0}
    await connection.execute(insert(transfer).values(key=key, kind="test", **values))


async def test_a_transfer_moves_both_balances_and_none_below_its_floor(store: Store) -> None:
    await store.write(add_accounts)
    await store.write(move, "in", "world", "purse", 500)
    with pytest.raises(IntegrityError, match="account_floor"):
        await store.write(move, "out", "purse", "world", 501)
    async with store.read() as connection:
        rows = await connection.execute(select(account))
        balances = {row.id: row.balance_pence for row in rows}
    assert {name: pence for name, pence in balances.items() if pence} == {"world": -500, "purse": 500}


async def show_a_request(connection: AsyncConnection) -> None:
    for person_id, role in (("1", "client"), ("2", "therapist")):
        somebody = {"email_hash": person_id.encode(), "private_sealed": b"", "password_hash": "", "created_at_ms": 0}
        await connection.execute(insert(person).values(id=person_id, role=role, **somebody))
    words = {"area": "mind", "language": "en", "therapist_gender": "none", "issue_sealed": b"", "note_sealed": b""}
    facts = {"state": "ended", "version": 1, "place": 1, "is_chat_only": False, "is_worried": False, "price_pence": 0}
    times = {"placed_at_ms": 0, "state_since_ms": 0}
    await connection.execute(insert(request).values(id="3", client_id="1", **words, **facts, **times))
    await connection.execute(insert(offering).values(request_id="3", therapist_id="2", kind="shown", at_ms=0))


@pytest.mark.parametrize("table", [transfer, event, audit, offering], ids=lambda table: table.name)
async def test_what_was_written_down_is_never_changed(store: Store, table: Table) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await add_accounts(connection)
        await move(connection, "in", "world", "purse", 500)
        subject = {"topic": "request", "subject_id": "1", "version": 1, "kind": "Placed", "at_ms": 0}
        await connection.execute(insert(event).values(**subject))
        act = {"at_ms": 0, "actor_id": "1", "action": "look", "object_id": "2", "address": "", "mac": b""}
        await connection.execute(insert(audit).values(**act))
        await show_a_request(connection)

    await store.write(fill)

    async def change(connection: AsyncConnection, statement: Executable) -> None:
        await connection.execute(statement)

    for statement in (update(table).values(at_ms=1), delete(table)):
        with pytest.raises(IntegrityError, match="only ever added"):
            await store.write(change, statement)
