"""A page's two connections as a program: JSON over HTTP and Socket.IO over one WebSocket.

Speaks Engine.IO 4 and Socket.IO 5 itself, because a thousand of these must fit into one small process; knows no verb
of the product (`actors/people.py` does). Cookie and `Origin` are sent as a browser sends them. The rule that is easy to
break: whatever arrives is decoded by the declared type, so this fails on traffic that `protocol.py` does not declare.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import aiohttp
import msgspec

from rtc_server.protocol import CLIENT_EVENTS, SERVER_EVENTS
from rtc_server.wire.people import Me, SignIn
from rtc_server.wire.types import PROTOCOL_VERSION, Body, View

COOKIE = "__Host-sign-in"
V = TypeVar("V", bound=View)
ANSWER_S = 10.0


class Refused(Exception):
    """The server's answer was no; `code` is the stable one."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


class Disconnected(Exception):
    """The socket closed before the answer came."""


class _Awaited(NamedTuple):
    """An answer on its way. `take` is called when it arrives, before anything that arrives after it."""

    future: asyncio.Future[Any]
    take: Callable[[Any], Any]

    def settle(self, answer: Any) -> None:
        if self.future.done():
            return
        try:
            self.future.set_result(self.take(_value(answer, None)))
        except (Refused, msgspec.ValidationError) as error:
            self.future.set_exception(error)


