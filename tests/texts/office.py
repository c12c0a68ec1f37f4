"""Requests, their texts and the worker that sends them, on a real database and a real Redis, without other processes.

The rule that is easy to break: a test says when the worker looks (`work`), so nothing here waits for time to pass.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.people import TherapistProfile
from booking_core.schema import therapist
from rtc_server import pool
from rtc_server.adapters.redis_store import LEASE, RedisStore
from rtc_server.adapters.sms import Twilio
from rtc_server.app import room_rules
from rtc_server.config import Settings
from rtc_server.fanout import Fanout
from rtc_server.outgoing.alert_story import call_back, rules_of
from rtc_server.outgoing.alerts import AlertRules, Kind
from rtc_server.outgoing.sending import SendState
from rtc_server.outgoing.sms_worker import OutboxRules, OutboxWorker
from rtc_server.pool import Request
from rtc_server.presence import person_lease
from rtc_server.store import outbox, schema, timers
from rtc_server.store.database import now_ms
from rtc_server.story import PoolRules, Story
from rtc_server.texts import TERMS_VERSION
from rtc_server.views import Views
from rtc_server.waiting.fairness import Fairness
from rtc_server.waiting.story import WaitingStory, waiting_rules
from rtc_server.waiting.told import Waits, waits_rules
from rtc_server.wire.pool import RequestAgree, RequestPlace
from tests.accounts.house import CARD, PASSWORD_HASH, House, open_house
from tests.texts.double import ACCOUNT_SID, AUTH_TOKEN, SENDER, Double, running

PUBLIC_URL = "https://talk.example"
RULES = rules_of(Settings())


@dataclass
class Office:
    house: House
    redis: RedisStore
    redis_url: str
    twilio: Double
    rules: AlertRules
    call_s: float = 5.0
    failures_max: int = 5
    numbers: int = 0
    clients: dict[str, str] = field(default_factory=dict)
    workers: list[OutboxWorker] = field(default_factory=list)

    @property
    def story(self) -> Story:
        rooms = replace(room_rules(Settings()), alerts=self.rules)
        pool_rules = PoolRules(60.0, self.rules.area_first_s, 120.0, 5.0)
        house = self.house
        return Story(house.store, house.keys, self.redis, self.fanout(), pool_rules, rooms)

    @property
    def waiting(self) -> WaitingStory:
        house = self.house
        rules = replace(waiting_rules(Settings(), b"audit"), area_first_s=self.rules.area_first_s)
        return WaitingStory(house.store, house.keys, house.people, self.fanout(), self.story, rules)

    def fanout(self) -> Fanout:
        house = self.house
        waits = Waits(house.store, house.people, waits_rules(Settings()))
        views = Views(house.store, house.keys, house.people, waits, room_rules(Settings()).limits, has_relay=False)
        fairness = Fairness(house.store)
        return Fanout(house.store, self.redis, views, fairness, area_first_s=60.0, cards_max=50, places_pushed=20)

    def worker(self, *, is_set_up: bool = True) -> OutboxWorker:
        sender = Twilio(ACCOUNT_SID, AUTH_TOKEN, SENDER, api_base=self.twilio.url, call_s=self.call_s)
        rules = OutboxRules(self.rules, PUBLIC_URL, 0.05, self.call_s, self.failures_max, 3_600.0)
        house = self.house
        made = OutboxWorker(house.store, house.keys, house.people, self.redis, sender if is_set_up else None, rules)
        self.workers.append(made)
        return made

    async def work(self) -> None:
        """The worker looks once, and sends what is due."""
        await (self.workers[0] if self.workers else self.worker()).step()

    # People

    async def therapist(self, *, is_reachable: bool = True, phone: str | None = "", **card: object) -> str:
        """A therapist with no page open; `phone` "" is a number of their own."""
        self.numbers += 1
        profile: TherapistProfile = replace(CARD, **card)  # type: ignore[arg-type]
        number = f"+4477009{self.numbers:05}" if phone == "" else phone
        email = f"{uuid.uuid4()}@people.example"
        made = await self.house.people.create_person(
            "therapist", email, "Amara", "Okafor", PASSWORD_HASH, phone=number, therapist=profile
        )
        if is_reachable:
            await self.house.store.write(outbox.set_reachable, made, True)
        return made

    async def number(self, person_id: str) -> str:
        return await self.house.people.phone(person_id) or ""

    async def texts_to(self, person_id: str) -> list[str]:
        return self.twilio.bodies(await self.number(person_id))

    async def open_page(self, person_id: str) -> None:
        async with Redis.from_url(self.redis_url) as redis:
            await redis.set(LEASE + person_lease(person_id), "a page", px=60_000)

    async def approve(self, therapist_id: str, is_approved: bool) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.execute(
                update(therapist).where(therapist.c.person_id == therapist_id).values(is_approved=is_approved)
            )

        await self.house.store.write(body)

    # Requests

    async def place(self, area: str = "mind", *, again: Request | None = None, **form: object) -> Request:
        """By another client each time, or by the client of `again`."""
        if again is None:
            client_id, _ = await self.house.add("client", "Noor", "Canary")
            await self.house.store.write(wallet.top_up, client_id, 20_000, f"top_up:{client_id}", now_ms())
        else:
            client_id = again.client_id
        body = RequestPlace(id=str(uuid.uuid4()), area=area, note="canary note", **form)  # type: ignore[arg-type]
        self.clients[body.id] = client_id
        return await self.story.place(client_id, body)

    async def accept(self, request: Request) -> str:
        """Some therapist on duty, who wants no texts, accepts it."""
        therapist_id = await self.therapist(is_reachable=False)
        await self.house.store.write(_on_duty, therapist_id)
        await self.story.acceptance.accept(therapist_id, request.id)
        return therapist_id

    async def agree(self, request: Request) -> None:
        key, page = str(uuid.uuid4()), str(uuid.uuid4())
        body = RequestAgree(id=request.id, key=key, page_id=page, terms_version=TERMS_VERSION, wants_transcript=False)
        await self.story.agree(request.client_id, body)

    async def cancel(self, request: Request) -> None:
        await self.story.client_step(request.client_id, request.id, pool.ClientCancels())

    async def decline(self, request: Request) -> None:
        await self.story.client_step(request.client_id, request.id, pool.ClientDeclines())

    async def call_back(self, request: Request) -> None:
        await self.house.store.write(call_back, request, now_ms(), self.rules)

    async def widen(self, request: Request) -> None:
        """The request's area time is over."""
        async with self.house.store.read() as connection:
            found = await timers.due(connection, now_ms() + 10**9)
        (timer,) = [one for one in found if one.kind == "request_widens" and one.subject_id == request.id]
        earlier = request.placed_at_ms - int(self.rules.area_first_s * 1000) - 1

        async def body(connection: AsyncConnection) -> None:
            row = schema.request.c.id == request.id
            await connection.execute(update(schema.request).where(row).values(placed_at_ms=earlier))

        await self.house.store.write(body)
        await self.waiting.fire(timer)

    # The outbox

    async def states(self, request: Request, kind: Kind = Kind.WAITING) -> dict[str, SendState]:
        """By person."""
        async with self.house.store.read() as connection:
            return {text.person_id: text.state for text in await outbox.of_request(connection, request.id, kind)}

    async def next_try_after_s(self, request: Request) -> float:
        """How long after it was not accepted the request's one text is tried again."""
        async with self.house.store.read() as connection:
            (text,) = await outbox.of_request(connection, request.id, Kind.WAITING)
        assert text.state is SendState.QUEUED
        return (text.due_at_ms - text.changed_at_ms) / 1000

    async def pass_time(self, seconds: float) -> None:
        """For every text and every cap it is so much later."""
        passed_ms = int(seconds * 1000)
        columns = ("created_at_ms", "due_at_ms", "dies_at_ms", "sent_at_ms", "lease_until_ms")

        async def body(connection: AsyncConnection) -> None:
            moved = {name: schema.outbox.c[name] - passed_ms for name in columns}
            await connection.execute(update(schema.outbox).values(moved))
            cap = schema.reachable.c.texted_at_ms
            await connection.execute(update(schema.reachable).where(cap > 0).values(texted_at_ms=cap - passed_ms))

        await self.house.store.write(body)

    async def rows(self) -> int:
        async with self.house.store.read() as connection:
            return len((await connection.execute(select(schema.outbox.c.id))).all())


async def _on_duty(connection: AsyncConnection, therapist_id: str) -> None:
    await connection.execute(
        schema.duty.insert().values(therapist_id=therapist_id, is_on=True, version=1, since_ms=now_ms())
    )


@asynccontextmanager
async def open_office(folder: Path, redis: RedisStore, redis_url: str) -> AsyncIterator[Office]:
    async with open_house(folder) as house, running() as twilio:
        office = Office(house, redis, redis_url, twilio, RULES)
        stopped = asyncio.Event()
        stopped.set()
        try:
            yield office
        finally:
            for worker in office.workers:
                await worker.run(stopped)
