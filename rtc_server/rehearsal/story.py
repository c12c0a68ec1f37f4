"""What happens to a rehearsal on the web's side: asked for, stopped, found lost. A worker plays it (`worker.py`).

Easy to break: nobody here knows which workers have a place free. One that is not claimed in time is busy, whether all
places are taken or no worker runs.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import AlreadyInSession, NotYours, RehearsalNotFound
from rtc_server.store import duty, rehearsals, timers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.rehearsals import TOPIC, Rehearsal

log = logging.getLogger(__name__)

Publish = Callable[[str, str, int], Awaitable[None]]  # topic, id, version


@dataclass(frozen=True)
class RehearsalRules:
    """Seconds."""

    claim_s: float


class RehearsalStory:
    """One per web process."""

    def __init__(self, store: Store, publish: Publish, rules: RehearsalRules) -> None:
        self._store = store
        self._publish = publish
        self._rules = rules

    async def start(self, therapist_id: str, rehearsal_id: str) -> Rehearsal:
        """The same id is the same rehearsal; while one is open, that one. Raises AlreadyInSession, NotYours."""

        async def step(connection: AsyncConnection) -> Rehearsal:
            known = await rehearsals.load(connection, rehearsal_id)
            if known is not None:
                if known.therapist_id != therapist_id:
                    raise NotYours("That test session is somebody else's.")
                return known
            newest = await rehearsals.newest_of(connection, therapist_id)
            if newest is not None and newest.state != "ended":
                return newest
            facts = await duty.facts(connection, therapist_id)
            if facts is not None and facts.is_in_session:
                raise AlreadyInSession("You are in a session. A test session can start when it is over.")
            now = now_ms()
            await rehearsals.add(connection, rehearsal_id, therapist_id, now, now + round(self._rules.claim_s * 1_000))
            return _found(await rehearsals.load(connection, rehearsal_id))

        try:
            started = await self._store.write(step)
        except IntegrityError:
            # Pressed in two tabs at once: the index let one of them in.
            started = await self._store.write(step)
        await self._publish(TOPIC, started.id, started.version)
        return started

    async def stop(self, therapist_id: str, rehearsal_id: str) -> Rehearsal:
        """May be repeated. Raises RehearsalNotFound, also for somebody else's."""

        async def step(connection: AsyncConnection) -> Rehearsal:
            known = await rehearsals.load(connection, rehearsal_id)
            if known is None or known.therapist_id != therapist_id:
                raise RehearsalNotFound("There is no such test session.")
            await rehearsals.end(connection, known, "stopped", therapist_id, now_ms())
            return _found(await rehearsals.load(connection, rehearsal_id))

        stopped = await self._store.write(step)
        await self._publish(TOPIC, stopped.id, stopped.version)
        return stopped

    async def newest(self, therapist_id: str) -> Rehearsal | None:
        async with self._store.read() as connection:
            return await rehearsals.newest_of(connection, therapist_id)

    async def fire(self, timer: timers.Timer) -> None:
        """Nobody took it on in time, or the worker that did says nothing any more."""

        async def step(connection: AsyncConnection) -> Rehearsal | None:
            now = now_ms()
            if not await timers.claim(connection, timer.id, now):
                return None
            known = _found(await rehearsals.load(connection, timer.subject_id))
            if known.state == "running" and known.lease_until_ms > now:
                await timers.set_timer(connection, TOPIC, known.id, known.lease_until_ms)
                return None
            reason = "busy" if known.state == "asked" else "lost"
            if not await rehearsals.end(connection, known, reason, None, now):
                return None
            return await rehearsals.load(connection, known.id)

        ended = await self._store.write(step)
        if ended is not None:
            log.info("rehearsal=%s ended reason=%s", ended.id, ended.reason)
            await self._publish(TOPIC, ended.id, ended.version)


def _found(known: Rehearsal | None) -> Rehearsal:
    assert known is not None
    return known
