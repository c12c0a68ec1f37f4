"""Routes outside /api: alive, ready, numbers, the API's documents, and the web client's files.

Knows no person and checks no cookie. Easy to break: in production numbers and documents stand on ADMIN_PORT alone.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec
import prometheus_client
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from rtc_server import pages, protocol_export
from rtc_server.api.legs import RecorderWatch
from rtc_server.config import Settings
from rtc_server.fanout import Fanout
from rtc_server.presence import Presence
from rtc_server.socket_api import SocketApi
from rtc_server.store import transcripts
from rtc_server.store.database import Store, now_ms

log = logging.getLogger(__name__)

Found = TypeVar("Found")
READY_KEPT_S = 1.0  # strangers may ask whether we are ready, so what is found serves everybody who asks for a moment
WORKER_LATE_MS = 60_000  # a transcript that waits longer for words means that no worker keeps up


class Kept(Generic[Found]):
    """What a look found, for `seconds`; whoever asks during a look waits for that one."""

    def __init__(
        self, look: Callable[[], Awaitable[Found]], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._seconds = seconds
        self._clock = clock
        self._looking = asyncio.Lock()
        self._found: tuple[float, Found] | None = None

    async def get(self) -> Found:
        async with self._looking:
            if self._found is None or self._clock() - self._found[0] >= self._seconds:
                self._found = self._clock(), await self._look()
            return self._found[1]


def add_documents(app: web.Application, prefix: str) -> None:
    """The API documents, generated from the wire."""
    for path, make in (
        (f"{prefix}/openapi.json", protocol_export.openapi),
        (f"{prefix}/events.json", protocol_export.events),
    ):
        body = msgspec.json.encode(make())

        async def serve(request: web.Request, body: bytes = body) -> web.Response:
            return web.Response(body=body, content_type="application/json")

        app.router.add_get(path, serve)


def add_plain_routes(
    app: web.Application,
    store: Store,
    sockets: SocketApi,
    presence: Presence,
    watch: RecorderWatch,
    settings: Settings,
) -> None:
    async def health(request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def look() -> dict[str, str]:
        try:
            async with store.read() as connection:
                trouble = await transcripts.trouble(connection, now_ms(), WORKER_LATE_MS)
        except SQLAlchemyError:
            log.exception("the database cannot be read")
            return {"database": "unreadable", "worker": "ok"}
        return {"database": "ok", "worker": f"degraded: {trouble}" if trouble else "ok"}

    rows = Kept(look, READY_KEPT_S)

    async def ready(request: web.Request) -> web.Response:
        found = {"draining": sockets.is_draining, "redis": "ok", "recorder": "ok", **await rows.get()}
        if not presence.is_healthy:
            found["redis"] = "degraded"
        if not watch.is_connected:
            found["recorder"] = "degraded"
        is_ready = not sockets.is_draining and found["database"] == "ok"
        return web.json_response(found, status=200 if is_ready else 503)

    app.router.add_get("/healthz", health)
    app.router.add_get("/readyz", ready)
    if not settings.is_production:
        app.router.add_get("/metrics", metrics)
    app.router.add_get("/{path:.*}", pages.Pages(pages.ROOT, settings.neutral_url).serve)


async def metrics(request: web.Request) -> web.Response:
    return web.Response(body=prometheus_client.generate_latest(), content_type="text/plain", charset="utf-8")


def watch_numbers(fanout: Fanout) -> None:
    sockets = prometheus_client.Gauge("quick_connect_sockets", "Sockets open in this process")
    sockets.set_function(lambda: len(fanout.sockets))
