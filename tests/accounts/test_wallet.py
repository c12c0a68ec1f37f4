"""The ledger on a real database with its triggers: sums, floors, races, and that repeating moves nothing twice."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema, wallet
from booking_core.errors import BookingError, HoldAlreadyResolved, HoldNotFound, InsufficientFunds, TransferKeyReused
from booking_core.wallet import Balances
from tests.accounts.house import House, open_house

Step = Callable[..., Awaitable[object]]


async def funds(house: House, person_id: str, role: str) -> Balances:
    async with house.store.read() as connection:
        return await wallet.balances(connection, person_id, role)


async def pair_with(house: House, pence: int) -> tuple[str, str]:
    client_id, _ = await house.add("client")
    therapist_id, _ = await house.add("therapist")
    if pence:
        await house.store.write(wallet.top_up, client_id, pence, client_id, 1)
    return client_id, therapist_id


async def balance(house: House, account: str) -> int:
    async with house.store.read() as connection:
        query = select(schema.account.c.balance_pence).where(schema.account.c.id == account)
        return int((await connection.execute(query)).scalar_one())


async def test_a_taken_price_is_shared_and_a_share_becomes_available(house: House) -> None:
    client, therapist = await pair_with(house, 20_000)
    await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    assert await funds(house, client, "client") == Balances(16_500, 3_500)
    await house.store.write(wallet.post, "s1", 65, 3)
    assert await funds(house, client, "client") == Balances(16_500, 0)
    assert await funds(house, therapist, "therapist") == Balances(0, 2_275)
    assert await balance(house, wallet.FEES) == 1_225
    await house.store.write(wallet.release_pending, "s1", 4)
    assert await funds(house, therapist, "therapist") == Balances(2_275, 0)
    assert await balance(house, wallet.WORLD) == -20_000


async def test_a_voided_price_is_given_back_whole(house: House) -> None:
    client, therapist = await pair_with(house, 3_500)
    await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    await house.store.write(wallet.void, "s1", 3)
    assert await funds(house, client, "client") == Balances(3_500, 0)
    assert await funds(house, therapist, "therapist") == Balances(0, 0)


async def test_each_step_repeated_moves_nothing_twice(house: House) -> None:
    client, therapist = await pair_with(house, 10_000)
    for _ in range(3):
        await house.store.write(wallet.top_up, client, 500, "again", 1)
        await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    for _ in range(3):
        await house.store.write(wallet.post, "s1", 65, 3)
    for _ in range(3):
        await house.store.write(wallet.release_pending, "s1", 4)
    assert await funds(house, client, "client") == Balances(7_000, 0)
    assert await funds(house, therapist, "therapist") == Balances(2_275, 0)


async def test_the_same_key_for_other_money_is_refused(house: House) -> None:
    client, therapist = await pair_with(house, 10_000)
    await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    with pytest.raises(TransferKeyReused):
        await house.store.write(wallet.hold, "s1", client, therapist, 1, 2)
    with pytest.raises(TransferKeyReused):
        await house.store.write(wallet.top_up, client, 1, client, 2)


async def test_a_hold_is_resolved_once_and_in_one_way(house: House) -> None:
    client, therapist = await pair_with(house, 10_000)
    with pytest.raises(HoldNotFound):
        await house.store.write(wallet.post, "none", 65, 3)
    with pytest.raises(HoldNotFound):
        await house.store.write(wallet.void, "none", 3)
    await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    await house.store.write(wallet.post, "s1", 65, 3)
    with pytest.raises(HoldAlreadyResolved):
        await house.store.write(wallet.void, "s1", 4)
    await house.store.write(wallet.hold, "s2", client, therapist, 3_500, 2)
    await house.store.write(wallet.void, "s2", 3)
    with pytest.raises(HoldAlreadyResolved):
        await house.store.write(wallet.post, "s2", 65, 4)


async def test_a_free_session_holds_and_takes_nothing(house: House) -> None:
    client, therapist = await pair_with(house, 0)
    await house.store.write(wallet.hold, "s1", client, therapist, 0, 2)
    await house.store.write(wallet.post, "s1", 65, 3)
    await house.store.write(wallet.release_pending, "s1", 4)
    assert await funds(house, client, "client") == Balances(0, 0)
    async with house.store.read() as connection:
        assert (await wallet.settlements(connection, ["s1"]))["s1"] == wallet.Settlement(0, 0, True)


async def test_a_hold_without_enough_money_leaves_no_trace(house: House) -> None:
    client, therapist = await pair_with(house, 3_499)
    with pytest.raises(InsufficientFunds):
        await house.store.write(wallet.hold, "s1", client, therapist, 3_500, 2)
    assert await funds(house, client, "client") == Balances(3_499, 0)
    async with house.store.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(schema.hold))).scalar_one() == 0


async def test_a_hundred_spends_at_once_take_what_there_is_and_no_more(house: House) -> None:
    client, therapist = await pair_with(house, 20_000)
    spends = [house.store.write(wallet.hold, f"s{number}", client, therapist, 3_500, 2) for number in range(100)]
    results = await asyncio.gather(*spends, return_exceptions=True)
    assert results.count(None) == 5
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 95
    assert await funds(house, client, "client") == Balances(2_500, 17_500)


@pytest.mark.parametrize("pence", [-1, -3_500])
async def test_negative_money_is_refused(house: House, pence: int) -> None:
    client, therapist = await pair_with(house, 5_000)
    with pytest.raises(IntegrityError):
        await house.store.write(wallet.top_up, client, pence, "negative", 1)
    with pytest.raises(IntegrityError):
        await house.store.write(wallet.hold, "s1", client, therapist, pence, 1)
    assert await funds(house, client, "client") == Balances(5_000, 0)


async def test_a_transfer_is_never_changed_or_deleted(house: House) -> None:
    await pair_with(house, 5_000)

    async def change(connection: AsyncConnection) -> None:
        await connection.execute(update(schema.transfer).values(amount_pence=1))

    async def remove(connection: AsyncConnection) -> None:
        await connection.execute(delete(schema.transfer))

    for body in (change, remove):
        with pytest.raises(IntegrityError):
            await house.store.write(body)


async def test_lines_tell_each_side_its_own_story(house: House) -> None:
    client, therapist = await pair_with(house, 20_000)
    for number, session_id in enumerate(("held", "taken", "returned")):
        await house.store.write(wallet.hold, session_id, client, therapist, 3_500, 10 + number)
    await house.store.write(wallet.post, "taken", 65, 20)
    await house.store.write(wallet.void, "returned", 21)
    async with house.store.read() as connection:
        told = [(line.kind, line.amount_pence, line.state) for line in await wallet.lines(connection, client, "client")]
        earned = await wallet.lines(connection, therapist, "therapist")
        assert await wallet.lines(connection, client, "admin") == []
    assert told == [
        ("void", 0, "returned"),
        ("charge", -3_500, "taken"),
        ("hold", -3_500, "held"),
        ("top_up", 20_000, "available"),
    ]
    assert [(line.kind, line.amount_pence, line.state) for line in earned] == [("share", 2_275, "pending")]
    await house.store.write(wallet.release_pending, "taken", 30)
    async with house.store.read() as connection:
        assert [line.state for line in await wallet.lines(connection, therapist, "therapist")] == ["available"]
        settled = await wallet.settlements(connection, ["held", "taken", "returned", "unknown"])
    assert [settled[name].charged_pence for name in ("held", "taken", "returned", "unknown")] == [0, 3_500, 0, 0]
    assert [settled[name].is_settled for name in ("held", "taken", "returned", "unknown")] == [False, True, True, False]


OPS = st.lists(
    st.tuples(
        st.sampled_from(["top_up", "hold", "post", "void", "release"]),
        st.integers(0, 3),  # which session or top-up
        st.integers(0, 9_000),
        st.integers(0, 100),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=OPS)
def test_whatever_happens_the_sums_hold(tmp_path: Path, ops: list[tuple[str, int, int, int]]) -> None:
    folder = tmp_path / str(uuid.uuid4())
    folder.mkdir()
    asyncio.run(_sums_hold(folder, ops))


async def _sums_hold(folder: Path, ops: list[tuple[str, int, int, int]]) -> None:
    async with open_house(folder) as house:
        client, therapist = await pair_with(house, 5_000)
        for now, (name, which, pence, percent) in enumerate(ops):
            session_id = f"s{which}"
            steps: dict[str, tuple[Step, tuple[object, ...]]] = {
                "top_up": (wallet.top_up, (client, pence, str(which), now)),
                "hold": (wallet.hold, (session_id, client, therapist, pence, now)),
                "post": (wallet.post, (session_id, percent, now)),
                "void": (wallet.void, (session_id, now)),
                "release": (wallet.release_pending, (session_id, now)),
            }
            step, arguments = steps[name]
            with contextlib.suppress(BookingError):
                await house.store.write(step, *arguments)
            await _check(house)


async def _check(house: House) -> None:
    async with house.store.read() as connection:
        total = await connection.execute(select(func.sum(schema.account.c.balance_pence)))
        assert total.scalar_one() == 0
        differing = text(
            "SELECT count(*) FROM account a WHERE balance_pence <> "
            "coalesce((SELECT sum(amount_pence) FROM transfer WHERE to_account = a.id), 0) - "
            "coalesce((SELECT sum(amount_pence) FROM transfer WHERE from_account = a.id), 0)"
        )
        assert (await connection.execute(differing)).scalar_one() == 0
        below = select(func.count()).where(schema.account.c.balance_pence < 0, schema.account.c.is_floored)
        assert (await connection.execute(below)).scalar_one() == 0
        held = select(func.coalesce(func.sum(schema.hold.c.amount_pence), 0)).where(schema.hold.c.state == "held")
        in_accounts = select(func.coalesce(func.sum(schema.account.c.balance_pence), 0)).where(
            schema.account.c.id.like("client:%:held")
        )
        assert (await connection.execute(held)).scalar_one() == (await connection.execute(in_accounts)).scalar_one()


async def test_an_unknown_account_moves_no_money(house: House) -> None:
    async def body(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(schema.transfer).values(
                key="k", kind="top_up", from_account=wallet.WORLD, to_account="nobody", amount_pence=1, at_ms=1
            )
        )

    await pair_with(house, 1)
    with pytest.raises(IntegrityError):
        await house.store.write(body)
