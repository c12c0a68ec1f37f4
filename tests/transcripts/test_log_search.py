"""Finding sessions in the call log: filters, pages, and words across sessions."""

import uuid

import pytest

from rtc_server.finding import folded
from rtc_server.speech.leg_packets import Word
from rtc_server.store.database import now_ms
from rtc_server.store.schema import chat
from tests.accounts.house import Visitor
from tests.transcripts.studio import Studio
from tests.transcripts.test_call_log import say


async def find(visitor: Visitor, **choice: object) -> dict[str, object]:
    status, body, _ = await visitor.ask("POST", "/api/call-log/find", choice)
    assert status == 200, body
    return dict(body["value"])


def ids(view: dict[str, object]) -> list[str]:
    sessions = view["sessions"]
    assert isinstance(sessions, list)
    return [one["session_id"] for one in sessions]


async def past(studio: Studio, client_id: str, ago_ms: int, **facts: object) -> str:
    at_ms = now_ms() - ago_ms
    facts = {"agreed_at_ms": at_ms, "live_at_ms": at_ms, "ended_at_ms": at_ms + 1, **facts}
    return await studio.house.add_session(client_id, studio.therapist_id, **facts)


async def test_the_list_is_chosen_by_client_period_transcript_and_missing_notes(studio: Studio) -> None:
    visitor = await studio.visitor("therapist")
    bo, _ = await studio.house.add("client", "Bo")
    older = await past(studio, bo, 10_000_000)
    test_session = await past(studio, bo, 20_000_000, is_rehearsal=True)
    await visitor.ask("PUT", f"/api/sessions/{older}/notes", {"text": "done", "version": 0})
    assert ids(await find(visitor, client_id=bo)) == [older, test_session]
    assert ids(await find(visitor, from_ms=now_ms() - 1_000_000)) == [studio.session_id]
    assert ids(await find(visitor, to_ms=now_ms() - 1_000_000)) == [older, test_session]
    assert ids(await find(visitor, transcript="in_progress")) == [studio.session_id]
    assert ids(await find(visitor, transcript="none", client_id=bo)) == [older, test_session]
    assert ids(await find(visitor, transcript="ready")) == []
    view = await find(visitor, is_unwritten=True)
    assert ids(view) == [studio.session_id]
    assert (view["total"], view["all"], view["unwritten"]) == (1, 3, 1)
    assert view["clients"] == [{"id": studio.client_id, "name": "Ada Reed"}, {"id": bo, "name": "Bo Reed"}]


async def test_pages_of_the_list_hold_every_session_once_even_those_of_one_moment(studio: Studio) -> None:
    visitor = await studio.visitor("therapist")
    bo, _ = await studio.house.add("client", "Bo")
    at_ms = now_ms() - 1_000_000
    made = {await past(studio, bo, 0, agreed_at_ms=at_ms) for _ in range(4)}
    seen, after = [], ""
    for _ in range(3):
        view = await find(visitor, after=after)
        seen += ids(view)
        after = str(view["next"])
        assert view["total"] == 5
    assert after == "" and len(seen) == 5 and set(seen) == {studio.session_id, *made}
    assert (await visitor.ask("POST", "/api/call-log/find", {"after": "x"}))[0] == 400


async def search(visitor: Visitor, words: str) -> dict[str, object]:
    status, body, _ = await visitor.ask("POST", "/api/call-log/search", {"words": words})
    assert status == 200, body
    return dict(body["value"])


async def type_chat(studio: Studio, text: str) -> None:
    line_id = str(uuid.uuid4())
    key = await studio.house.keys.key_of(studio.client_id)
    sealed = key.seal_text(text, "chat", line_id, "text_sealed")

    async def body(connection: object) -> None:
        await connection.execute(  # type: ignore[attr-defined]
            chat.insert().values(
                session_id=studio.session_id, seq=1, id=line_id, seat="client", text_sealed=sealed, at_ms=now_ms()
            )
        )

    await studio.house.store.write(body)


async def test_words_are_found_in_speech_chat_notes_and_names_with_their_place(studio: Studio) -> None:
    await say(studio, [Word("Breathing", 12_000, 12_300, 0.9), Word("out", 12_300, 12_600, 0.9)])
    await type_chat(studio, "the breathing page")
    visitor = await studio.visitor("therapist")
    await visitor.ask("PUT", f"/api/sessions/{studio.session_id}/notes", {"text": "Ada: BREATHING", "version": 0})
    view = await search(visitor, "  breathing ")
    hits = view["hits"]
    assert isinstance(hits, list)
    assert [(hit["kind"], hit["who"], hit["from_ms"], hit["before"], hit["found"], hit["after"]) for hit in hits] == [
        ("notes", "", 0, "Ada: ", "BREATHING", ""),
        ("said", "Ada", 12_000, "", "Breathing", " out"),
        ("chat", "Ada", 0, "the ", "breathing", " page"),
    ]
    assert (view["searched"], view["total"], view["is_cut"]) == (1, 1, False)
    hits = (await search(visitor, "breathing out"))["hits"]
    assert isinstance(hits, list) and [hit["found"] for hit in hits] == ["Breathing out"]
    hits = (await search(visitor, "ada"))["hits"]
    assert isinstance(hits, list) and [hit["kind"] for hit in hits] == ["name", "notes"]


async def test_nobody_finds_words_of_anothers_session(studio: Studio) -> None:
    await say(studio, [Word("breathing", 12_000, 12_300, 0.9)])
    _, email = await studio.house.add("therapist")
    stranger = await studio.visitor("therapist")
    await stranger.sign_in(email)
    assert (await search(stranger, "breathing"))["hits"] == []
    assert (await (await studio.visitor("client")).ask("POST", "/api/call-log/search", {"words": "breathing"}))[
        0
    ] == 403


async def test_a_search_says_that_it_looked_only_through_the_newest(studio: Studio) -> None:
    for ago in range(1, 4):
        await past(studio, studio.client_id, ago * 1_000_000)
    view = await search(await studio.visitor("therapist"), "reed")
    hits = view["hits"]
    assert isinstance(hits, list)
    assert (view["searched"], view["total"], len(hits)) == (3, 4, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Zoë’s Straße", "zoe's strase"), ("ÅNGSTRÖM", "angstrom"), ("日本", "日本"), ("o\ufb01ce", "ofce")],
)
def test_case_accents_and_quotes_do_not_matter_and_places_stay(text: str, expected: str) -> None:
    assert folded(text) == expected and len(expected) == len(text)
