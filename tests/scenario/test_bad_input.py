"""Whatever a page sends, the answer is a refusal with a stable code, and nobody else notices."""

from typing import Any

import aiohttp
import msgspec
import pytest

from rtc_server.actors.people import ClientActor, TherapistActor, new_id
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.protocol import CLIENT_EVENTS
from rtc_server.wire.types import Role
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call, offered

GOOD_PLACE: dict[str, Any] = {"id": "6f1c9f52-5b8e-4a39-9f0e-1c8b8a1f2e3d", "area": "mind"}
BAD_PLACES: dict[str, object] = {
    "unknown field": {**GOOD_PLACE, "place": 1},
    "somebody else as sender": {**GOOD_PLACE, "client_id": GOOD_PLACE["id"]},
    "no id": {"area": "mind"},
    "id that is no id": {**GOOD_PLACE, "id": "1"},
    "id in capitals": {**GOOD_PLACE, "id": GOOD_PLACE["id"].upper()},
    "unknown area": {**GOOD_PLACE, "area": "everything"},
    "number for text": {**GOOD_PLACE, "note": 7},
    "text for a boolean": {**GOOD_PLACE, "is_chat_only": "yes"},
    "null for text": {**GOOD_PLACE, "note": None},
    "note over its limit": {**GOOD_PLACE, "note": "x" * 2_001},
    "a list": [GOOD_PLACE],
    "a text": "place",
    "null": None,
    "deep nesting": {**GOOD_PLACE, "note": {"a": {"b": {"c": [[[[[[]]]]]]}}}},
}


@pytest.mark.parametrize("body", BAD_PLACES.values(), ids=BAD_PLACES.keys())
async def test_a_body_that_is_not_declared_is_bad_message_and_places_nothing(cast: Cast, body: object) -> None:
    client = await cast.client()
    await refused_as("bad_message", client.emit_raw("request:place", body))
    assert await client.current() is None


async def test_an_event_nobody_declared_or_without_a_body_is_refused_and_the_socket_lives(cast: Cast) -> None:
    client = await cast.client()
    await refused_as("bad_message", client.emit_raw("request:steal", {}))
    await refused_as("bad_message", client.emit_raw("request:place"))
    await refused_as("bad_message", client.emit_raw("request:place", GOOD_PLACE, GOOD_PLACE))
    assert await client.current() is None


@pytest.mark.parametrize(
    "body",
    [b"1" + b"0" * 400, b"NaN", b"1e999", b"[" * 9_000 + b"]" * 9_000, b'{"area": "\\ud800"}', b"{"],
    ids=["a number too long", "not a number", "infinity", "nesting too deep", "half a character", "no JSON"],
)
async def test_what_is_not_even_readable_is_bad_message_and_the_socket_lives(cast: Cast, body: bytes) -> None:
    client = await cast.client()
    await refused_as("bad_message", client.emit_raw("request:place", msgspec.Raw(body)))
    assert client.is_connected and await client.current() is None


@pytest.mark.parametrize("event", sorted(CLIENT_EVENTS))
async def test_an_event_of_another_role_is_refused_before_its_body_is_read(cast: Cast, event: str) -> None:
    roles = CLIENT_EVENTS[event].roles
    for role, enter in ((Role.CLIENT, cast.client), (Role.THERAPIST, cast.therapist)):
        if role not in roles:
            await refused_as("not_allowed", (await enter()).emit_raw(event, {"nonsense": True}))


