"""What clients say of their sessions: theirs to give, their therapist's to read, the operator's to count."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from rtc_server.store.database import now_ms
from rtc_server.store.feedback_schema import feedback
from tests.accounts.house import House, Visitor

NewVisitor = Callable[[], Visitor]
WORDS = "I could breathe again."


async def enter(house: House, visitor: Visitor, role: str) -> str:
    person_id, email = await house.add(role, "Sam", "Reed")
    await visitor.sign_in(email)
    return person_id


async def over(house: House, client_id: str, therapist_id: str, **facts: object) -> str:
    return await house.add_session(client_id, therapist_id, **{"ended_at_ms": now_ms(), **facts})


def said(rating: int, words: str = WORDS, *, is_named: bool = True) -> dict[str, Any]:
    return {"rating": rating, "words": words, "is_named": is_named}


async def test_a_therapist_reads_a_name_only_where_the_client_left_it(house: House, visitor: NewVisitor) -> None:
    client, therapist = visitor(), visitor()
    client_id, therapist_id = await enter(house, client, "client"), await enter(house, therapist, "therapist")
    named, unnamed = [await over(house, client_id, therapist_id) for _ in range(2)]
    await client.ask("PUT", f"/api/sessions/{named}/feedback", said(5))
    await client.ask("PUT", f"/api/sessions/{unnamed}/feedback", said(2, "Too short.", is_named=False))
    status, body, _ = await therapist.ask("GET", "/api/feedback")
    assert (status, body["value"]["count"], body["value"]["average"]) == (200, 2, 3.5)
    first, second = body["value"]["newest"]
    assert (first["first_name"], first["session_id"], first["words"], first["rating"]) == ("Sam", named, WORDS, 5)
    assert (second["first_name"], second["session_id"], second["words"]) == ("", "", "Too short.")
    assert second["at_ms"] % 86_400_000 == 0 and unnamed not in str(body)


async def test_the_order_of_unnamed_ones_says_nothing_of_when_they_were_given(
    house: House, visitor: NewVisitor
) -> None:
    client, therapist = visitor(), visitor()
    client_id, therapist_id = await enter(house, client, "client"), await enter(house, therapist, "therapist")
    for number in range(6):
        session_id = f"{9 - number}0000000-0000-4000-8000-000000000000"
        await over(house, client_id, therapist_id, id=session_id)
        await client.ask("PUT", f"/api/sessions/{session_id}/feedback", said(3, str(number), is_named=False))
    _, body, _ = await therapist.ask("GET", "/api/feedback")
    assert [one["words"] for one in body["value"]["newest"]] == ["5", "4", "3", "2", "1", "0"]
    # By id, whichever came first: the same six given the other way round read the same.
    for number in (0, 3):
        session_id = f"{9 - number}0000000-0000-4000-8000-000000000000"
        await client.ask("PUT", f"/api/sessions/{session_id}/feedback", said(3, str(number), is_named=False))
    _, again, _ = await therapist.ask("GET", "/api/feedback")
    assert again == body


async def test_a_second_answer_replaces_the_first_and_its_client_reads_it_again(
    house: House, visitor: NewVisitor
) -> None:
    client = visitor()
    client_id, (therapist_id, _) = await enter(house, client, "client"), await house.add("therapist")
    path = f"/api/sessions/{await over(house, client_id, therapist_id)}/feedback"
    assert (await client.ask("GET", path))[1]["value"] == {"given": None}
    for rating in (1, 4):
        await client.ask("PUT", path, said(rating))
    assert (await client.ask("GET", path))[1]["value"]["given"] == said(4)
    async with house.store.read() as connection:
        rows = list(await connection.execute(select(feedback)))
    assert len(rows) == 1 and WORDS.encode() not in rows[0].words_sealed


@pytest.mark.parametrize("facts", [{"ended_at_ms": None}, {"agreed_at_ms": None}, {"is_rehearsal": True}])
async def test_only_a_session_that_was_held_is_rated(
    house: House, visitor: NewVisitor, facts: dict[str, object]
) -> None:
    client = visitor()
    client_id, (therapist_id, _) = await enter(house, client, "client"), await house.add("therapist")
    session_id = await over(house, client_id, therapist_id, **facts)
    status, body, _ = await client.ask("PUT", f"/api/sessions/{session_id}/feedback", said(3))
    assert (status, body["code"]) == ((409, "not_ended") if "ended_at_ms" in facts else (404, "session_not_found"))


async def test_a_rating_is_given_by_the_sessions_client_alone_and_read_by_its_therapist_alone(
    house: House, visitor: NewVisitor
) -> None:
    client, stranger, other = visitor(), visitor(), visitor()
    client_id, (therapist_id, _) = await enter(house, client, "client"), await house.add("therapist")
    await enter(house, stranger, "client")
    await enter(house, other, "therapist")
    path = f"/api/sessions/{await over(house, client_id, therapist_id)}/feedback"
    status, body, _ = await stranger.ask("PUT", path, said(1))
    assert (status, body["code"]) == (404, "session_not_found")
    await client.ask("PUT", path, said(5))
    assert (await stranger.ask("GET", path))[0] == 404
    assert (await other.ask("GET", "/api/feedback"))[1]["value"] == {"count": 0, "average": None, "newest": []}


async def test_operators_read_averages_and_no_words(house: House, visitor: NewVisitor) -> None:
    client, operator = visitor(), visitor()
    client_id, (therapist_id, _) = await enter(house, client, "client"), await house.add("therapist", "Amara", "Okafor")
    await enter(house, operator, "admin")
    for rating in (5, 4):
        session_id = await over(house, client_id, therapist_id)
        await client.ask("PUT", f"/api/sessions/{session_id}/feedback", said(rating))
    _, body, _ = await operator.ask("GET", "/api/feedback/averages")
    [average] = body["value"]["therapists"]
    assert (average["count"], average["average"]) == (2, 4.5)
    assert WORDS not in str(body)
    assert (await operator.ask("GET", "/api/feedback"))[0] == 403


async def test_therapists_say_how_it_is_to_work_here_with_their_name_or_without(
    house: House, visitor: NewVisitor
) -> None:
    for first_name, rating, is_named in (("Amara", 2, True), ("Ben", 5, False)):
        _, email = await house.add("therapist", first_name)
        therapist = visitor()
        await therapist.sign_in(email)
        assert (await therapist.ask("GET", "/api/survey"))[1]["value"] == {"given": None}
        body = {"rating": rating, "words": f" Words of number {rating}. ", "is_named": is_named}
        for _ in range(2):  # the second replaces the first
            given = (await therapist.ask("PUT", "/api/survey", body))[1]["value"]["given"]
        assert given == {"rating": rating, "words": f"Words of number {rating}.", "is_named": is_named}
    _, email = await house.add("admin")
    operator = visitor()
    await operator.sign_in(email)
    found = (await operator.ask("GET", "/api/survey/answers"))[1]["value"]
    assert (found["count"], found["average"]) == (2, 3.5)
    by_rating = {one["rating"]: one for one in found["newest"]}
    assert by_rating[2]["name"] == "Amara Reed"
    unnamed = by_rating[5]
    assert "Ben" not in str(unnamed) and unnamed["name"] == ""
    assert datetime.fromtimestamp(unnamed["at_ms"] / 1_000, UTC).day == 1, "a day would tell whose it is"
