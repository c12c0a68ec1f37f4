"""Who gets a request: the door of this process, the reservation in Redis, then the row.

Losers are turned away as cheaply as they can be, since there are many: at the door when somebody of this process is
there already, else by one script in Redis; neither reaches SQL. The row decides. Easy to break: `tell` comes before the
reservation is given back, so that whoever reserves next finds the card gone (docs/decisions/0006).
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server import pool
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.errors import AlreadyInSession, AlreadyTaken, LostRace, NotOnDuty, RequestNotFound
from rtc_server.pool import Request, State
from rtc_server.room import Room
from rtc_server.room_story import RACE_TRIES, RoomRules, save_request
from rtc_server.store import duty, events, requests, rooms
from rtc_server.store.database import Store, now_ms


class Acceptance:
    """One per web process. `tell(before, after, session id)` follows the commit."""

    def __init__(
        self,
        store: Store,
        redis: RedisStore,
        rules: RoomRules,
        tell: Callable[[Request, Request, str | None], Awaitable[None]],
        fail_at: Callable[[str], None],
        area_first_s: float,
        reservation_s: float,
    ) -> None:
        self.store = store
        self.redis = redis
        self.rules = rules
        self._tell = tell
        self._fail_at = fail_at
        self.area_first_s = area_first_s
        self.reservation_s = reservation_s
        # By request id: the therapist of this process who is at the door, and since when.
        self._accepting: dict[str, tuple[str, int]] = {}

    async def accept(self, therapist_id: str, request_id: str) -> Request:
        """The first to accept has it. Raises AlreadyTaken, AlreadyCancelled, AlreadyExpired, NotOnDuty,
        AlreadyInSession, PoolUnavailable; accepting what one already holds is the same accept."""
        first = self._accepting.get(request_id)
        if first is not None:
            # The first of this process is at the door; whoever comes meanwhile need not ask Redis.
            holder, since_ms = first
            return await self._already_reserved(therapist_id, request_id, holder, now_ms() - since_ms)
        self._accepting[request_id] = therapist_id, now_ms()
        try:
            return await self._accept(therapist_id, request_id)
        finally:
            del self._accepting[request_id]

    async def _accept(self, therapist_id: str, request_id: str) -> Request:
        # Nothing is read before this, so that losers never reach SQL. The request stands for its client, who has one
        # open request at most; that both are free is the last word of the unique indexes.
        keys = [f"request:{request_id}", f"therapist:{therapist_id}"]
        reserved = await self.redis.reserve(keys, self.reservation_s, therapist_id)
        if not reserved.token:
            return await self._already_reserved(therapist_id, request_id, reserved.holder, reserved.behind_ms)
        self._fail_at("after_reserve")
        try:
            before, accepted = await self._take(therapist_id, request_id)
            if accepted is not before:
                self._fail_at("after_commit")
                await self._tell(before, accepted, accepted.session_id)
            return accepted
        except IntegrityError as error:
            raise AlreadyInSession("One of you is in another session.") from error
        finally:
            await self.redis.release(keys, reserved.token)

    async def _take(self, therapist_id: str, request_id: str) -> tuple[Request, Request]:
        """Read outside the transaction, so that those who come late do not queue for the writer; the version fences."""
        for _ in range(RACE_TRIES):
            before = await self._read(request_id)
            if before.therapist_id == therapist_id and before.state in pool.OWNED:
                return before, before
            with contextlib.suppress(LostRace):
                return before, await self.store.write(self._accept_step, before, therapist_id)
        raise AlreadyTaken("This could not be taken. The pool shows who is waiting now.")

    async def _already_reserved(self, therapist_id: str, request_id: str, holder: str, behind_ms: int) -> Request:
        """Somebody is at it. When it is this therapist's own double click, wait for that one's answer."""
        if holder != therapist_id:
            raise AlreadyTaken("Another therapist was first.", behind_ms=max(0, behind_ms))
        for _ in range(20):
            await asyncio.sleep(0.05)
            request = await self._read(request_id)
            if request.therapist_id == therapist_id and request.state in pool.OWNED:
                return request
            if request.state is not State.WAITING:
                self._too_late(request, therapist_id)
        raise AlreadyTaken("This could not be taken. The pool shows who is waiting now.")

    def _too_late(self, request: Request, therapist_id: str) -> None:
        """Raises what became of a request that waits no longer."""
        pool.advance(request, pool.Accept(therapist_id, ""), now_ms(), self.rules.request_limits)

    async def _accept_step(self, connection: AsyncConnection, before: Request, therapist_id: str) -> Request:
        now = now_ms()
        room_id = str(uuid.uuid4())
        event = pool.Accept(therapist_id, room_id)
        if before.state is not State.WAITING:
            self._too_late(before, therapist_id)
        facts = await duty.facts(connection, therapist_id)
        if facts is None or not (facts.is_on_duty or before.is_rehearsal):
            raise NotOnDuty("Go on duty to accept.")
        if facts.is_in_session:
            raise AlreadyInSession("You are in a session.")
        if not pool.may_see(before, facts, now, self.area_first_s):
            raise RequestNotFound("That request is not in your pool.")
        after = await save_request(connection, before, event, now, self.rules, therapist_id)
        fresh = Room(
            session_id=room_id,
            client_id=before.client_id,
            therapist_id=therapist_id,
            request_id=before.id,
            version=1,
            created_at_ms=now,
            area=before.area,
            language=before.language,
            is_chat_only=before.is_chat_only,
            price_pence=before.price_pence,
            is_rehearsal=before.is_rehearsal,
        )
        await rooms.add(connection, fresh)
        await events.append(connection, "room", room_id, 1, "Warming", therapist_id, now)
        return after

    async def _read(self, request_id: str) -> Request:
        async with self.store.read() as connection:
            request = await requests.load(connection, request_id)
        if request is None:
            raise RequestNotFound("There is no such request.")
        return request
