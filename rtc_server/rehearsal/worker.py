"""The worker's share of rehearsals: takes asked ones on, signs their scripted client in, and keeps their leases.

Owns places, not the script (`client.py`). Easy to break: the scripted client knows no password, because it has
none. Its sign-in is made here as a row, lasts no longer than the rehearsal, and can do what any client's can.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import ssl
import time
import uuid
from dataclasses import dataclass

import aiohttp
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from booking_core.people import People
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.auth import TOKEN_BYTES, hash_password, token_hash_of
from rtc_server.config import Settings
from rtc_server.errors import StorageRefused
from rtc_server.rehearsal.client import ScriptedClient, Times
from rtc_server.store import rehearsals as rows
from rtc_server.store import sign_ins
from rtc_server.store.database import Store, now_ms
from rtc_server.store.rehearsals import TOPIC, Rehearsal
from rtc_server.wire.types import Changed, encoder

log = logging.getLogger(__name__)

FIRST_NAME, LAST_NAME = "Robin", "Test"
ADULT_BORN = "1990-01-01"
SIGN_IN_EXTRA_S = 60.0  # past the rehearsal's own end, to leave in good order
LEAVE_S = 5.0


@dataclass(frozen=True)
class Places:
    """How many at once on this machine, how long each, and how web is reached. `origin` is what browsers send."""

    count: int
    wait_s: float
    length_s: float
    lease_s: float
    poll_s: float
    web_url: str
    origin: str
    tls: ssl.SSLContext | None


def tls_to_web(settings: Settings) -> ssl.SSLContext | None:
    """Trusts the certificate that web itself was given, which may be signed by this machine alone."""
    return ssl.create_default_context(cafile=settings.tls_file) if settings.tls_file else None


def places_of(settings: Settings) -> Places:
    return Places(
        count=settings.rehearsals_max,
        wait_s=settings.rehearsal_wait_s,
        length_s=settings.rehearsal_s,
        lease_s=settings.rehearsal_lease_s,
        poll_s=settings.worker_poll_s,
        web_url=settings.resolved_web_url(),
        origin=settings.resolved_public_url(),
        tls=tls_to_web(settings),
    )


@dataclass
class _Play:
    task: asyncio.Task[None]
    stopped: asyncio.Event


class Rehearsing:
    """One per worker."""

    def __init__(self, store: Store, people: People, redis: RedisStore, places: Places) -> None:
        self._store = store
        self._people = people
        self._redis = redis
        self._places = places
        self._worker = uuid.uuid4().hex
        self._machine = socket.gethostname()
        self._plays: dict[str, _Play] = {}
        self._renewed_s = 0.0
        self.woken = asyncio.Event()

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped`; then the scripted clients leave."""
        while not stopped.is_set():
            self.woken.clear()
            try:
                await self._step()
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("rehearsals cannot use the database now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), self._places.poll_s)
        await self._end()

    async def _step(self) -> None:
        now_s = time.monotonic()
        if self._plays and now_s - self._renewed_s > self._places.lease_s / 3:
            await self._store.write(rows.renew, self._worker, self._lease_ms())
            self._renewed_s = now_s
        async with self._store.read() as connection:
            meant = await rows.running(connection, list(self._plays)) if self._plays else set()
            asked = await rows.asked(connection)
        for rehearsal_id, play in self._plays.items():
            if rehearsal_id not in meant:
                play.stopped.set()
        for one in asked:
            if len(self._plays) < self._places.count:
                await self._claim(one)

    def _lease_ms(self) -> int:
        return now_ms() + round(self._places.lease_s * 1_000)

    async def _claim(self, asked: Rehearsal) -> None:
        count = self._places.count
        claimed = await self._store.write(
            rows.claim, asked, self._worker, self._machine, count, now_ms(), self._lease_ms()
        )
        if claimed is None:
            return
        log.info("rehearsal=%s asked->running", claimed.id)
        await self._publish(claimed.id, claimed.version)
        stopped = asyncio.Event()
        self._plays[claimed.id] = _Play(asyncio.create_task(self._play(claimed, stopped)), stopped)

    async def _play(self, claimed: Rehearsal, stopped: asyncio.Event) -> None:
        try:
            try:
                reason = await self._signed_in(claimed, stopped)
            except (Refused, Disconnected) as error:
                log.warning("rehearsal=%s broke off error=%s", claimed.id, type(error).__name__)
                reason = "lost"
            if await self._store.write(rows.end, claimed, reason, None, now_ms()):
                log.info("rehearsal=%s running->ended reason=%s", claimed.id, reason)
                await self._publish(claimed.id, claimed.version + 1)
        except (SQLAlchemyError, StorageRefused) as error:
            # Its lease runs out, and web says that it was lost.
            log.warning("rehearsal=%s cannot use the database error=%s", claimed.id, type(error).__name__)
        finally:
            del self._plays[claimed.id]
            self.woken.set()

    async def _signed_in(self, claimed: Rehearsal, stopped: asyncio.Event) -> str:
        places = self._places
        client_id = await self._client_for(claimed.therapist_id)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        hashed, now = token_hash_of(token), now_ms()
        until_ms = now + round((places.length_s + SIGN_IN_EXTRA_S) * 1_000)
        await self._store.write(sign_ins.add, hashed, client_id, now, now, until_ms)
        connector = aiohttp.TCPConnector(ssl=places.tls or True)
        try:
            async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
                times = Times(places.wait_s, places.length_s)
                client = ScriptedClient(http, places.web_url, places.origin, token, claimed.id, times, stopped)
                return await client.run()
        finally:
            await self._store.write(sign_ins.end, hashed, client_id, now_ms())

    async def _client_for(self, therapist_id: str) -> str:
        """This therapist's scripted client, made at their first rehearsal, with a password that nobody has seen."""
        async with self._store.read() as connection:
            known = await rows.client_for(connection, therapist_id)
        if known is not None:
            return known
        unknown = await asyncio.to_thread(hash_password, secrets.token_urlsafe(TOKEN_BYTES))
        address = f"{uuid.uuid4().hex}@rehearsal.invalid"
        made = await self._people.create_person(
            "client", address, FIRST_NAME, LAST_NAME, unknown, date_of_birth=ADULT_BORN
        )
        try:
            await self._store.write(rows.keep_client, therapist_id, made)
        except IntegrityError:
            async with self._store.read() as connection:
                known = await rows.client_for(connection, therapist_id)
            assert known is not None, "another worker made one"
            return known
        return made

    async def _publish(self, rehearsal_id: str, version: int) -> None:
        await self._redis.publish(encoder.encode(Changed(TOPIC, rehearsal_id, version)))

    async def _end(self) -> None:
        plays = list(self._plays.values())
        for play in plays:
            play.stopped.set()
        if plays:
            _, late = await asyncio.wait([play.task for play in plays], timeout=LEAVE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
