"""A line of people, and Redis killed, hung or emptied under it: nobody is lost, the order stands, the rest goes on."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

import pytest

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.actors.wire import Refused
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.conftest import IN_LINE
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call

T = TypeVar("T")

ANSWERED_S = 2.0
SERVING_S = 5.0


async def timely(attempt: Awaitable[T], limit_s: float = ANSWERED_S) -> T:
    async with asyncio.timeout(limit_s):
        return await attempt


class House:
    """A call under way, a therapist who is free, and a line."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.line: list[ClientActor] = []
        self.order: list[str] = []

    async def fill(self, cast: Cast) -> None:
        self.speaker, self.busy = await cast.client(0), await cast.therapist(1)
        self.session_id = await in_call(self.speaker, self.busy)
        self.free: TherapistActor = await cast.therapist(1)
        self.line = [await cast.client(number % 2) for number in range(IN_LINE)]
        self.order = [(await client.place()).id for client in self.line]
        self.late = await cast.client(0)

    async def stands(self) -> bool:
        """Everybody is told their own place, the therapist sees the line in order, and so does Redis."""
        views = await asyncio.gather(*(client.current() for client in self.line))
        places = {view.id: view.place for view in views if view is not None and view.state == "waiting"}
        shown = [card.id for card in (await self.free.pool()).cards]
        indexed = self.cluster.redis().zrange("qc:waiting:en", 0, -1)
        due = {request_id: place for place, request_id in enumerate(self.order, 1)}
        return (places, shown, indexed) == (due, self.order[: len(shown)], self.order) and bool(shown)

    async def does_what_needs_no_redis(self, cast: Cast) -> None:
        somebody = ClientActor(self.speaker.http, self.cluster.url(1))
        person = cast.person("client")
        await timely(somebody.sign_in(person.email, person.password))
        await timely(self.busy.save_notes(self.session_id, "Redis was away.", 0))
        await timely(self.busy.say(self.session_id, "Still here."))
        await timely(self.speaker.until(lambda: len(self.speaker.chat) == 1), 5)
        await timely(self.speaker.wallet())

    async def leaves(self, index: int) -> None:
        """One of the line goes home."""
        await self.line.pop(index).cancel(self.order.pop(index))

    async def asks_late(self) -> bool:
        try:
            placed = await self.late.place()
        except Refused as refusal:
            assert refusal.code == "try_again"
            return False
        self.line.append(self.late)
        self.order.append(placed.id)
        return True

    async def goes_home(self) -> None:
        await self.busy.end(self.session_id)
        for client, request_id in zip(self.line, self.order, strict=True):
            await client.cancel(request_id)


@pytest.mark.parametrize("fault", ["killed", "hung", "emptied"])
async def test_a_line_outlives_redis_in_its_order(stormy: Cluster, stormy_cast: Cast, fault: str) -> None:
    house = House(stormy)
    await house.fill(stormy_cast)
    await eventually(house.stands, SERVING_S, "the line stands")
    if fault == "emptied":
        stormy.redis().flushall()
    else:
        stormy.kill("redis") if fault == "killed" else stormy.pause("redis")
        for _ in range(3):
            attempts = house.late.place(), house.free.accept(house.order[0])
            await asyncio.gather(*(timely(refused_as("try_again", attempt)) for attempt in attempts))
        await house.does_what_needs_no_redis(stormy_cast)
        await house.leaves(3)
        stormy.start_redis() if fault == "killed" else stormy.resume("redis")
    back = time.monotonic()
    await eventually(house.asks_late, SERVING_S, "the pool serves again")
    served = time.monotonic() - back
    await eventually(house.stands, SERVING_S - served, "nobody is lost and the order is kept")
    print(f"redis {fault}: serving after {served:.1f} s, the line of {IN_LINE} after {time.monotonic() - back:.1f} s")
    await house.leaves(0)
    await eventually(house.stands, SERVING_S, "the line moves on")
    await house.goes_home()
