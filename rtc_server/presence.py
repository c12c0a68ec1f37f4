"""Leases of those this process holds sockets of, and absence, which is only ever observed.

Every web process renews the leases of its own people and seats, looks for leases that are gone, and sweeps due
timers. Easy to break: an absence clock lives in memory and runs only while this process and Redis are healthy; when
either comes back, every clock starts anew.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server import pool
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.booked import step as booking_step
from rtc_server.booked.story import BookingStory
from rtc_server.errors import PoolUnavailable
from rtc_server.fanout import Fanout
from rtc_server.pool import State
from rtc_server.rehearsal.story import RehearsalStory
from rtc_server.room import Seat, SeatAbsent
from rtc_server.room_story import RoomStory
from rtc_server.store import duty, rehearsals, requests, rooms, timers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.events import append
from rtc_server.store.requests import Watched
from rtc_server.story import Story
from rtc_server.waiting.story import WaitingStory

log = logging.getLogger(__name__)

LOOK_GAP_S = 5.0  # a process that has not looked for so long was stopped or starved, and has not observed


@dataclass(frozen=True)
class PresenceRules:
    """Seconds."""

    lease_s: float
    observe_s: float
    client_absent_s: float
    therapist_absent_s: float
    duty_absent_s: float


def person_lease(person_id: str) -> str:
    return f"person:{person_id}"


def seat_lease(session_id: str, seat: str) -> str:
    return f"seat:{session_id}:{seat}"


class Absences:
    """How long each lease has been seen missing, on the monotonic clock, by somebody who kept looking."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._looked = clock()

    def start_anew(self) -> None:
        self._since.clear()

    def look(self, found: dict[str, bool]) -> dict[str, float]:
        """Note which leases run; returns seconds of observed absence of those that do not. Forgets all others."""
        now = self._clock()
        if now - self._looked > LOOK_GAP_S:
            self.start_anew()
        self._looked = now
        self._since = {lease: self._since.get(lease, now) for lease, is_held in found.items() if not is_held}
        return {lease: now - since for lease, since in self._since.items()}


