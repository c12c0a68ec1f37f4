"""What follows each change of state: load, advance, one transaction, publish. The only place where steps are taken.

A step is one row change, one event row, its timers and, where it moves any, money, in one SQL transaction; only then
is anyone told, by `Changed` alone. A lost race is a normal branch. Easy to break: money functions take the open
transaction, and nothing but the database is awaited inside it, so keys and Redis come before or after.
"""

import hashlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.errors import InsufficientFunds
from booking_core.schema import service, therapist
from rtc_server import pool
from rtc_server.adapters.redis_store import Moved, RedisStore
from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import AlreadyInSession, NotYours, OpenRequestExists, RequestNotFound, TermsOutdated
from rtc_server.fanout import Fanout
from rtc_server.money import settlement
from rtc_server.outgoing import alert_story
from rtc_server.people import guardians
from rtc_server.pool import Request, State
from rtc_server.room import Agreed
from rtc_server.room_story import RoomRules, end_with_request, save_request, step_room, transact
from rtc_server.store import (
    agreements,
    callbacks,
    conversations,
    duty,
    events,
    rehearsals,
    requests,
    rooms,
    timers,
    transcripts,
)
from rtc_server.store.database import Store, now_ms
from rtc_server.store.idempotency import is_repeat
from rtc_server.waiting.acceptance import Acceptance
from rtc_server.wire.pool import RequestAgree, RequestPlace
from rtc_server.wire.types import Changed

log = logging.getLogger(__name__)
# Why a room ends when its request leaves it, by the state the request was in.
LEFT_REASON = {State.ACCEPTED: "not_agreed", State.JOINING: "never_joined"}


Guard = Callable[[Request], pool.Event | None]
Also = Callable[[AsyncConnection, Request, int], Awaitable[None]]  # the request after the step, now in ms


@dataclass(frozen=True)
class PoolRules:
    own_first_s: float
    area_first_s: float
    prompt_after_s: float
    reservation_s: float
    failpoint: str = ""
    time_zone: str = "Europe/London"  # where somebody's birthday begins


