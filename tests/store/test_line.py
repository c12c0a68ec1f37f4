"""The line as the database gives it: what narrows a search leaves out nobody whom the rules would show."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.pool import Gender, Request, TherapistFacts, may_see
from rtc_server.store import requests
from rtc_server.store.database import Store
from tests.a_request import a_request
from tests.migrated import migrated

NOW = 1_000_000
HERSELF = TherapistFacts("t0", frozenset({"en", "fr"}), frozenset({"mind"}), "female", True, False)


def placed() -> list[Request]:
    """One of every kind that a therapist may or may not see."""
    genders: tuple[Gender, ...] = ("none", "female", "male")
    kinds = itertools.product(("en", "fr", "de"), genders, (None, "t0", "t1"), (None, "t0", "t1"), ("", "t0"))
    return [
        a_request(
            f"r{place}",
            place,
            NOW,
            area="work" if place % 2 else "mind",
            language=language,
            therapist_gender=gender,
            only_for=only_for,
            is_rehearsal=only_for is not None,
            own_therapist_id=own,
            own_until_ms=None if own is None else NOW + 10,
            turned_away=frozenset(filter(None, [gone])),
        )
        for place, (language, gender, only_for, own, gone) in enumerate(kinds, 1)
    ]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(await migrated(tmp_path / "test.sqlite3"))

    async def fill(connection: AsyncConnection) -> None:
        people = ["t0", "t1", *(one.client_id for one in placed())]
        facts = {"role": "client", "private_sealed": b"", "password_hash": "", "created_at_ms": 0}
        await connection.execute(insert(person), [{"id": one, "email_hash": one.encode(), **facts} for one in people])
        for one in placed():
            await requests.add(connection, one, issue_sealed=b"issue", note_sealed=b"note")

    await store.write(fill)
    yield store
    await store.close()


@pytest.mark.parametrize("now", [NOW, NOW + 5_000_000])
@pytest.mark.parametrize(
    "change", [{}, {"is_on_duty": False}, {"gender": "male"}, {"id": "t1", "languages": frozenset()}]
)
async def test_nobody_whom_a_therapist_may_see_is_left_out_of_what_they_are_offered(
    store: Store, now: int, change: dict[str, object]
) -> None:
    therapist = replace(HERSELF, **change)  # type: ignore[arg-type]
    async with store.read() as connection:
        offered = await requests.offered(connection, therapist, 1_000)
        assert await requests.offered(connection, therapist, 2) == offered[:2]
        assert await requests.count_offered(connection, therapist) == len(offered)
    seen = [one for one in placed() if may_see(one, therapist, now, 60.0)]
    assert seen and [one for one in offered if may_see(one, therapist, now, 60.0)] == seen
    assert len(offered) < len(placed()) / 2


async def test_ranks_count_those_before_in_the_same_language_and_no_rehearsal(store: Store) -> None:
    line = [one for one in placed() if not one.is_rehearsal and one.language == "fr"]
    async with store.read() as connection:
        assert await requests.ranks(connection, {line[0].client_id, line[7].client_id, "t0"}) == {
            line[0].id: 0,
            line[7].id: 7,
        }


async def test_the_first_of_the_line_are_found_without_reading_the_others(store: Store) -> None:
    line = [one for one in placed() if not one.is_rehearsal]
    async with store.read() as connection:
        assert await requests.first_waiting(connection, 3) == line[:3]
        plan = (
            await connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT * FROM request WHERE state = 'waiting' ORDER BY place LIMIT 3"
            )
        ).all()
    assert [row.detail for row in plan] == ["SEARCH request USING INDEX request_line (state=?)"]
