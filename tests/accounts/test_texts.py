"""Whether a therapist is texted, and where: their own choice, kept sealed."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from booking_core.schema import person
from rtc_server.store import outbox
from tests.accounts.house import House, Visitor

NUMBER = "+447700900123"


async def therapist(house: House, visitor: Callable[[], Visitor]) -> tuple[str, Visitor]:
    person_id, email = await house.add("therapist")
    page = visitor()
    await page.sign_in(email)
    return person_id, page


async def test_a_therapist_turns_texts_on_with_a_number_and_off_again(
    house: House, visitor: Callable[[], Visitor]
) -> None:
    person_id, page = await therapist(house, visitor)
    _, before, _ = await page.ask("GET", "/api/account")
    assert (before["value"]["texts_on"], before["value"]["phone"]) == (False, None)
    status, after, _ = await page.ask("PUT", "/api/account/texts", {"is_on": True, "phone": NUMBER})
    assert status == 200
    assert (after["value"]["texts_on"], after["value"]["phone"]) == (True, NUMBER)
    async with house.store.read() as connection:
        (reachable,) = await outbox.reachable_therapists(connection)
        sealed = (await connection.execute(select(person.c.private_sealed).where(person.c.id == person_id))).scalar()
    assert reachable.facts.id == person_id
    assert sealed is not None and NUMBER.encode() not in sealed
    _, off, _ = await page.ask("PUT", "/api/account/texts", {"is_on": False, "phone": NUMBER})
    assert (off["value"]["texts_on"], off["value"]["phone"]) == (False, NUMBER)
    _, forgotten, _ = await page.ask("PUT", "/api/account/texts", {"is_on": False})
    assert forgotten["value"]["phone"] is None
    async with house.store.read() as connection:
        assert await outbox.reachable_therapists(connection) == []


@pytest.mark.parametrize("phone", ["07700900123", "+44 7700 900123", "+0123456789", "+4477009001234567", "+44x", ""])
async def test_a_number_that_cannot_be_texted_is_refused(
    house: House, visitor: Callable[[], Visitor], phone: str
) -> None:
    _, page = await therapist(house, visitor)
    status, body, _ = await page.ask("PUT", "/api/account/texts", {"is_on": True, "phone": phone})
    assert (status, body["code"]) == (400, "bad_message")
    assert phone == "" or phone not in body["message"]


async def test_texts_cannot_be_turned_on_without_a_number(house: House, visitor: Callable[[], Visitor]) -> None:
    _, page = await therapist(house, visitor)
    status, body, _ = await page.ask("PUT", "/api/account/texts", {"is_on": True})
    assert (status, body["code"]) == (409, "phone_needed")
    async with house.store.read() as connection:
        assert await outbox.reachable_therapists(connection) == []


async def test_the_rest_of_what_a_person_told_us_stays(house: House) -> None:
    person_id, email = await house.add("therapist", "Amara", "Okafor")
    await house.people.set_phone(person_id, NUMBER)
    found = await house.people.person(person_id)
    assert (found.first_name, found.last_name, found.email, found.phone) == ("Amara", "Okafor", email, NUMBER)
    assert await house.people.phone(person_id) == NUMBER
