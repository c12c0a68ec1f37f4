"""Recorder legs by way of web (WHIP, RFC 9725), and the watch that notices a recorder's death.

Web checks seat, both consents and the room, opens the leg's row and forwards the offer with a grant. Media never
passes here. Easy to break: no transaction is open while the recorder is asked.
"""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Protocol

import aiohttp
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from rtc_server.adapters.recorder_grant import Grant, sign
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, RecorderUnavailable, SessionNotFound, StorageRefused
from rtc_server.store import legs as rows
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.types import Changed, encoder

log = logging.getLogger(__name__)

RECORDER_ANSWER_S = 3.0
WATCH_SILENCE_S = 8.0  # a recorder that says nothing for so long is gone
REDIAL_S = 0.5
IN_FLIGHT_MS = 5_000  # a row this young may belong to an offer still on its way to the recorder
UNAVAILABLE = "The transcript cannot be recorded for a moment. The call goes on; trying again."
REFUSED = "The recorder could not use this offer."


class Publisher(Protocol):
    async def publish(self, message: bytes) -> None: ...


async def _publish(publisher: Publisher, session_id: str, at_ms: int) -> None:
    await publisher.publish(encoder.encode(Changed("transcript", session_id, at_ms)))


class LegRoutes:
    """`grant_key` is ring.derive(recorder_grant.PURPOSE). Closing it closes its HTTP client."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        publisher: Publisher,
        *,
        grant_key: bytes,
        grant_s: float,
        recorder_url: str,
    ) -> None:
        self._store = store
        self._keys = keys
        self._publisher = publisher
        self._grant_key = grant_key
        self._grant_s = grant_s
        self._url = recorder_url
        self._client: aiohttp.ClientSession | None = None

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/sessions/{id}/leg": self.open,
            "DELETE /api/sessions/{id}/leg/{leg_id}": self.close_leg,
        }

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def open(self, call: HttpCall) -> web.Response:
        session_id, person_id = call.params["id"], call.viewer.person_id
        leg_id, at_ms = str(uuid.uuid4()), now_ms()
        opened = await self._store.write(rows.open_leg, leg_id, session_id, person_id, at_ms)
        await _publish(self._publisher, session_id, at_ms)
        key = (await self._keys.key_of(opened.client_id)).for_session(session_id)
        expires_ms = at_ms + round(self._grant_s * 1_000)
        grant = Grant("open", leg_id, session_id, person_id, opened.seat, expires_ms, key.export())
        try:
            answer = await self._ask("POST", "/legs", grant, call.raw)
        except (RecorderUnavailable, BadMessage) as error:
            await self._close_row(leg_id, session_id, error.code)
            raise
        location = f"/api/sessions/{session_id}/leg/{leg_id}"
        return web.Response(text=answer, status=201, content_type="application/sdp", headers={"Location": location})

    async def close_leg(self, call: HttpCall) -> web.Response:
        """May be repeated: a leg that is closed stays so."""
        session_id, leg_id = call.params["id"], call.params["leg_id"]
        person_id = call.viewer.person_id
        async with self._store.read() as connection:
            if not await rows.is_leg_of(connection, leg_id, session_id, person_id):
                raise SessionNotFound("There is no such session.")
        expires_ms = now_ms() + round(self._grant_s * 1_000)
        grant = Grant("close", leg_id, session_id, person_id, "", expires_ms, "")
        # Without the recorder there is nothing to stop: the row is closed all the same.
        with contextlib.suppress(RecorderUnavailable):
            await self._ask("DELETE", f"/legs/{leg_id}", grant, b"")
        await self._close_row(leg_id, session_id, "left")
        return web.Response(status=204)

    async def _close_row(self, leg_id: str, session_id: str, reason: str) -> None:
        at_ms = now_ms()
        if await self._store.write(rows.close_leg, leg_id, reason, at_ms):
            await _publish(self._publisher, session_id, at_ms)

    async def _ask(self, method: str, path: str, grant: Grant, body: bytes) -> str:
        """Raises RecorderUnavailable, or BadMessage when it does not take the offer."""
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=RECORDER_ANSWER_S))
        headers = {"Authorization": f"Bearer {sign(self._grant_key, grant)}"}
        try:
            async with self._client.request(method, self._url + path, data=body, headers=headers) as response:
                if response.status in (400, 413):
                    raise BadMessage(REFUSED)
                if response.status not in (201, 204):
                    log.warning("recorder answered status=%d leg=%s", response.status, grant.leg_id)
                    raise RecorderUnavailable(UNAVAILABLE)
                return await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RecorderUnavailable(UNAVAILABLE) from error


class RecorderWatch:
    """Holds a connection to the recorder; when it ends, the legs' rows are closed and the pages told to dial again."""

    def __init__(self, store: Store, publisher: Publisher, *, recorder_url: str) -> None:
        self.is_connected = False
        self._store = store
        self._publisher = publisher
        self._url = recorder_url

    async def run(self) -> None:
        """For ever; cancel to stop."""
        timeout = aiohttp.ClientTimeout(total=None, connect=RECORDER_ANSWER_S, sock_read=WATCH_SILENCE_S)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with client.get(f"{self._url}/watch") as response:
                        response.raise_for_status()  # whoever says no is not the recorder
                        async for line in response.content:
                            self.is_connected = True
                            await self._close_lost(json.loads(line), now_ms() - IN_FLIGHT_MS)
                if self.is_connected:
                    log.warning("recorder lost")
                    self.is_connected = not await self._close_lost([], now_ms())
                await asyncio.sleep(REDIAL_S)

    async def _close_lost(self, living: list[str], opened_before_ms: int) -> bool:
        """False when the database could not be asked now: it is asked again."""
        at_ms = now_ms()
        try:
            async with self._store.read() as connection:
                if not await rows.has_lost(connection, living, opened_before_ms):
                    return True
            lost = await self._store.write(rows.close_lost, living, opened_before_ms, at_ms)
        except (SQLAlchemyError, StorageRefused):
            log.warning("lost legs cannot be closed now")
            return False
        for session_id in lost:
            await _publish(self._publisher, session_id, at_ms)
        return True
