"""Whatever is drawn, used up, given back and moved, an allowance never goes below nothing and never grows."""

import uuid
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from booking_core import packages
from booking_core.booking_schema import allowance_use
from booking_core.packages import Allowance, Form, UseState
from tests.booking.practice import Practice
from tests.conftest import IS_SOAK

EXAMPLES = 200 if IS_SOAK else 12
MONTHS = [date(2027, 1, 15), date(2027, 1, 31), date(2027, 2, 1)]
acts = st.tuples(
    st.sampled_from(["draw", "take", "forfeit", "return", "move"]), st.sampled_from(MONTHS), st.integers(0, 9)
)


def allowance(client_id: str, form: Form, sessions: int) -> Allowance:
    return Allowance(str(uuid.uuid4()), client_id, "therapy", form, "", sessions, None, None, 1)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(form=st.sampled_from([Form.MONTHLY, Form.SINGLE]), sessions=st.integers(1, 3), did=st.lists(acts, max_size=14))
async def test_what_is_left_is_what_was_granted_less_what_is_not_given_back(
    practice: Practice, form: Form, sessions: int, did: list[tuple[str, date, int]]
) -> None:
    client_id, _ = await practice.house.add("client")
    one = allowance(client_id, form, sessions)
    write = practice.house.store.write
    await write(packages.grant, one)
    reserved: dict[str, str] = {}  # session → period
    gone: dict[str, int] = {}  # period → used up

    for act, day, place in did:
        period = packages.period_of(one, day)
        if act == "draw":
            count = gone.get(period, 0) + list(reserved.values()).count(period)
            new = str(uuid.uuid4())
            drawn = await write(packages.draw, new, client_id, "therapy", None, day, 1)
            assert (drawn is not None) == (count < sessions)
            if drawn is not None:
                reserved[new] = period
        elif reserved:
            session_id = sorted(reserved)[place % len(reserved)]
            held_in = reserved.pop(session_id)
            if act == "move":
                new = str(uuid.uuid4())
                await write(packages.move, session_id, new)
                reserved[new] = held_in
            else:
                state = {"take": UseState.TAKEN, "forfeit": UseState.FORFEITED, "return": UseState.RETURNED}[act]
                assert await write(packages.settle, session_id, state)
                assert not await write(packages.settle, session_id, UseState.RETURNED)
                gone[held_in] = gone.get(held_in, 0) + (state is not UseState.RETURNED)
        for seen in MONTHS:
            async with practice.house.store.read() as connection:
                [left] = await packages.balance(connection, client_id, seen)
            of = packages.period_of(one, seen)
            assert left.left == sessions - gone.get(of, 0) - list(reserved.values()).count(of) >= 0


@pytest.mark.parametrize("number", [0, 3, 1])
async def test_the_database_itself_refuses_one_too_many(practice: Practice, number: int) -> None:
    client_id, _ = await practice.house.add("client")
    one = allowance(client_id, Form.SINGLE, 2)
    await practice.house.store.write(packages.grant, one)
    await practice.house.store.write(packages.draw, "s1", client_id, "therapy", None, MONTHS[0], 1)
    row = {"session_id": "s2", "allowance_id": one.id, "period": "", "number": number, "sessions": 2, "at_ms": 1}

    async def slip(connection: Any) -> None:
        await connection.execute(insert(allowance_use).values(**row, state="reserved"))

    with pytest.raises(IntegrityError):
        await practice.house.store.write(slip)
