"""What the database itself refuses, whoever asks: a balance without a transfer, a change, anything below zero."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.errors import InsufficientFunds
from tests.money import ledger

PURSE = "client:client-1:available"
FORBIDDEN = {
    "a balance written by hand": f"UPDATE account SET balance_pence = 1 WHERE id = '{PURSE}'",
    "all balances raised": "UPDATE account SET balance_pence = balance_pence + 500",
    "a floor taken away": f"UPDATE account SET is_floored = false WHERE id = '{PURSE}'",
    "an account renamed": f"UPDATE account SET id = 'mine' WHERE id = '{PURSE}'",
    "an account deleted": f"DELETE FROM account WHERE id = '{PURSE}'",
    "an account that opens with money": "INSERT INTO account VALUES ('mine', 1, false)",
    "a transfer changed": "UPDATE transfer SET amount_pence = 1",
    "a transfer deleted": "DELETE FROM transfer",
    "a transfer of nothing": f"INSERT INTO transfer VALUES (99, 'k', 'x', 'world', '{PURSE}', 0, NULL, 1)",
    "a transfer of less": f"INSERT INTO transfer VALUES (99, 'k', 'x', 'world', '{PURSE}', -5, NULL, 1)",
    "a transfer to itself": f"INSERT INTO transfer VALUES (99, 'k', 'x', '{PURSE}', '{PURSE}', 5, NULL, 1)",
    "a transfer below zero": f"INSERT INTO transfer VALUES (99, 'k', 'x', '{PURSE}', 'world', 99999, NULL, 1)",
    "a transfer from nowhere": f"INSERT INTO transfer VALUES (99, 'k', 'x', 'nowhere', '{PURSE}', 5, NULL, 1)",
    "a hold deleted": "DELETE FROM hold",
    "a hold of another amount": "UPDATE hold SET amount_pence = 1, state = 'posted' WHERE session_id = 'open'",
    "a hold resolved again": "UPDATE hold SET state = 'voided' WHERE session_id = 'posted'",
}


async def begin(connection: AsyncConnection) -> None:
    await wallet.top_up(connection, "client-1", 7_000, "t", 1)
    for session_id in ("open", "posted"):
        await wallet.hold(connection, session_id, "client-1", "therapist-1", 3_000, 2)
    await wallet.post(connection, "posted", 65, 3)


async def test_the_database_refuses_every_way_round_a_transfer(tmp_path: Path) -> None:
    store = await ledger.copy_to(tmp_path / "ledger.sqlite3")
    await store.write(begin)
    before = await ledger.balances(store)

    async def ask(connection: AsyncConnection, sql: str) -> None:
        await connection.execute(text(sql))

    for what, sql in FORBIDDEN.items():
        with pytest.raises(IntegrityError):
            await store.write(ask, sql)
            pytest.fail(f"{what} was not refused")
    assert await ledger.balances(store) == before
    assert await ledger.broken(store) == []
    await store.close()


@pytest.mark.parametrize(("balance", "price"), [(20_000, 3_500), (3_499, 3_500), (10_000, 10), (70_000, 3_500)])
async def test_of_a_hundred_spends_at_once_exactly_as_many_succeed_as_the_balance_pays(
    tmp_path: Path, balance: int, price: int
) -> None:
    first = await ledger.copy_to(tmp_path / "ledger.sqlite3")
    second = type(first)(first.url)
    await first.write(wallet.top_up, "client-1", balance, "t", 1)
    spends = [
        (first, second)[number % 2].write(wallet.hold, f"s{number}", "client-1", "therapist-1", price, 2)
        for number in range(100)
    ]
    results = await asyncio.gather(*spends, return_exceptions=True)
    paid = min(100, balance // price)
    assert results.count(None) == paid
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 100 - paid
    assert (await ledger.balances(first))[PURSE] == balance - paid * price
    assert await ledger.broken(first) == []
    await first.close()
    await second.close()
