"""The Socket.IO server itself: WebSocket only, permessage-deflate refused, events of one socket in order."""

import asyncio
from typing import Any

import socketio
from aiohttp import web
from engineio import json as engineio_json
from engineio.async_drivers.aiohttp import WebSocket
from socketio.packet import EVENT, Packet

ADMITTED = "quick_connect.admitted"  # set in a handshake's environment once its sign-in has been checked
STRANGER_S = 10.0
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


class ReadablePacket(Packet):  # type: ignore[misc]
    """An event that has no name, or cannot be read at all, reaches the handler of unknown events."""

    json = _TolerantJson
    data: Any

    def decode(self, encoded_packet: str) -> int:
        attachments: int = super().decode(encoded_packet)
        is_named = isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        if self.packet_type == EVENT and not is_named:
            self.data = [UNREADABLE]
        return attachments


class PlainWebSocket(WebSocket):  # type: ignore[misc]
    """Without permessage-deflate: it costs about 90 KiB a socket and lets a few bytes become many."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        stranger = asyncio.create_task(self._close_stranger(environ))
        try:
            await self.handler(self)
        finally:
            stranger.cancel()
        return self._sock

    async def _close_stranger(self, environ: dict[str, Any]) -> None:
        """A socket that never says who it is does not stay open."""
        await asyncio.sleep(STRANGER_S)
        if ADMITTED not in environ:
            await self._sock.close()


def make_server(ping_s: float, message_bytes_max: int) -> socketio.AsyncServer:
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
    server.eio.cors_allowed_origins = "*"
    return server