async def test_a_message_over_64_kib_closes_the_socket_and_one_below_does_not(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    saved = await therapist.save_notes(session_id, "n" * 50_000, 0)
    assert saved.version == 1
    with pytest.raises((Disconnected, Refused, TimeoutError)):
        await therapist.emit_raw("notes:save", {"session_id": session_id, "text": "n" * 65_537, "version": 1})
    await therapist.reload()
    joined = await therapist.join(session_id)
    assert joined.notes is not None and joined.notes.text == "n" * 50_000
    await therapist.end(session_id)


async def test_an_http_body_over_64_kib_is_too_large_and_unknown_fields_are_bad_message(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    path = f"/api/sessions/{session_id}/notes"
    await refused_as("too_large", therapist.ask_raw("PUT", path, {"text": "n" * 65_537, "version": 0}))
    await refused_as("bad_message", therapist.ask_raw("PUT", path, {"text": "", "version": 0, "author": "me"}))
    await refused_as("bad_message", therapist.ask_raw("PUT", path, {"text": "", "version": "0"}))
    await therapist.end(session_id)


async def test_somebody_elses_session_does_not_exist(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    other_client, other_therapist = await cast.client(1), await cast.therapist(0)
    for stranger in (other_client, other_therapist):
        await refused_as("session_not_found", stranger.join(session_id))
        await refused_as("session_not_found", stranger.warm(session_id))
        await refused_as("session_not_found", stranger.say(session_id, "Hello?"))
        await refused_as("session_not_found", stranger.chat_since(session_id, 0))
        await refused_as("session_not_found", stranger.mute(session_id, True))
    await refused_as("session_not_found", other_therapist.end(session_id))
    await refused_as("session_not_found", other_therapist.save_notes(session_id, "mine", 0))
    await refused_as("session_not_found", other_therapist.session(session_id))
    await refused_as("session_not_found", other_client.leave(session_id))
    await refused_as("session_not_found", other_client.ask_raw("GET", f"/api/sessions/{session_id}/receipt"))
    assert client.room is not None and client.room.phase == "live"
    await therapist.end(session_id)


async def test_a_client_cannot_read_the_therapists_page_of_their_own_session(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    await refused_as("not_allowed", client.ask_raw("GET", f"/api/sessions/{session_id}"))
    await refused_as("not_allowed", client.ask_raw("GET", "/api/call-log"))
    await therapist.end(session_id)


async def test_a_step_that_does_not_fit_the_state_is_refused_and_changes_nothing(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    placed = await client.place()
    await refused_as("illegal_transition", client.decline(placed.id))
    await refused_as("illegal_transition", client.agree(placed.id))
    await refused_as("request_not_found", therapist.withdraw(placed.id))
    current = await client.current()
    assert current is not None and (current.state, current.version) == ("waiting", placed.version)
    await client.cancel(placed.id)
    await refused_as("request_not_found", therapist.accept(new_id()))


async def test_signals_that_are_no_signals_are_refused(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    assert request.session_id is not None
    link = (await therapist.warm(request.session_id)).room.link
    frame = {"session_id": request.session_id, "page_id": therapist.page_id, "link": link}
    bad: list[object] = [
        {"kind": "description", "type": "rollback", "sdp": ""},
        {"kind": "description", "type": "offer", "sdp": ""},
        {"kind": "description", "type": "offer", "sdp": "v=0" + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0" * 1_000},
        {"kind": "candidate", "candidate": "x" * 1_025, "mid": None, "line": None, "ufrag": None},
        {"kind": "candidate", "candidate": "no candidate at all", "mid": "0", "line": 0, "ufrag": "a"},
        {"kind": "candidate", "candidate": "", "mid": "0", "line": -1, "ufrag": "a"},
        {"kind": "other"},
    ]
    for signal in bad:
        await refused_as("bad_message", therapist.emit_raw("room:signal", {**frame, "signal": signal}))
    await client.cancel(request.id)


# At the door


async def test_a_socket_without_a_sign_in_or_from_another_origin_is_turned_away(
    pair: Cluster, cast: Cast, http: aiohttp.ClientSession
) -> None:
    nobody = ClientActor(http, pair.url())
    with pytest.raises((Refused, Disconnected)):
        await nobody.connect()
    client = await cast.client()
    elsewhere = ClientActor(http, pair.url(), origin="https://elsewhere.example")
    elsewhere.token = client.token
    with pytest.raises((Refused, Disconnected)):
        await elsewhere.connect()
    forged = TherapistActor(http, pair.url())
    forged.token = "x" * 43
    with pytest.raises((Refused, Disconnected)):
        await forged.connect()


async def test_a_page_of_an_unknown_protocol_is_told_that_it_is_outdated(
    pair: Cluster, cast: Cast, http: aiohttp.ClientSession
) -> None:
    client = await cast.client()
    old = ClientActor(http, pair.url())
    old.token = client.token
    await refused_as("web_client_outdated", old.connect(protocol_version=0))


async def test_every_api_route_refuses_a_visitor_without_a_sign_in(pair: Cluster, http: aiohttp.ClientSession) -> None:
    visitor = ClientActor(http, pair.url())
    for path in ("/api/me", "/api/home", "/api/wallet", "/api/call-log", f"/api/sessions/{new_id()}", "/api/nothing"):
        with pytest.raises(Refused) as refusal:
            await visitor.ask_raw("GET", path)
        assert refusal.value.code in ("not_signed_in", "not_found")


async def test_signing_out_closes_the_sockets_of_that_sign_in(cast: Cast) -> None:
    client = await cast.client()
    tab = await cast.tab(client, 1)
    await client.ask_raw("POST", "/api/sign-out")
    for page in (client, tab):
        await page.until(lambda page=page: not page.is_connected)  # type: ignore[misc]
    await refused_as("not_signed_in", client.ask_raw("GET", "/api/me"))
