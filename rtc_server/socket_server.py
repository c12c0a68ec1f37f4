"""The Socket.IO server itself: WebSocket only, permessage-deflate refused, events of one socket in order."""

import asyncio
from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket

ADMITTED = "quick_connect.admitted"  # set in a handshake's environment once its sign-in has been checked
STRANGER_S = 10.0


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
