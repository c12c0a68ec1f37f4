"""The Socket.IO server itself: WebSocket only, permessage-deflate refused, events of one socket in order."""

from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket


class PlainWebSocket(WebSocket):  # type: ignore[misc]
    """Without permessage-deflate: it costs about 90 KiB a socket and lets a few bytes become many."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        await self.handler(self)
        return self._sock


def make_server(ping_s: float, message_bytes_max: int) -> socketio.AsyncServer:
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        transports=["websocket"],
        async_handlers=False,
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
