"""Cancel, accept and the end of the wait within 20 ms of each other: one of them counts, and all are told alike."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.people import ClientActor, OperatorActor, TherapistActor
from rtc_server.actors.wire import Refused
from rtc_server.wire.pool import RequestView
from tests.cluster import Cluster, running
from tests.conftest import IS_SOAK, Cast

ROUNDS = 2_000 if IS_SOAK else 20
AT_ONCE = 5  # rounds that run beside each other
WAIT_S = 0.6
WITHIN_S = 0.02


@pytest.fixture(scope="module")
def hurried(cluster_folder: Path) -> Iterator[Cluster]:
    """A request expires soon, and within milliseconds of its time."""
    soon = {"REQUEST_WAIT_S": str(WAIT_S), "OBSERVE_S": str(WITHIN_S / 2), "QUEUE_PUSH_S": "0.1"}
    cluster = Cluster(cluster_folder / "hurried", webs=2, settings=soon)
    with running(cluster, therapists=AT_ONCE + 1, clients=AT_ONCE + 1):
        cluster.seed(therapists=0, clients=0, admins=1)
        yield cluster


@pytest.fixture
async def hurry(hurried: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(hurried, http) as people:
        yield people


async def at(moment_ms: float, act: Awaitable[RequestView]) -> RequestView:
    await asyncio.sleep(max(0.0, moment_ms / 1000 - time.time()))
    return await act


class Ring:
    """Whoever is told of one request: its client, the therapist who wants it, another one, and the operator."""

    def __init__(
        self, client: ClientActor, therapist: TherapistActor, onlooker: TherapistActor, operator: OperatorActor
    ) -> None:
        self.client, self.therapist, self.onlooker, self.operator = client, therapist, onlooker, operator

    async def all_at_once(self, chance: random.Random) -> str:
        placed = await self.client.place()
        due_ms = placed.placed_at_ms + WAIT_S * 1000
        cancelled, accepted = await asyncio.gather(
            at(due_ms + chance.uniform(0, WITHIN_S * 1000), self.client.cancel(placed.id)),
            at(due_ms + chance.uniform(0, WITHIN_S * 1000), self.therapist.accept(placed.id)),
            return_exceptions=True,
        )
        final = await self.client.until_request("cancelled", "expired")
        assert final.id == placed.id
        kinds = await self.history(placed.id)
        assert kinds in (["ClientCancels"], ["NobodyCame"], ["Accept", "ClientCancels"])
        is_won = kinds[0] == "Accept"
        assert final.state == ("expired" if kinds == ["NobodyCame"] else "cancelled")
        self.answered(cancelled, None if final.state == "cancelled" else "illegal_transition")
        self.answered(accepted, None if is_won else final.state)
        await self.told(final, is_won)
        return "-".join(kinds)

    def answered(self, answer: RequestView | BaseException, code: str | None) -> None:
        if code is None:
            assert isinstance(answer, RequestView), answer
        else:
            assert isinstance(answer, Refused) and answer.code == code, answer

    async def history(self, request_id: str) -> list[str]:
        lines = (await self.operator.history(request_id)).lines
        steps = ("Accept", "ClientCancels", "NobodyCame", "ClientSilent")
        return [line.kind for line in lines if line.kind in steps]

    async def told(self, final: RequestView, is_won: bool) -> None:
        if is_won:
            gone = await self.therapist.until_request("cancelled")
            assert (gone.id, gone.version) == (final.id, final.version)
        left = await self.onlooker.until_gone(final.id)
        # Whoever never saw it before it was over was never told of it.
        assert left is None or left.state in ({final.state, "taken"} if is_won else {final.state})

        def is_shown() -> bool:
            queue = self.operator.queue
            return queue is not None and (final.id, final.state) in {(one.id, one.state) for one in queue.lately}

        await self.operator.until(is_shown)
        current = await self.therapist.current()
        assert current is None


async def test_cancel_accept_and_timeout_at_once_have_one_outcome_told_alike_to_all(hurry: Cast) -> None:
    operator = await hurry.enter(OperatorActor(hurry.http, hurry.cluster.url(0)), hurry.person("admin"))
    await operator.watch_queue()
    onlooker = await hurry.therapist(0)
    rings = [
        Ring(await hurry.client(number % 2), await hurry.therapist(1), onlooker, operator) for number in range(AT_ONCE)
    ]
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS // AT_ONCE):
        chance = random.Random(number)
        outcomes.update(await asyncio.gather(*(ring.all_at_once(chance) for ring in rings)))
    print(f"cancel, accept and timeout within {WITHIN_S * 1000:.0f} ms, {ROUNDS} times: {dict(outcomes)}")


async def test_a_request_nobody_takes_expires(hurry: Cast) -> None:
    client = await hurry.client()
    placed = await client.place()
    assert (await client.until_request("expired")).id == placed.id