class Presence:
    """One per web process."""

    def __init__(
        self,
        store: Store,
        redis: RedisStore,
        fanout: Fanout,
        story: Story,
        waiting: WaitingStory,
        room_story: RoomStory,
        rehearsal_story: RehearsalStory,
        bookings: BookingStory,
        rules: PresenceRules,
    ) -> None:
        self.store = store
        self.redis = redis
        self.fanout = fanout
        self.story = story
        self.waiting = waiting
        self.room_story = room_story
        self.rehearsal_story = rehearsal_story
        self.bookings = bookings
        self.rules = rules
        self.holder = str(uuid.uuid4())
        self._absences = Absences(asyncio.get_running_loop().time)
        self.is_healthy = False
        self._built: str | None = None  # the name of the line in Redis when it was last looked at

    # Leases

    async def take(self, *leases: str) -> None:
        """Start leases at once; when Redis is away the next renewal does it."""
        try:
            await self.redis.take(leases, self.holder, self.rules.lease_s)
        except PoolUnavailable:
            log.warning("leases not taken: Redis is away")

    async def give_back(self, *leases: str) -> None:
        for lease in leases:
            await self.redis.give_back(lease, self.holder)

    async def is_held(self, lease: str) -> bool:
        """Whether somebody holds it; True when Redis cannot say, since absence is only ever observed."""
        try:
            return (await self.redis.leased([lease]))[0]
        except PoolUnavailable:
            return True

    async def renew(self) -> None:
        """A Redis that is full answers what is asked and keeps nothing: leases then run out while everybody is there.
        So each process renews one that is always its own, and observes nothing until a renewal has worked again."""
        own = [f"web:{self.holder}", *(person_lease(person_id) for person_id in self.fanout.by_person)]
        own += [f"seat:{seat}" for socket in self.fanout.sockets.values() for seat in socket.seats]
        try:
            await self.redis.keep(own, self.holder, self.rules.lease_s)
        except PoolUnavailable:
            log.warning("leases not renewed: Redis is away, or full")
            self.is_healthy = False

    # Observation

    async def observe(self) -> None:
        """One look at everybody whose absence would matter."""
        try:
            async with self.store.read() as connection:
                open_requests = await requests.watched(connection)
                in_own_time = await requests.in_own_time(connection, now_ms())
                live = await rooms.live(connection)
                on_duty = await duty.on_duty_ids(connection)
            watched: set[str] = {person_lease(person_id) for person_id in on_duty}
            for request in open_requests:
                watched.add(person_lease(request.client_id))
                if request.therapist_id is not None:
                    watched.add(person_lease(request.therapist_id))
            for room in live:
                watched |= {seat_lease(room.session_id, seat) for seat in Seat if room.seat(seat).is_present}
            leases = sorted(watched)
            found = dict(zip(leases, await self.redis.leased(leases), strict=True))
            built = await self.redis.built()
            is_new = not self.is_healthy or built is None or built != self._built
            if is_new or self.redis.is_line_in_doubt:
                await self.story.rebuild_line()
                self._built = await self.redis.built()
        except PoolUnavailable:
            if self.is_healthy:
                log.warning("Redis is away: absence is not observed")
            self.is_healthy = False
            return
        if is_new:
            # Redis has (again) been seen, or was emptied, and every lease with it: all absence clocks start anew, and
            # our own leases are put back first.
            self.is_healthy = True
            self._absences.start_anew()
            await self.renew()
            return
        away = self._absences.look(found)
        await self._act(away, open_requests, [room.session_id for room in live], on_duty)
        await self._end_own_time(in_own_time, set(on_duty) - {room.therapist_id for room in live})

    async def _end_own_time(self, offered: Sequence[pool.Request], free: set[str]) -> None:
        """Nobody waits for their own therapist alone once that one has gone or is in a session."""
        now = now_ms()
        for request in offered:
            if pool.is_own_time(request, now) and request.own_therapist_id not in free:
                await self.waiting.own_therapist_away(request)

    async def _act(
        self, away: dict[str, float], open_requests: list[Watched], live: list[str], on_duty: Sequence[str]
    ) -> None:
        rules = self.rules
        for request in open_requests:
            if request.state == State.WAITING:
                if away.get(person_lease(request.client_id), 0) >= rules.client_absent_s:
                    await self.story.observe(request.id, pool.ClientAbsent(), request.version)
            elif request.therapist_id and (away.get(person_lease(request.therapist_id), 0) >= rules.therapist_absent_s):
                await self.story.observe(request.id, pool.TherapistAbsent(), request.version)
        for session_id in live:
            for seat in Seat:
                if away.get(seat_lease(session_id, seat), 0) >= rules.therapist_absent_s:
                    await self.room_story.observe(session_id, SeatAbsent(seat))
        for therapist_id in on_duty:
            if away.get(person_lease(therapist_id), 0) >= rules.duty_absent_s:
                await self.set_duty(therapist_id, False)

    async def set_duty(self, therapist_id: str, is_on: bool) -> None:
        """Go on or off duty, and tell."""
        version = await self.store.write(_set_duty, therapist_id, is_on)
        if version is not None:
            await self.fanout.publish("duty", therapist_id, version)

    # Timers

    async def sweep(self) -> None:
        """Fire what is due. Whoever claims a timer acts; a lost race is somebody else's act."""
        async with self.store.read() as connection:
            found = await timers.due(connection, now_ms())
        for timer in found:
            if timer.kind == "request":
                await self.story.fire(timer)
            elif timer.kind in ("request_widens", "request_prompts"):
                await self.waiting.fire(timer)
            elif timer.kind == rehearsals.TOPIC:
                await self.rehearsal_story.fire(timer)
            elif timer.kind == booking_step.TOPIC:
                await self.bookings.fire(timer)
            else:
                await self.room_story.fire(timer)


async def _set_duty(connection: AsyncConnection, therapist_id: str, is_on: bool) -> int | None:
    now = now_ms()
    version = await duty.set_duty(connection, therapist_id, is_on, now)
    if version is not None:
        kind = "OnDuty" if is_on else "OffDuty"
        await append(connection, "duty", therapist_id, version, kind, therapist_id, now)
    return version
