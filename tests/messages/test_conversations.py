"""Writing with each other: order, repeats, what is unread, who is told, who may look, and what is found."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from rtc_server.room import Seat
from rtc_server.store import conversations, retention, schema
from rtc_server.store.database import now_ms
from tests.messages.desk import RULES, Desk, open_desk, picture


async def test_what_is_written_is_there_for_both_in_order_and_once(desk: Desk) -> None:
    for number in range(6):
        await desk.send((desk.client, desk.therapist)[number % 2], f"line {number}")
    same = str(uuid.uuid4())
    for _ in range(3):
        await desk.send(desk.client, "sent again", id=same)
    for who in (desk.client, desk.therapist):
        page = await desk.find(who)
        assert [one["text"] for one in page["messages"]] == [*(f"line {number}" for number in range(6)), "sent again"]
        assert [one["seq"] for one in page["messages"]] == list(range(1, 8)) and not page["is_more"]
    since = await desk.find(desk.client, since=5)
    assert [one["seq"] for one in since["messages"]] == [6, 7]
    assert [one["seq"] for one in (await desk.find(desk.client, before=3))["messages"]] == [1, 2]


async def test_two_who_write_at_once_get_two_places_and_none_is_skipped(desk: Desk) -> None:
    await asyncio.gather(*(desk.send((desk.client, desk.therapist)[number % 2], str(number)) for number in range(20)))
    found = (await desk.find(desk.client))["messages"]
    assert [one["seq"] for one in found] == list(range(1, 21))
    assert {one["text"] for one in found} == {str(number) for number in range(20)}


async def test_a_long_conversation_comes_page_by_page(desk: Desk) -> None:
    for number in range(53):
        await desk.send(desk.client, str(number))
    newest = await desk.find(desk.client)
    assert newest["is_more"] and [one["text"] for one in newest["messages"]] == [str(n) for n in range(3, 53)]
    older = await desk.find(desk.client, before=newest["messages"][0]["seq"])
    assert not older["is_more"] and [one["text"] for one in older["messages"]] == ["0", "1", "2"]


async def test_both_are_told_of_every_message_and_every_reading(desk: Desk) -> None:
    await desk.send(desk.client, "Could Thursday be 6?")
    await desk.read(desk.therapist, 1)
    told = [(person, view.last_seq, view.unread, view.other_read_seq) for _, person, view in desk.channel.told]  # type: ignore[attr-defined]
    client, therapist = desk.client_id, desk.therapist_id
    assert told == [(client, 1, 0, 0), (therapist, 1, 1, 0), (client, 1, 0, 1), (therapist, 1, 0, 0)]
    assert all(event == "conversation:changed" for event, _, _ in desk.channel.told)


async def test_unread_is_counted_until_it_is_read_and_never_ones_own(desk: Desk) -> None:
    for number in range(3):
        await desk.send(desk.client, str(number))
    _, answer, _ = await desk.therapist.ask("GET", "/api/conversations")
    assert answer["value"]["unread"] == 3 and answer["value"]["conversations"][0]["first_name"] == "Sam"
    assert (await desk.read(desk.therapist, 2))["unread"] == 1
    assert (await desk.read(desk.therapist, 1))["unread"] == 1
    assert (await desk.read(desk.therapist, 10**9))["read_seq"] == 3
    _, answer, _ = await desk.client.ask("GET", "/api/conversations")
    assert answer["value"]["unread"] == 0 and answer["value"]["conversations"][0]["other_read_seq"] == 3


async def test_one_mail_follows_what_is_not_read_and_none_what_is(desk: Desk) -> None:
    for number in range(3):
        await desk.send(desk.client, str(number))
    assert await desk.mails() == [(desk.therapist_id, "queued", "")]
    await desk.read(desk.therapist, 3)
    assert await desk.mails() == [(desk.therapist_id, "dropped", "read")]
    await desk.send(desk.client, "and more")
    assert [state for _, state, _ in await desk.mails()] == ["dropped", "queued"]


async def test_the_same_message_again_after_it_was_read_is_told_to_nobody(desk: Desk) -> None:
    same = str(uuid.uuid4())
    await desk.send(desk.client, "once", id=same)
    await desk.read(desk.therapist, 1)
    await desk.send(desk.client, "once", id=same)
    assert [state for _, state, _ in await desk.mails()] == ["dropped"]


async def test_somebody_elses_conversation_is_not_there(desk: Desk) -> None:
    await desk.send(desk.client, "only ours")
    _, file = await desk.attach(desk.client, picture(), "a.png")
    base = f"/api/conversations/{desk.conversation_id}"
    for role in ("client", "therapist"):
        stranger = await desk.stranger(role)
        asked = [
            await stranger.ask("POST", f"{base}/find", {}),
            await stranger.ask("POST", f"{base}/messages", {"id": str(uuid.uuid4()), "text": "hello"}),
            await stranger.ask("PUT", f"{base}/read", {"seq": 1}),
            await stranger.ask("GET", f"/api/conversations/with/{desk.client_id}"),
            await stranger.ask("GET", f"/api/conversations/with/{desk.therapist_id}"),
            await stranger.ask("GET", f"/api/files/{file['id']}"),
        ]
        assert [status for status, _, _ in asked] == [404] * len(asked)
        assert (await desk.attach(stranger, picture(), "b.png"))[0] == 404
        _, found, _ = await stranger.ask("POST", "/api/conversations/search", {"words": "only ours"})
        assert found["value"]["hits"] == []


async def test_an_id_of_the_other_ones_message_or_file_is_no_way_in(desk: Desk) -> None:
    _, mine = await desk.send(desk.client, "mine")
    assert await desk.send(desk.therapist, "theirs", id=mine["id"]) == (400, "bad_message")
    _, file = await desk.attach(desk.client, b"some words", "a.txt")
    assert await desk.send(desk.therapist, "look", file_id=file["id"]) == (404, "file_not_found")
    assert (await desk.attach(desk.therapist, b"other", "a.txt", file["id"]))[0] == 400


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "  \n "}, {"text": "x" * 4_001}, {"text": "x", "seat": "client"}]
)
async def test_a_message_that_says_nothing_or_too_much_is_refused(desk: Desk, body: dict[str, str]) -> None:
    status, _ = await desk.send(desk.client, **body)
    assert status == 400 and (await desk.find(desk.client))["messages"] == []


async def test_words_are_found_without_case_and_accents_in_ones_own_messages(desk: Desk) -> None:
    await desk.send(desk.client, "I slept at the Café Müller, of all places.")
    await desk.send(desk.therapist, "Which café?")
    for who in (desk.client, desk.therapist):
        _, answer, _ = await who.ask("POST", "/api/conversations/search", {"words": "CAFE"})
        assert [(hit["seq"], hit["found"]) for hit in answer["value"]["hits"]] == [(2, "café"), (1, "Café")]
    _, answer, _ = await desk.client.ask("POST", "/api/conversations/search", {"words": "no such"})
    assert answer["value"]["hits"] == []


async def test_a_search_that_takes_too_long_says_that_there_may_be_more(desk: Desk) -> None:
    await desk.send(desk.client, "a needle")
    async with open_desk(desk.house, replace(RULES, search_s=-1.0)) as hurried:
        await hurried.send(hurried.client, "a needle")
        _, answer, _ = await hurried.client.ask("POST", "/api/conversations/search", {"words": "needle"})
    assert answer["value"] == {"hits": [], "is_cut": True}


async def test_nothing_written_stands_in_the_database_in_the_clear(desk: Desk) -> None:
    await desk.send(desk.client, "canary words")
    await desk.attach(desk.client, b"canary file", "canary.txt")
    async with desk.house.store.read() as connection:
        for table in ("message", "attached", "mail", "event"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows and b"canary" not in b"".join(bytes(str(row), "utf8") for row in rows)


async def in_a_call(desk: Desk, words: str) -> str:
    """A line of a call's chat, as the room's step writes it."""
    session_id, line_id = await desk.house.add_session(desk.client_id, desk.therapist_id), str(uuid.uuid4())
    key = await desk.house.keys.key_of(desk.client_id)
    sealed = key.seal_text(words, "chat", line_id, "text_sealed")

    async def step(connection: conversations.AsyncConnection) -> None:
        row = {"session_id": session_id, "seq": 1, "id": line_id, "seat": "client", "text_sealed": sealed}
        await connection.execute(insert(schema.chat).values(**row, at_ms=now_ms()))
        seat, now = Seat.CLIENT, now_ms()
        await conversations.add(connection, desk.conversation_id, line_id, seat, None, now, session_id=session_id)

    await desk.house.store.write(step)
    return session_id


async def test_what_was_typed_in_a_call_is_part_of_the_conversation_and_counts_as_read(desk: Desk) -> None:
    await desk.send(desk.client, "before the call")
    await in_a_call(desk, "in the call")
    page = await desk.find(desk.therapist)
    assert [(one["text"], one["is_from_call"]) for one in page["messages"]] == [
        ("before the call", False),
        ("in the call", True),
    ]
    assert page["conversation"]["unread"] == 1 and page["conversation"]["last"]["text"] == "in the call"


async def test_chat_whose_time_is_over_is_gone_from_the_conversation_too(desk: Desk) -> None:
    await in_a_call(desk, "in the call")
    async with desk.house.store._writer.begin() as connection:
        await connection.execute(text("DELETE FROM chat"))
    (message,) = (await desk.find(desk.client))["messages"]
    assert message["is_gone"] and message["text"] == ""


async def test_messages_and_their_files_go_when_their_time_is_over_but_not_under_a_hold(desk: Desk) -> None:
    _, file = await desk.attach(desk.client, b"some words", "a.txt")
    await desk.send(desk.client, "old", file_id=file["id"])
    cuts = retention.Cuts(None, None, None, None, None, now_ms() + 1)
    store, now = desk.house.store, now_ms()
    await desk.send(desk.client, "new")
    async with store._writer.begin() as connection:
        await connection.execute(text("UPDATE message SET at_ms = at_ms + 100000 WHERE seq = 2"))
        await connection.execute(text(f"INSERT INTO legal_hold VALUES ('{desk.client_id}', 1)"))
    async with store.read() as connection:
        assert await retention.due(connection, cuts) == []
    async with store._writer.begin() as connection:
        await connection.execute(text("DELETE FROM legal_hold"))
    async with store.read() as connection:
        (due,) = await retention.due(connection, cuts)
    assert await store.write(retention.carry_out, desk.house.audit_key, due, cuts, now)
    assert [one["text"] for one in (await desk.find(desk.therapist))["messages"]] == ["new"]
    assert (await desk.therapist.ask("GET", f"/api/files/{file['id']}"))[0] == 404
    async with store.read() as connection:
        assert await retention.due(connection, cuts) == []


async def test_an_erased_clients_words_are_gone_and_nothing_breaks(desk: Desk) -> None:
    await desk.send(desk.client, "sealed with my key")
    await desk.house.keys.erase(desk.client_id)
    desk.house.people._cache.clear()
    page = await desk.find(desk.therapist)
    assert page["messages"][0]["is_gone"] and page["conversation"]["last"]["is_gone"]
    assert (await desk.send(desk.therapist, "hello?"))[0] == 404
    _, answer, _ = await desk.therapist.ask("POST", "/api/conversations/search", {"words": "sealed"})
    assert answer["value"]["hits"] == []
