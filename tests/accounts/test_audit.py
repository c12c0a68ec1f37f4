"""The audit trail: what leaves a row, that readings are told once, and that nothing written down can be taken back."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store import audit
from rtc_server.store.audit import READING_S, Trail
from rtc_server.store.schema import audit as audit_table
from tests.accounts.house import House, Visitor, build_app, serve


async def told(house: House) -> list[tuple[str, str, str]]:
    async with house.store.read() as connection:
        rows = (await connection.execute(select(audit_table).order_by(audit_table.c.seq))).all()
        assert await audit.first_broken(connection, house.audit_key) is None
    return [(row.actor_id, row.action, row.object_id) for row in rows]


async def test_signing_in_and_out_and_a_changed_account_leave_a_row_each(house: House) -> None:
    person_id, email = await house.add("therapist")
    http = await serve(build_app(house))
    try:
        visitor = Visitor(http)
        await visitor.ask("POST", "/api/sign-in", {"email": email, "password": "not the right one"})
        await visitor.sign_in(email)
        assert (await visitor.ask("GET", "/api/account"))[0] == 200
        assert (await visitor.ask("PATCH", "/api/account", {"transcripts_on": True}))[0] == 200
        assert (await visitor.ask("POST", "/api/sign-out"))[0] == 200
    finally:
        await http.close()
    actions = ["person:sign_in", "account:change", "person:sign_out"]
    assert await told(house) == [(person_id, action, person_id) for action in actions]


async def test_rows_added_at_once_stand_in_one_whole_chain(house: House) -> None:
    trail = Trail(house.store, house.audit_key)
    await asyncio.gather(*(trail.add("a", "session:read", str(number), "") for number in range(50)))
    assert sorted(int(object_id) for _, _, object_id in await told(house)) == list(range(50))


async def test_a_reading_is_told_again_only_after_a_pause(house: House) -> None:
    now = 0.0
    trail = Trail(house.store, house.audit_key, lambda: now)
    for _ in range(5):
        await trail.add_reading("a", "session:read", "s", "")
        now += READING_S - 1
    assert len(await told(house)) == 1
    await trail.add_reading("b", "session:read", "s", "")
    now += READING_S
    await trail.add_reading("a", "session:read", "s", "")
    assert [actor for actor, _, _ in await told(house)] == ["a", "b", "a"]


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor_id = 'nobody'"])
async def test_a_row_cannot_be_changed_or_removed_through_the_database(house: House, statement: str) -> None:
    await Trail(house.store, house.audit_key).add("a", "session:read", "s", "")

    async def body(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(statement)

    with pytest.raises(DatabaseError, match="only ever added"):
        await house.store.write(body)
    assert len(await told(house)) == 1
