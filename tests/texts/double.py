"""Twilio's HTTP interface as far as texts and relays need it, with faults that a test puts in its way.

Owns no rule of the product. It keeps apart what it accepted (a text went out) from what was only asked of it.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "a token only Twilio and we know"
SENDER = "+447700900999"


@dataclass(frozen=True)
class Accepted:
    """A text that went out."""

    sid: str
    to: str
    body: str
    report_url: str


Fault = Callable[["Double", dict[str, str]], Awaitable[web.StreamResponse]]


class Double:
    """`faults` are used up one by one, by call; after them everything is accepted."""

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []
        self.accepted: list[Accepted] = []
        self.faults: deque[Fault] = deque()
        self.url = ""
        self.token_ttls: list[int] = []
        self.token_faults: deque[Fault] = deque()
        self._let_go = asyncio.Event()
        self._changed = asyncio.Event()

    async def messages(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append(fields)
        self._changed.set()
        assert request.match_info["account"] == ACCOUNT_SID
        assert request.headers["Authorization"] == aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)
        assert fields["From"] == SENDER
        if self.faults:
            return await self.faults.popleft()(self, fields)
        return self.accept(fields)

    async def tokens(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.token_ttls.append(int(fields["Ttl"]))
        assert request.headers["Authorization"] == aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)
        if self.token_faults:
            return await self.token_faults.popleft()(self, fields)
        return web.json_response(self.token(), status=201)

    def token(self) -> dict[str, object]:
        """As in twilio.com/docs/stun-turn/api."""
        name, password = uuid.uuid4().hex, uuid.uuid4().hex
        stun, turn = "stun:global.stun.twilio.com:3478", "turn:global.turn.twilio.com:3478?transport=udp"
        return {
            "account_sid": ACCOUNT_SID,
            "username": name,
            "password": password,
            "ttl": str(self.token_ttls[-1]),
            "ice_servers": [
                {"url": stun, "urls": stun},
                {"url": turn, "urls": turn, "username": name, "credential": password},
            ],
        }

    def accept(self, fields: dict[str, str]) -> web.Response:
        text = Accepted("SM" + uuid.uuid4().hex, fields["To"], fields["Body"], fields["StatusCallback"])
        self.accepted.append(text)
        return web.json_response({"sid": text.sid, "status": "queued", "to": text.to, "body": text.body}, status=201)

    def let_go(self) -> None:
        """Answer the calls that `answers_late` holds back."""
        self._let_go.set()

    async def wait_let_go(self) -> None:
        await self._let_go.wait()

    async def called(self, count: int, within_s: float = 20.0) -> None:
        """Wait until it has been called so often."""
        async with asyncio.timeout(within_s):
            while len(self.calls) < count:
                self._changed.clear()
                await self._changed.wait()

    async def report(self, text: Accepted, status: str, *, auth_token: str = AUTH_TOKEN) -> int:
        """Report what became of a text, as Twilio would; returns the HTTP status of the answer."""
        fields = {"MessageSid": text.sid, "MessageStatus": status, "To": text.to, "From": SENDER}
        signature = RequestValidator(auth_token).compute_signature(text.report_url, fields)
        async with (
            aiohttp.ClientSession() as http,
            http.post(text.report_url, data=fields, headers={"X-Twilio-Signature": signature}) as answer,
        ):
            return answer.status

    def bodies(self, to: str) -> list[str]:
        return [text.body for text in self.accepted if text.to == to]


def answers(status: int, code: int | None = None) -> Fault:
    """A clear no."""

    async def fault(double: Double, fields: dict[str, str]) -> web.StreamResponse:
        return web.json_response({"code": code or status, "message": "no", "status": status}, status=status)

    return fault


async def answers_late(double: Double, fields: dict[str, str]) -> web.StreamResponse:
    """Takes the text, and answers only when told to."""
    response = double.accept(fields)
    await double.wait_let_go()
    return response


async def answers_no_token(double: Double, fields: dict[str, str]) -> web.StreamResponse:
    """A yes that holds nothing."""
    return web.json_response({"ok": True}, status=201)


async def answers_never(double: Double, fields: dict[str, str]) -> web.StreamResponse:
    """Nothing, until it is let go."""
    await double.wait_let_go()
    return web.Response(status=500)


async def resets(double: Double, fields: dict[str, str]) -> web.StreamResponse:
    """Takes the text and breaks the connection instead of answering."""
    double.accept(fields)
    raise asyncio.CancelledError


@asynccontextmanager
async def running() -> AsyncIterator[Double]:
    double = Double()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", double.messages)
    app.router.add_post("/2010-04-01/Accounts/{account}/Tokens.json", double.tokens)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    double.url = str(server.make_url("")).rstrip("/")
    try:
        yield double
    finally:
        double.let_go()
        await server.close()
