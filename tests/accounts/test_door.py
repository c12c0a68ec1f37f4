"""Every declared route against every kind of caller, and everything a stranger may send instead of what is expected."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from rtc_server.api import HttpCall, Resource, RouteMismatch, build_api, dispatch
from rtc_server.api.auth import AuthApi
from rtc_server.api.books import BooksApi
from rtc_server.limits import ClientAddress, Rates
from rtc_server.protocol import ROUTES
from rtc_server.store.audit import Trail
from rtc_server.wire.tables import JSON
from rtc_server.wire.types import Role
from tests.accounts.house import ORIGIN, PASSWORD, House, Others, Visitor, build_app, open_house, serve

SOME_ID = "00000000-0000-4000-8000-000000000000"
CALLERS = [None, *Role]
NewVisitor = Callable[[], Visitor]


async def knock(
    caller: Visitor, name: str, headers: Mapping[str, str | None] | None = None
) -> tuple[int, Any, Mapping[str, str]]:
    """Ask for a route of the wire with next to nothing, of the type that it takes."""
    (method, path), route = name.split(), ROUTES[name]
    body = b"{}" if route.body else None if route.sent == JSON else b"v=0"
    sent = {"Content-Type": route.sent, **(headers or {})}
    return await caller.ask(method, re.sub(r"\{[^}]+\}", SOME_ID, path), body, sent)


@pytest.mark.parametrize("role", CALLERS, ids=lambda role: role or "anonymous")
async def test_a_route_opens_for_its_roles_and_nobody_else(
    house: House, visitor: NewVisitor, role: Role | None
) -> None:
    person_id, _ = await house.add(role or "client")
    for name, route in ROUTES.items():
        caller = visitor()
        if role is not None:
            caller.token, _ = await house.auth.admit(person_id, role, "192.0.2.1", "")
        status, body, _ = await knock(caller, name)
        code = (body or {}).get("code")
        if not route.roles:
            # Let through; then {} is no message.
            assert (status, code) == ((400, "bad_message") if route.body else (200, None)), name
        elif role is None:
            assert (status, code) == (401, "not_signed_in"), name
        elif role not in route.roles:
            assert (status, code) == (403, "not_allowed"), name
        else:
            assert code not in ("not_signed_in", "not_allowed", "internal"), name
            assert status != 500, name


def test_only_the_ways_in_are_open_to_anyone() -> None:
    assert {name for name, route in ROUTES.items() if not route.roles} == {
        "POST /api/sign-in",
        "GET /api/account-terms",
        "POST /api/invitations/find",
        "POST /api/sign-up",
        "POST /api/sign-up/confirm",
        "POST /api/password/forgot",
        "POST /api/password/reset",
    }


def test_setting_up_the_second_step_takes_no_more_than_these() -> None:
    assert {name for name, route in ROUTES.items() if route.before_second_step} == {
        "POST /api/sign-out",
        "GET /api/me",
        "GET /api/account/second-step",
        "POST /api/account/second-step",
        "POST /api/account/second-step/confirm",
    }


async def test_before_the_second_step_is_set_up_nothing_opens_but_setting_it_up(tmp_path: Path) -> None:
    async with open_house(tmp_path, second_step_for=frozenset({"therapist", "admin"})) as house:
        http = await serve(build_app(house))
        for role in ("therapist", "admin"):
            person_id, _ = await house.add(role)
            for name, route in ROUTES.items():
                caller = Visitor(http)
                caller.token, viewer = await house.auth.admit(person_id, role, "192.0.2.1", "")
                assert viewer.must_enrol
                status, body, _ = await knock(caller, name)
                is_open = route.before_second_step or not route.roles
                assert ((body or {}).get("code") == "second_step_needed") is not is_open, (status, name)
        await http.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": "http://a.talk.example"},
        {"Origin": "http://talk.example.evil.example"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Origin": None, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "Host": "evil.example"},
    ],
    ids=str,
)
async def test_no_other_site_changes_anything(
    house: House, visitor: NewVisitor, headers: dict[str, str | None]
) -> None:
    _, email = await house.add("therapist")
    caller = visitor()
    await caller.sign_in(email)
    for name in ROUTES:
        if not name.startswith("GET "):
            status, body, _ = await knock(caller, name, headers)
            assert (status, body["code"]) == (403, "bad_origin"), name
    assert (await caller.ask("GET", "/api/me"))[0] == 200


async def test_a_page_that_sends_no_origin_but_says_same_origin_is_ours(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    body = {"email": email, "password": PASSWORD}
    headers = {"Origin": None, "Sec-Fetch-Site": "same-origin"}
    assert (await visitor().ask("POST", "/api/sign-in", body, headers))[0] == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
async def test_only_json_is_read_as_json(visitor: NewVisitor, content_type: str | None) -> None:
    status, body, _ = await visitor().ask(
        "POST", "/api/sign-in", {"email": "a@b.example", "password": "x"}, {"Content-Type": content_type}
    )
    assert (status, body["code"]) == (415, "wrong_content_type")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"email":"a@b.example"}',
        b'{"email":1,"password":"canary"}',
        b'{"email":"a@b.example","password":"canary","role":"admin"}',
        b'{"email":"a@b.example","password":"canary","password":["canary"]}',
        b'{"email":"' + b"a" * 300 + b'","password":"canary"}',
        b'{"email":"a@b.example","password":"' + b"canary" * 200 + b'"}',
        b"[" * 30_000,
        b'{"email":NaN,"password":1e400}',
    ],
)
async def test_what_is_not_a_message_is_refused_without_quoting_it(visitor: NewVisitor, sent: bytes) -> None:
    status, body, _ = await visitor().ask("POST", "/api/sign-in", sent)
    assert (status, body["code"]) == (400, "bad_message")
    assert "canary" not in str(body)


async def test_a_form_with_an_unfit_field_names_it_as_people_say_it(visitor: NewVisitor) -> None:
    sign_up = {"first_name": "S" * 100}
    _, body, _ = await visitor().ask("POST", "/api/sign-up", json.dumps(sign_up).encode())
    assert "_" not in body["message"]
    assert re.match("Please look at the [a-z ]+ again: ", body["message"])


async def test_a_body_of_64_kib_passes_and_one_byte_more_does_not(visitor: NewVisitor) -> None:
    status, body, _ = await visitor().ask("POST", "/api/sign-in", b" " * 65_536)
    assert (status, body["code"]) == (400, "bad_message")
    status, body, _ = await visitor().ask("POST", "/api/sign-in", b" " * 65_537)
    assert (status, body["code"]) == (413, "too_large")


async def test_a_body_that_tells_no_length_is_cut_off_all_the_same(visitor: NewVisitor) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 16_384

    http = visitor().http
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    async with http.post("/api/sign-in", data=endless(), headers=headers) as response:
        assert response.status == 413


async def test_a_compressed_body_is_not_unpacked(visitor: NewVisitor) -> None:
    headers: dict[str, str | None] = {"Content-Encoding": "gzip"}
    status, body, _ = await visitor().ask("POST", "/api/sign-in", b"\x1f\x8b" + b"\0" * 50, headers)
    assert (status, body["code"]) == (400, "bad_message")


async def test_a_stalled_body_is_given_up(house: House) -> None:
    http = await serve(build_app(house, body_s=0.2))
    reader, writer = await asyncio.open_connection(http.host, http.port)
    writer.write(
        f"POST /api/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\n"
        "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert head.startswith(b"HTTP/1.1 408")
    writer.close()
    await http.close()


async def test_an_incomplete_header_is_closed(house: House) -> None:
    http = await serve(build_app(house), header_s=0.3)
    reader, writer = await asyncio.open_connection(http.host, http.port)
    writer.write(b"GET /api/me HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await http.close()


async def test_a_route_without_a_body_takes_none(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    caller = visitor()
    await caller.sign_in(email)
    status, body, _ = await caller.ask("POST", "/api/sign-out", {"everywhere": True})
    assert (status, body["code"]) == (400, "bad_message")
    assert (await caller.ask("POST", "/api/sign-out", b"{}"))[0] == 200


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/sessions/1/receipt", "/api/sessions/../me/x"])
async def test_what_is_not_declared_is_not_there(house: House, visitor: NewVisitor, path: str) -> None:
    _, email = await house.add("client")
    caller = visitor()
    await caller.sign_in(email)
    status, body, _ = await caller.ask("GET", path)
    assert (status, body["code"]) == (404, "not_found")


async def test_another_method_is_answered_with_those_that_are(visitor: NewVisitor) -> None:
    status, body, headers = await visitor().ask("DELETE", "/api/account")
    assert (status, body["code"]) == (405, "method_not_allowed")
    assert headers["Allow"] == "GET, PATCH"


async def test_a_failure_of_ours_tells_no_details_and_is_logged_whole(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(call: HttpCall) -> web.Response:
        raise RuntimeError("canary of the inside")

    http = await serve(build_app(house, instead={"GET /api/call-log": broken}))
    _, email = await house.add("therapist")
    caller = Visitor(http)
    await caller.sign_in(email)
    with caplog.at_level(logging.ERROR):
        status, body, _ = await caller.ask("GET", "/api/call-log")
    assert (status, body["code"], body["ok"]) == (500, "internal", False)
    assert "canary" not in str(body)
    assert "canary of the inside" in caplog.text
    await http.close()


async def test_guessing_tokens_is_counted_by_address_and_the_signed_in_there_are_not_held_up(house: House) -> None:
    _, email = await house.add("client")
    http = await serve(build_app(house, address_burst=5))
    try:
        known, guesser = Visitor(http), Visitor(http)
        await known.sign_in(email)
        answers = []
        for number in range(5):
            guesser.token = f"guess-{number}"
            answers.append(await guesser.ask("GET", "/api/me"))
        assert [status for status, _, _ in answers] == [401] * 4 + [429]
        assert int(answers[-1][2]["Retry-After"]) >= 1
        assert (await known.ask("GET", "/api/me"))[0] == 200
    finally:
        await http.close()


async def test_who_asks_too_often_is_told_when_to_come_back(house: House) -> None:
    http = await serve(build_app(house, burst=3))
    callers = []
    for _ in range(2):
        _, email = await house.add("client")
        caller = Visitor(http)
        await caller.sign_in(email)
        callers.append(caller)
    answers = [await callers[0].ask("GET", "/api/me") for _ in range(4)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    assert answers[-1][1]["code"] == "too_often"
    assert int(answers[-1][2]["Retry-After"]) >= 1
    assert (await callers[1].ask("GET", "/api/me"))[0] == 200
    await http.close()


async def test_every_answer_has_the_headers(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    caller = visitor()
    await caller.sign_in(email)
    anonymous = visitor()
    answers = [await knock(caller, name) for name in ROUTES]
    answers += [await anonymous.ask("GET", "/api/nothing"), await anonymous.ask("GET", "/not-api")]
    for _, _, headers in answers:
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "connect-src 'self' ws://talk.example;" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["Server"] == "quick-connect"
    assert all(headers["Cache-Control"] == "no-store" for _, _, headers in answers[:-1])


@pytest.mark.parametrize(
    "sent", [b"RUBBISH\r\n\r\n", b"GET /api/me HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n"]
)
async def test_a_request_too_broken_to_read_learns_nothing_about_us(visitor: NewVisitor, sent: bytes) -> None:
    http = visitor().http
    reader, writer = await asyncio.open_connection(http.host, http.port)
    writer.write(sent)
    answered = await asyncio.wait_for(reader.read(), 10)
    assert answered.startswith(b"HTTP/1.")
    assert b"400" in answered.split(b"\r\n")[0]
    assert b"aiohttp" not in answered.lower()
    assert b"python" not in answered.lower()
    writer.close()


def door_of(house: House) -> dispatch.Door:
    rates, trail = Rates(60, 60), Trail(house.store, house.audit_key)
    return dispatch.Door(
        house.auth, frozenset({ORIGIN}), ClientAddress(), rates, rates, 65_536, 30.0, trail, 65_536, 30.0
    )


async def test_start_up_fails_when_the_wire_and_the_handlers_disagree(house: House) -> None:
    ours: list[Resource] = [AuthApi(house.auth, house.people, max_s=1), BooksApi(house.store)]

    async def handler(call: HttpCall) -> web.Response:
        return web.Response()

    with pytest.raises(RouteMismatch, match="GET /api/home"):
        build_api(door_of(house), ours)
    with pytest.raises(RouteMismatch, match="GET /api/secret"):
        build_api(door_of(house), [*ours, Others(ours, {"GET /api/secret": handler})])
    with pytest.raises(RouteMismatch, match="two handlers for GET /api/books"):
        build_api(door_of(house), [*ours, BooksApi(house.store)])
