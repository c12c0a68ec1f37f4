"""The recorder process: a small private HTTP face, and the commit of all legs once a second.

Owns the life of legs. Never holds the key ring: it is dropped as soon as the key for grants is derived, and each leg
brings its session's key in its grant. Easy to break: one transaction a second for all legs, and what the database
says of consent is read before anything is stored.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from signal import SIGINT, SIGTERM
from typing import Protocol

import msgspec
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from booking_core.errors import CodedError
from rtc_server.adapters.embedded_redis import redis_url
from rtc_server.adapters.key_file import load_ring
from rtc_server.adapters.recorder_grant import PURPOSE, Grants
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.adapters.seal import SealKey
from rtc_server.config import Settings
from rtc_server.errors import BadMessage, NotFound, StorageRefused
from rtc_server.recorder import OFFER_BYTES_MAX, Leg, Limits, checked_offer, with_address
from rtc_server.speech.leg_packets import AudioRow, Facts
from rtc_server.store import legs as rows
from rtc_server.store.database import Store, now_ms
from rtc_server.store.legs import LegReport
from rtc_server.store.migrate import check_revision
from rtc_server.wire.types import Changed, encoder

log = logging.getLogger(__name__)

WATCH_S = 2.0  # a line on the watch at least this often
STORE_TRIES_MAX = 10  # seconds of audio kept in memory while the database cannot be written
NO_ROW = Facts(live_at_ms=None, is_ended=False, are_both_agreed=True, is_wanted=False)
FORGET = ("consent_withdrawn", "consent_unreadable", "not_wanted")

decoder = msgspec.json.Decoder(Changed)


class Publisher(Protocol):
    async def publish(self, message: bytes) -> None: ...


class Recorder:
    """All legs of this process."""

    def __init__(self, store: Store, publisher: Publisher, limits: Limits, public_address: str) -> None:
        self.legs: dict[str, Leg] = {}
        self.changed = asyncio.Event()  # set when a leg came or went, for the watch
        self._store = store
        self._publisher = publisher
        self._limits = limits
        self._public_address = public_address
        self._unsaved: dict[str, list[AudioRow]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def open(self, leg: Leg, offer: str) -> str:
        """Answer a checked offer and keep the leg; an older one of the same seat is closed. Raises BadMessage."""
        answer = await leg.answer(offer)
        for other in list(self.legs.values()):
            if (other.session_id, other.seat) == (leg.session_id, leg.seat):
                await self.close(other.id, "replaced")
        self.legs[leg.id] = leg
        self.changed.set()
        log.info("leg=%s session=%s seat=%s opened", leg.id, leg.session_id, leg.seat)
        return with_address(answer, self._public_address)

    async def close(self, leg_id: str, reason: str) -> None:
        """Close one leg, storing its last packets. May be repeated."""
        await asyncio.shield(self._close([leg_id], reason))

    async def close_all(self, reason: str) -> None:
        await asyncio.shield(self._close(list(self.legs), reason))

    async def tick(self, is_second: bool = True) -> None:
        """Read what is allowed and close what is not; store the rest too when a second is over."""
        # Under a shield: a transaction goes on when its caller is cancelled, and what it stored must be known here.
        await asyncio.shield(self._tick(is_second))

    async def _close(self, leg_ids: list[str], reason: str) -> None:
        async with self._one_at_a_time:
            legs = [self.legs[leg_id] for leg_id in leg_ids if leg_id in self.legs]
            if legs:
                facts = await self._facts(legs) or {}
                await self._store_and_close({leg.id: reason for leg in legs}, facts, legs)

    async def _tick(self, is_second: bool) -> None:
        async with self._one_at_a_time:
            # A leg that comes while we read is not among these and has its turn next time.
            legs = list(self.legs.values())
            if not legs:
                return
            facts = await self._facts(legs)
            closing = {}
            for leg in legs:
                reason = leg.verdict(None if facts is None else facts.get(leg.id, NO_ROW), self._limits)
                if reason:
                    closing[leg.id] = reason
            wanted = [leg for leg in legs if is_second or leg.id in closing]
            await self._store_and_close(closing, facts or {}, wanted)

    async def _facts(self, legs: list[Leg]) -> dict[str, Facts] | None:
        try:
            async with asyncio.timeout(self._limits.unreadable_s), self._store.read() as connection:
                return await rows.facts(connection, [leg.id for leg in legs])
        except (SQLAlchemyError, StorageRefused, TimeoutError):
            log.warning("consent cannot be read legs=%d", len(legs))
            return None

    async def _store_and_close(self, closing: dict[str, str], facts: dict[str, Facts], legs: list[Leg]) -> None:
        taken: list[LegReport] = []
        for leg in legs:
            taken += self._reports(leg, closing.get(leg.id, ""), facts.get(leg.id))
        is_saved = await self._save(taken)
        if not is_saved:
            closing |= {leg_id: "storage" for leg_id, kept in self._unsaved.items() if len(kept) > STORE_TRIES_MAX}
        for leg_id, reason in closing.items():
            gone = self.legs.pop(leg_id, None)
            self._unsaved.pop(leg_id, None)
            if gone is not None:
                log.info("leg=%s closed reason=%s packets=%d errors=%d", leg_id, reason, gone.packets, gone.errors)
                await gone.close()
                self.changed.set()

    def _reports(self, leg: Leg, reason: str, facts: Facts | None) -> list[LegReport]:
        if reason in FORGET:
            leg.forget()
            self._unsaved.pop(leg.id, None)
        silence = None
        kept = self._unsaved.setdefault(leg.id, [])
        if facts is not None and facts.live_at_ms is not None:
            row = leg.take(facts.live_at_ms)
            silence = None if reason else leg.silence(facts.live_at_ms, self._limits)
            if row is not None:
                kept.append(row)
        first: list[AudioRow | None] = [*kept] or [None]
        return [
            LegReport(
                leg.id, leg.session_id, leg.seat, leg.packets, leg.errors, leg.heard_to_ms, row,
                silence if row is first[-1] else None, reason if row is first[-1] else "",
            )
            for row in first
        ]  # fmt: skip

    async def _save(self, reports: list[LegReport]) -> bool:
        """False when it could not be stored now; the rows are kept for the next second."""
        if not any(report.row or report.silence or report.close_reason for report in reports):
            return True
        at_ms = now_ms()
        try:
            changed = await self._store.write(rows.save, reports, at_ms)
        except (SQLAlchemyError, StorageRefused):
            log.warning("audio cannot be stored legs=%d", len(self.legs))
            return False
        for report in reports:
            self._unsaved[report.leg_id] = []
        for session_id in changed:
            await self._publisher.publish(encoder.encode(Changed("transcript", session_id, at_ms)))
        return True

    async def run(self, commit_s: float) -> None:
        """Tick for ever."""
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            await self.tick()
            await asyncio.sleep(max(0.05, commit_s - (loop.time() - started_s)))

    async def heed(self, changes: AsyncIterator[bytes]) -> None:
        """Look at once when one of our sessions changed, so that an end or a withdrawal is acted on in no time."""
        async for message in changes:
            changed = decoder.decode(message)
            if any(leg.session_id == changed.id for leg in self.legs.values()):
                await self.tick(is_second=False)


class RecorderFace:
    """HTTP for web alone."""

    def __init__(self, recorder: Recorder, grants: Grants) -> None:
        self._recorder = recorder
        self._grants = grants
        self.draining = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=OFFER_BYTES_MAX + 1_024)
        app.router.add_post("/legs", self._refusals(self.open))
        app.router.add_delete("/legs/{id}", self._refusals(self.close))
        app.router.add_get("/watch", self.watch)
        app.router.add_get("/healthz", self.healthz)
        return app

    def _refusals(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def run(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except CodedError as error:
                return web.json_response({"code": error.code, "message": error.message}, status=error.http_status)

        return run

    async def open(self, request: web.Request) -> web.Response:
        grant = self._grants.use(_token(request), "open", now_ms())
        try:
            offer = checked_offer((await request.read()).decode())
        except UnicodeDecodeError as error:
            raise BadMessage("The offer is not text.") from error
        seal = SealKey.imported(grant.audio_key)
        leg = Leg(grant.leg_id, grant.session_id, grant.person_id, grant.seat, seal, now_ms())
        answer = await self._recorder.open(leg, offer)
        return web.Response(text=answer, status=201, content_type="application/sdp")

    async def close(self, request: web.Request) -> web.Response:
        grant = self._grants.use(_token(request), "close", now_ms())
        if grant.leg_id != request.match_info["id"]:
            raise NotFound("There is no such leg.")
        await self._recorder.close(grant.leg_id, "left")
        return web.Response(status=204)

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """The ids of all legs as one JSON line, again after each change and every two seconds, until one of us ends."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        while not self.draining.is_set():
            self._recorder.changed.clear()
            try:
                await response.write(json.dumps(sorted(self._recorder.legs)).encode() + b"\n")
            except ConnectionError:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._recorder.changed.wait(), WATCH_S)
        return response

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "legs": len(self._recorder.legs)})


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def main(settings: Settings) -> None:
    """Run the recorder until SIGTERM or SIGINT; then store what is there and close every leg."""
    grants = Grants(load_ring(settings).derive(PURPOSE))
    store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
    await check_revision(store)
    redis = RedisStore(redis_url(settings), connect_s=settings.redis_connect_s, command_s=settings.redis_command_s)
    limits = Limits(settings.leg_gap_s, settings.leg_redial_s, settings.consent_unreadable_s)
    recorder = Recorder(store, redis, limits, settings.recorder_public_address)
    face = RecorderFace(recorder, grants)
    runner = web.AppRunner(face.app(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.recorder_port).start()
    log.info("recorder listens port=%d", settings.recorder_port)
    stopped = asyncio.Event()
    for signal in (SIGTERM, SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal, stopped.set)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(recorder.run(settings.recorder_commit_s)),
            tasks.create_task(recorder.heed(redis.listen())),
        ]
        await stopped.wait()
        for task in running:
            task.cancel()
    face.draining.set()
    await recorder.close_all("draining")
    recorder.changed.set()
    await runner.cleanup()
    await redis.close()
    await store.close()
