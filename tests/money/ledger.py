"""A ledger in a file of its own with two clients and two therapists, made by copying one that was migrated once."""

import functools
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import books, wallet, withdrawals
from booking_core.payouts import Rail
from booking_core.schema import person
from booking_core.withdrawals import Batch
from rtc_server.store.database import Store
from rtc_server.store.migrate import upgrade

CLIENTS = ("client-1", "client-2")
THERAPISTS = ("therapist-1", "therapist-2")
BATCH = "batch-1"


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ledger-")


async def copy_to(path: Path) -> Store:
    """A new ledger at `path`, open."""
    template = Path(_folder().name) / "template.sqlite3"
    if not template.exists():
        made = template.with_suffix(".new")
        await upgrade(url_of(made))
        store = Store(url_of(made))
        await store.write(_add_people)
        await store.close()
        made.rename(template)
    shutil.copyfile(template, path)
    return Store(url_of(path))


async def _add_people(connection: AsyncConnection) -> None:
    for person_id in (*CLIENTS, *THERAPISTS):
        role = person_id.split("-")[0]
        facts = {"email_hash": person_id.encode(), "private_sealed": b"", "password_hash": "", "created_at_ms": 0}
        await connection.execute(insert(person).values(id=person_id, role=role, **facts))
        await wallet.ensure_accounts(connection, person_id, role)
    await withdrawals.add_batch(connection, Batch(BATCH, Rail.INVOICE, 0, 0, CLIENTS[0], 0))


async def balances(store: Store) -> dict[str, int]:
    async with store.read() as connection:
        rows = await connection.execute(text("SELECT id, balance_pence FROM account"))
        return {row.id: row.balance_pence for row in rows}


async def broken(store: Store) -> list[str]:
    """The questions of the books that do not hold."""
    async with store.read() as connection:
        return [answer.name for answer in await books.answers(connection) if answer.broken]
