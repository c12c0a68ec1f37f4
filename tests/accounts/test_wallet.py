"""What each step of money moves on a real database, and that repeating it moves nothing twice."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from booking_core import schema, wallet
from booking_core.errors import HoldAlreadyResolved, HoldNotFound, InsufficientFunds, TransferKeyReused
from booking_core.wallet import Balances
from tests.accounts.house import House


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


@pytest.mark.parametrize("pence", [-1, -3_500])
async def test_negative_money_is_refused(house: House, pence: int) -> None:
    client, therapist = await pair_with(house, 5_000)
    with pytest.raises(IntegrityError):
        await house.store.write(wallet.top_up, client, pence, "negative", 1)
    with pytest.raises(IntegrityError):
        await house.store.write(wallet.hold, "s1", client, therapist, pence, 1)
    assert await funds(house, client, "client") == Balances(5_000, 0)


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
