"""The Socket.IO server itself: WebSocket only, permessage-deflate refused, events of one socket in order.

Also how seldom garbage is collected, because it is the sockets that make looking at everything slow.
"""

import asyncio
import gc
from typing import Any

import socketio
from aiohttp import web
from engineio import json as engineio_json
from engineio.async_drivers.aiohttp import WebSocket
from socketio.packet import EVENT, Packet

from rtc_server.socket_line import Line

LINE = "quick_connect.line"  # set in a handshake's environment: the way to write to this socket
ADMITTED = "quick_connect.admitted"  # set in a handshake's environment once its sign-in has been checked
STRANGER_S = 10.0
# How many containers more than were freed call for a collection of the young, how many of those for one of the middle,
# and of those for one of everything. An open socket is 150 containers, and one that closed is garbage in cycles until
# everything is looked at: with these a busy process looks after some 7,000 sockets have come and gone, not every few
# hundred, when each look holds up everybody for a second.
COLLECT_AFTER = (10_000, 10, 10)
UNREADABLE = "unreadable"  # no event of the wire: refused as bad_message like any other that nobody declared


class _TolerantJson:
    """engineio's own, but a number too long or a nesting too deep is an answer and no end of the socket."""

    dumps = staticmethod(engineio_json.dumps)

    @staticmethod
    def loads(text: str) -> Any:
        try:
            return engineio_json.loads(text)
        except (ValueError, RecursionError):
            return [UNREADABLE]


class ReadablePacket(Packet):  # type: ignore[misc]  # python-socketio is untyped
    """An event that has no name, or cannot be read at all, reaches the handler of unknown events."""

    json = _TolerantJson
    data: Any

    def decode(self, encoded_packet: str) -> int:
        attachments: int = super().decode(encoded_packet)
        is_named = isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        if self.packet_type == EVENT and not is_named:
            self.data = [UNREADABLE]
        return attachments


class PlainWebSocket(WebSocket):  # type: ignore[misc]  # python-engineio is untyped
    """Without permessage-deflate: it costs about 90 KiB a socket and lets a few bytes become many."""

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        engine = self.handler.__self__
        try:
            await self._sock.prepare(environ["aiohttp.request"])
        except ConnectionError:  # the page has gone while it was let in
            await engine.close(wait=False, abort=True)
            return web.Response()  # a WebSocket that was never opened cannot be closed either
        self.environ = environ
        self._line: Line = engine.queue
        engine.poll = self._line.take_all
        self._line.open(environ["aiohttp.request"].transport)
        environ[LINE] = self._line
        stranger = asyncio.get_running_loop().call_later(STRANGER_S, self._close_stranger, environ)
        try:
            await self.handler(self)
        finally:
            stranger.cancel()
            self._line.closed.set()
        return self._sock

    async def send(self, message: str) -> None:
        """One packet from Engine.IO's queue; all of ours are text."""
        await self._sock.send_str(message)
        self._line.wrote(message)

    def _close_stranger(self, environ: dict[str, Any]) -> None:
        """A socket that never says who it is does not stay open."""
        if ADMITTED not in environ:
            self._line.cut()


def make_server(ping_s: float, message_bytes_max: int, backlog_bytes_max: int) -> socketio.AsyncServer:
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        transports=["websocket"],
        async_handlers=False,
        serializer=ReadablePacket,
        cors_allowed_origins=[],  # The handshake checks Origin itself; engineio's check trusts forwarded headers.
        ping_interval=ping_s,
        ping_timeout=ping_s,
        max_http_buffer_size=message_bytes_max,
        logger=False,
        engineio_logger=False,
    )
    server.eio._async = {**server.eio._async, "websocket": PlainWebSocket}
    server.eio.create_queue = lambda: Line(backlog_bytes_max)
    server.eio.cors_allowed_origins = "*"
    return server


def collect_seldom() -> None:
    """Whoever collects garbage tells nobody anything meanwhile: what start-up made is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