class WireClient:
    """One signed-in browser's connections. What arrives goes through `_keep`; `until` waits for something to be so."""

    def __init__(self, http: aiohttp.ClientSession, url: str, *, origin: str | None = None) -> None:
        self.http = http
        self.url = url.rstrip("/")
        self.origin = origin or self.url
        self.token = ""
        self.person_id = ""
        self.heard: list[Callable[[str, View], None]] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, _Awaited] = {}
        self._next_answer = 0
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # HTTP

    async def sign_in(self, email: str, password: str) -> Me:
        me = await self.ask("POST", "/api/sign-in", Me, SignIn(email=email, password=password))
        assert self.token, "the answer to a sign-in sets the cookie"
        self.person_id = me.id
        return me

    async def ask(self, method: str, path: str, kind: type[V], body: Body | None = None) -> V:
        return msgspec.convert(await self.ask_raw(method, path, body), kind)

    async def ask_raw(self, method: str, path: str, body: object = None) -> Any:
        """The answer's value as plain data. Raises Refused."""
        data = msgspec.json.encode(body) if body is not None else None
        headers = self._headers()
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self.http.request(method, self.url + path, data=data, headers=headers) as response:
            if COOKIE in response.cookies:
                self.token = response.cookies[COOKIE].value
            answer = msgspec.json.decode(await response.read())
            return _value(answer, response.status)

    def _headers(self) -> dict[str, str]:
        headers = {"Origin": self.origin}
        if self.token:
            # Sent by hand: aiohttp's jar keeps secure cookies from http://127.0.0.1, browsers do not.
            headers["Cookie"] = f"{COOKIE}={self.token}"
        return headers

    # The socket

    @property
    def is_connected(self) -> bool:
        return self._socket is not None and not self._socket.closed and self._reader is not None

    async def connect(self, *, protocol_version: int = PROTOCOL_VERSION) -> None:
        """Open the socket and enter the namespace. Raises Refused with the server's code when it is turned away."""
        address = self.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        try:
            self._socket = await self.http.ws_connect(address, headers=self._headers(), max_msg_size=1 << 20)
        except aiohttp.WSServerHandshakeError as error:
            raise Refused("handshake", error.message, error.status) from error
        opened = await self._receive_first()
        assert opened[0] == "0", "Engine.IO opens with its own packet"
        await self._socket.send_str("40" + json.dumps({"protocol": protocol_version}))
        while True:
            packet = await self._receive_first()
            if packet.startswith("40"):
                break
            if packet.startswith("44"):
                await self._socket.close()
                said = json.loads(packet[2:])
                data = said.get("data") if isinstance(said.get("data"), dict) else {}
                raise Refused(data.get("code") or said.get("message", ""), said.get("message", ""))
            await self._take(packet)
        self._reader = asyncio.create_task(self._read())

    async def _receive_first(self) -> str:
        assert self._socket is not None
        message = await self._socket.receive(timeout=ANSWER_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Disconnected("closed while connecting")
        return str(message.data)

    async def close(self) -> None:
        """Leave as a page does that is closed in good order."""
        if self._socket is not None and not self._socket.closed:
            await self._socket.close()
        await self._stop_reading()

    async def cut(self) -> None:
        """Lose the network: the connection goes without a goodbye."""
        if self._socket is not None and not self._socket.closed:
            self._socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        await self._stop_reading()
        self._socket = None

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._take(message.data)
        finally:
            for answer in self._answers.values():
                if not answer.future.done():
                    answer.future.set_exception(Disconnected("the socket closed before the answer"))
            self._answers.clear()
            self.look()

    async def _take(self, packet: str) -> None:
        assert self._socket is not None
        if packet == "2":
            await self._socket.send_str("3")
        elif packet.startswith("43"):
            number, data = _split(packet[2:])
            answer = self._answers.pop(number, None)
            if answer is not None:
                answer.settle(data[0])
        elif packet.startswith("42"):
            _, (name, *arguments) = _split(packet[2:])
            self._keep(name, msgspec.convert(arguments[0], SERVER_EVENTS[name]))
        elif packet == "41":
            await self._socket.close()

    async def emit_raw(self, event: str, *arguments: object) -> Any:
        """Send anything under any name and give back the value of the answer. Raises Refused, Disconnected."""
        return await self._ask(event, arguments, lambda value: value)

    async def _ask(self, event: str, arguments: tuple[object, ...], take: Callable[[Any], Any]) -> Any:
        if self._socket is None or self._socket.closed:
            raise Disconnected("not connected")
        self._next_answer += 1
        number = self._next_answer
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = _Awaited(answer, take)
        text = msgspec.json.encode([event, *arguments]).decode()
        try:
            await self._socket.send_str(f"42{number}{text}")
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except ConnectionError as error:
            raise Disconnected("the socket closed while sending") from error
        finally:
            self._answers.pop(number, None)

    async def emit(self, event: str, body: Body, kind: type[V]) -> V:
        declared = CLIENT_EVENTS[event]
        assert isinstance(body, declared.body) and declared.value is kind
        kept: V = await self._ask(event, (body,), lambda value: self._keep(event, msgspec.convert(value, kind)))
        return kept

    async def tell(self, event: str, body: Body) -> None:
        """An event whose answer carries no value."""
        assert CLIENT_EVENTS[event].value is None
        await self.emit_raw(event, body)

    # What arrives, and waiting for it

    def _keep(self, name: str, view: V) -> V:
        for listener in self.heard:
            listener(name, view)
        self.look()
        return view

    def look(self) -> None:
        """Ask again all that `until` waits for: something changed that did not arrive here."""
        still = []
        for is_so, waiter in self._waiters:
            if waiter.done():
                continue
            if is_so():
                waiter.set_result(None)
            else:
                still.append((is_so, waiter))
        self._waiters = still

    async def until(self, is_so: Callable[[], bool], timeout_s: float = ANSWER_S) -> None:
        """Wait until `is_so()`; it is asked after everything that arrives. Raises TimeoutError."""
        if is_so():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((is_so, waiter))
        async with asyncio.timeout(timeout_s):
            await waiter


def _split(text: str) -> tuple[int, list[Any]]:
    """`12["event",…]` → 12 and the list; without a number 0."""
    at = text.index("[")
    return int(text[:at] or 0), json.loads(text[at:])


def _value(answer: Any, status: int | None) -> Any:
    if answer["ok"]:
        return answer["value"]
    raise Refused(answer["code"], answer["message"], status)
