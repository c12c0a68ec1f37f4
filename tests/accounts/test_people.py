import asyncio
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.errors import EmailTaken, PersonNotFound
from booking_core.people import People
from booking_core.schema import person
from rtc_server.errors import SealBroken
from rtc_server.store.schema import metadata
from tests.accounts.house import CARD, PASSWORD_HASH, House


async def test_a_person_is_found_by_id_and_by_address_however_it_is_typed(house: House) -> None:
    made = await house.people.create_person("client", "Sam.Reed@Mail.example", "Sam", "Reed", PASSWORD_HASH)
    found = await house.people.person(made)
    assert (found.first_name, found.last_name, found.role, found.email) == (
        "Sam",
        "Reed",
        "client",
        "sam.reed@mail.example",
    )
    assert await house.people.by_email("  SAM.reed@mail.example ") == (found, PASSWORD_HASH)
    assert await house.people.by_email("nobody@mail.example") is None


async def test_what_a_person_told_us_stands_nowhere_in_the_clear(house: House, tmp_path: Path) -> None:
    await house.people.create_person(
        "client", "canary-address@mail.example", "Canaryfirst", "Canarylast", PASSWORD_HASH, phone="+44 canaryphone"
    )
    files = await asyncio.to_thread(lambda: [path.read_bytes() for path in tmp_path.iterdir()])
    assert files
    assert not any(b"anary" in content for content in files)


async def test_one_address_is_one_account_also_when_asked_at_the_same_moment(house: House) -> None:
    asked = [house.people.create_person("client", "a@mail.example", "A", "B", PASSWORD_HASH) for _ in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, EmailTaken) for result in results) == 4


async def test_a_therapists_card_is_kept_and_the_standing_choice_changes(house: House) -> None:
    therapist_id, _ = await house.add("therapist")
    assert await house.people.profile(therapist_id) == CARD
    await house.people.set_transcripts_on(therapist_id, True)
    changed = await house.people.profile(therapist_id)
    assert changed is not None
    assert changed.transcripts_on


async def test_a_client_has_no_card_and_no_standing_choice(house: House) -> None:
    client_id, _ = await house.add("client")
    assert await house.people.profile(client_id) is None
    with pytest.raises(PersonNotFound):
        await house.people.set_transcripts_on(client_id, True)


async def test_an_unknown_id_is_not_found(house: House) -> None:
    with pytest.raises(PersonNotFound):
        await house.people.person("00000000-0000-4000-8000-000000000000")


async def test_an_erased_person_cannot_be_opened_any_more(house: House) -> None:
    client_id, _ = await house.add("client")
    await house.keys.erase(client_id)
    with pytest.raises(SealBroken):
        await People(house.store, house.keys, b"other process").person(client_id)


async def test_a_sealed_row_moved_to_another_person_does_not_open(house: House) -> None:
    first, _ = await house.add("client")
    second, _ = await house.add("client")
    async with house.store.read() as connection:
        query = select(person.c.private_sealed).where(person.c.id == first)
        sealed = (await connection.execute(query)).scalar_one()
    key = await house.keys.key_of(second)
    with pytest.raises(SealBroken):
        key.open(sealed, "person", second, "private_sealed")


async def test_the_memory_of_people_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_core.people.PEOPLE_CACHED_MAX", 2)
    made = [(await house.add("client"))[0] for _ in range(4)]
    for person_id in made * 2:
        assert (await house.people.person(person_id)).id == person_id
    assert len(house.people._cache) == 2


async def test_every_check_that_is_declared_stands_in_the_migrated_database(house: House) -> None:
    # Alembic's autogenerate leaves out checks that are declared inside a column.
    async with house.store.read() as connection:
        rows = await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        standing = {name: sql for name, sql in rows}
    for table in metadata.sorted_tables:
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                assert str(check.sqltext) in standing[table.name], f"{table.name}: {check.sqltext}"


async def test_an_error_of_the_database_does_not_quote_what_was_to_be_stored(house: House) -> None:
    async def body(connection: AsyncConnection) -> None:
        await connection.execute(insert(person).values(id="canary", role="canary", email_hash=b"canary"))

    with pytest.raises(IntegrityError) as refused:
        await house.store.write(body)
    assert "canary" not in str(refused.value)