class Story:
    """Takes the steps of requests. One per web process."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        redis: RedisStore,
        fanout: Fanout,
        pool_rules: PoolRules,
        room_rules: RoomRules,
    ) -> None:
        self.store = store
        self.keys = keys
        self.redis = redis
        self.fanout = fanout
        self.pool_rules = pool_rules
        self.room_rules = room_rules
        self.acceptance = Acceptance(
            store, redis, room_rules, self._tell, self._fail_at, pool_rules.area_first_s, pool_rules.reservation_s
        )

    def _fail_at(self, name: str) -> None:
        """In tests: die here, or with `NAME:pause` stop until somebody sends SIGCONT."""
        if self.pool_rules.failpoint == name:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.pool_rules.failpoint == f"{name}:pause":
            os.kill(os.getpid(), signal.SIGSTOP)

    # Place

    async def place(self, client_id: str, body: RequestPlace) -> Request:
        """The same id is the same request.

        Raises PoolUnavailable, OpenRequestExists, AlreadyInSession, InsufficientFunds, GuardianNeeded.
        """
        async with self.store.read() as connection:
            known = await requests.load(connection, body.id)
        if known is not None:
            if known.client_id != client_id:
                raise NotYours("That request is somebody else's.")
            return known
        await guardians.require(
            self.store, self.fanout.views.people, client_id, guardians.today(self.pool_rules.time_zone)
        )
        await self.redis.check()
        key = await self.keys.key_of(client_id)
        issue = key.seal_text(body.issue, "request", body.id, "issue_sealed")
        note = key.seal_text(body.note, "request", body.id, "note_sealed")

        async def step(connection: AsyncConnection) -> Request:
            return await self._insert(connection, client_id, body, issue, note)

        try:
            placed = await self.store.write(step)
        except IntegrityError as error:
            raise OpenRequestExists("You are already waiting for someone.") from error
        await self._tell(None, placed, None)
        return placed

    async def _insert(
        self, connection: AsyncConnection, client_id: str, body: RequestPlace, issue: bytes, note: bytes
    ) -> Request:
        if await requests.open_of_client(connection, client_id) is not None:
            raise OpenRequestExists("You are already waiting for someone.")
        if await rooms.live_of(connection, client_id) is not None:
            raise AlreadyInSession("You are in a session. Go back to it from your home page.")
        # Whatever a scripted client places is a rehearsal for its therapist, and costs nothing.
        only_for = await rehearsals.scripted_for(connection, client_id)
        listed = select(service.c.price_pence).where(service.c.id == "quick")
        price = 0 if only_for is not None else (await connection.execute(listed)).scalar_one()
        funds = await wallet.balances(connection, client_id, "client")
        is_allowed = await settlement.quick_cover(connection, client_id, now_ms()) is not None
        if funds.available_pence < price and not is_allowed:
            raise InsufficientFunds("Your wallet does not cover this session. Nothing was taken.")
        now = now_ms()
        kept = await callbacks.kept_place(connection, client_id, now)
        own_therapist_id = await duty.own_free(connection, client_id, body.language, body.therapist_gender)
        placed = Request(
            id=body.id,
            client_id=client_id,
            state=State.WAITING,
            version=1,
            place=await requests.draw_place(connection) if kept is None else kept.place,
            area=body.area,
            language=body.language,
            therapist_gender=body.therapist_gender,
            is_chat_only=body.is_chat_only,
            is_worried=body.is_worried,
            price_pence=price,
            only_for=only_for,
            is_rehearsal=only_for is not None,
            placed_at_ms=now,
            state_since_ms=now,
            due_at_ms=self.room_rules.request_limits.due_at_ms(pool.Limit.WAIT, now),
            own_therapist_id=own_therapist_id,
            own_until_ms=now + int(self.pool_rules.own_first_s * 1000) if own_therapist_id else None,
        )
        await requests.add(connection, placed, issue_sealed=issue, note_sealed=note)
        await events.append(connection, "request", placed.id, 1, "Placed", client_id, now)
        await timers.set_timer(connection, "request", placed.id, placed.due_at_ms)
        widens = pool.next_widening_ms(placed, now, self.pool_rules.area_first_s)
        await timers.set_timer(connection, "request_widens", placed.id, widens)
        if not placed.is_rehearsal:
            prompts = now + int(self.pool_rules.prompt_after_s * 1000)
            await timers.set_timer(connection, "request_prompts", placed.id, prompts)
            await callbacks.use_all(connection, client_id, now)
        await alert_story.after_step(connection, None, placed, now, self.room_rules.alerts)
        return placed

    # Yes

    async def agree(self, client_id: str, body: RequestAgree) -> Request:
        """The client's yes: hold, terms, consent and step in one transaction. Raises TermsOutdated, KeyReused,
        InsufficientFunds, IllegalTransition. A retry with the same key is the same yes."""
        digest = hashlib.sha256(msgspec.json.encode(body)).digest()

        async def step(connection: AsyncConnection) -> tuple[Request | None, Request]:
            before = await self._required(connection, body.id)
            if before.client_id != client_id:
                raise RequestNotFound("There is no such request.")
            if await is_repeat(connection, client_id, body.key, digest, body.id, now_ms()):
                return None, before
            terms = await agreements.in_force(connection, "terms", now_ms())
            if body.terms_version != terms.version:
                raise TermsOutdated("The terms have changed. Please read them again.")
            return before, await self._agree_step(connection, before, body)

        before, after = await transact(self.store, step)
        if before is not None:
            await self._tell(before, after, after.session_id)
        return after

    async def _agree_step(self, connection: AsyncConnection, before: Request, body: RequestAgree) -> Request:
        now = now_ms()
        client_id = before.client_id
        after = await save_request(connection, before, pool.ClientAgrees(), now, self.room_rules, client_id)
        assert before.session_id is not None and before.therapist_id is not None
        session_id, therapist_id = before.session_id, before.therapist_id
        price = before.price_pence
        await settlement.set_aside(connection, session_id, client_id, therapist_id, settlement.QUICK, price, now, now)
        if not before.is_rehearsal:
            await conversations.ensure(connection, client_id, therapist_id, now)
        standing = bool(
            (
                await connection.execute(
                    select(therapist.c.transcripts_on).where(therapist.c.person_id == therapist_id)
                )
            ).scalar_one()
        )
        wants = body.wants_transcript
        read = (await agreements.in_force(connection, "transcript", now)).version
        consents = [
            rooms.Consent(client_id, "terms", True, body.terms_version, "yes"),
            rooms.Consent(client_id, "transcript", wants, read, "yes"),
            rooms.Consent(therapist_id, "transcript", standing, read, "standing"),
        ]
        await rooms.add_consents(connection, session_id, consents, now)
        await transcripts.open_transcript(connection, session_id, wants and standing, now)
        room = await rooms.load(connection, session_id)
        assert room is not None
        await step_room(connection, room, Agreed(), now, self.room_rules, client_id)
        return after

    # The other steps

    async def client_step(self, client_id: str, request_id: str, event: pool.Event) -> Request:
        """Decline or cancel. Raises RequestNotFound for somebody else's, IllegalTransition."""

        def guard(request: Request) -> pool.Event | None:
            if request.client_id != client_id:
                raise RequestNotFound("There is no such request.")
            already = isinstance(event, pool.ClientCancels) and request.state is State.CANCELLED
            return None if already else event

        return await self._step(request_id, guard, client_id)

    async def withdraw(self, therapist_id: str, request_id: str) -> Request:
        def guard(request: Request) -> pool.Event:
            if request.therapist_id != therapist_id:
                raise RequestNotFound("There is no such request.")
            return pool.TherapistWithdraws()

        return await self._step(request_id, guard, therapist_id)

    async def observe(self, request_id: str, event: pool.Event, version: int) -> None:
        """Absence observed while the request stood at `version`; nothing when it has moved on."""
        await self._step(request_id, lambda request: event if request.version == version else None, None)

    async def fire(self, timer: timers.Timer) -> None:
        """A request's own time has passed."""
        await self._step(timer.subject_id, None, None, timer)

    async def step(self, request_id: str, guard: Guard, by: str | None, also: Also | None = None) -> Request:
        """Take the step that `guard` chooses, if any; `also` writes what belongs to it in the same transaction."""
        return await self._step(request_id, guard, by, also=also)

    async def _step(
        self,
        request_id: str,
        guard: Guard | None,
        by: str | None,
        timer: timers.Timer | None = None,
        also: Also | None = None,
    ) -> Request:
        async def step(connection: AsyncConnection) -> tuple[Request, Request]:
            now = now_ms()
            if timer is not None and not await timers.claim(connection, timer.id, now):
                before = await self._required(connection, request_id)
                return before, before
            before = await self._required(connection, request_id)
            event = guard(before) if guard is not None else await self._due_event(connection, before, now)
            if event is None:
                return before, before
            after = await save_request(connection, before, event, now, self.room_rules, by)
            if before.session_id is not None and (after.session_id is None or after.state in pool.FINAL):
                reason = LEFT_REASON.get(before.state, "length")
                await end_with_request(connection, before.session_id, reason, now, self.room_rules, by)
            if also is not None:
                await also(connection, after, now)
            return before, after

        before, after = await transact(self.store, step)
        if after is not before:
            await self._tell(before, after, before.session_id)
        return after

    async def _due_event(self, connection: AsyncConnection, request: Request, now: int) -> pool.Event | None:
        if request.due_at_ms is None or request.due_at_ms > now:
            return None
        room = await rooms.load(connection, request.session_id) if request.session_id else None
        return pool.time_passed(
            request,
            client_joined=room is not None and room.client.is_present,
            therapist_joined=room is not None and room.therapist.is_present,
        )

    async def _required(self, connection: AsyncConnection, request_id: str) -> Request:
        request = await requests.load(connection, request_id)
        if request is None:
            raise RequestNotFound("There is no such request.")
        return request

    async def _tell(self, before: Request | None, after: Request, session_id: str | None) -> None:
        """Keep the line in Redis and tell what changed: the room first, since a picture may wait for it."""
        self._fail_at("before_publish")
        moved = None
        if before is None or (before.state is State.WAITING) != (after.state is State.WAITING):
            is_in_line = after.state is State.WAITING and not after.is_rehearsal
            moved = Moved(after.language, after.id, after.place if is_in_line else None)
        changes = [Changed("request", after.id, after.version)]
        if session_id is not None:
            changes.insert(0, Changed("room", session_id, 0))
        for owner in {_owner(before), _owner(after)}:
            if owner is not None and _owner(before) != _owner(after):
                changes.append(Changed("duty", owner, 0))
        await self.fanout.tell(*changes, moved=moved)

    async def rebuild_line(self) -> None:
        """Write the order of who waits into Redis anew. Raises PoolUnavailable."""

        async def read() -> list[tuple[str, str, int]]:
            async with self.store.read() as connection:
                return [(one.language, one.id, one.place) for one in await requests.line(connection)]

        await self.redis.build(read)

    async def rank(self, request: Request) -> int:
        """How many wait before this one in the same language."""
        rank = await self.redis.rank(request.language, request.id)
        if rank is not None:
            return rank
        async with self.store.read() as connection:
            return await requests.rank(connection, request)


def _owner(request: Request | None) -> str | None:
    """Who is busy with this request."""
    return request.therapist_id if request is not None and request.state in pool.OWNED else None
