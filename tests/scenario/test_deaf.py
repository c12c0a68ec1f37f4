"""A web process whose subscription to Redis has gone deaf hears again within seconds, and tells its people."""

import time
from collections.abc import AsyncIterator

import pytest

from rtc_server.actors.people import ClientActor, TherapistActor
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.redis_proxy import Proxy, proxied

HEARS_S = 5.0
# Reading event rows would tell them as well; here only the channel may.
NO_POLL = {"EVENTS_POLL_S": "600"}


@pytest.fixture
async def proxy(fragile: Cluster) -> AsyncIterator[Proxy]:
    async with proxied(fragile.redis_socket) as between:
        yield between
        fragile.heal("web1")


async def hears(client: ClientActor, therapist: TherapistActor) -> bool:
    """Whether a card of another process arrives by the channel."""
    placed = await client.place()
    try:
        await therapist.until_sees(placed.id, 0.4)
    except TimeoutError:
        return False
    finally:
        await client.cancel(placed.id)
    return True


async def listening(cast: Cast) -> tuple[ClientActor, TherapistActor]:
    client, on_duty = await cast.client(0), await cast.therapist(0)
    therapist = await cast.tab(on_duty, 1)
    assert isinstance(therapist, TherapistActor)
    await eventually(lambda: hears(client, therapist), 10, "the other process hears")
    return client, therapist


async def test_a_subscription_that_is_silently_dead_is_dialled_again(
    fragile: Cluster, fragile_cast: Cast, proxy: Proxy
) -> None:
    fragile.restart("web1", REDIS_URL=fragile.redis_url_at(proxy.path), **NO_POLL)
    client, therapist = await listening(fragile_cast)
    assert proxy.deafen() >= 1
    deaf = time.monotonic()
    assert not await hears(client, therapist)
    await eventually(lambda: hears(client, therapist), HEARS_S, "it hears again")
    took = time.monotonic() - deaf
    print(f"deaf subscription: heard again after {took:.1f} s")
    assert took < HEARS_S


async def test_subscriptions_that_redis_has_thrown_out_are_dialled_again(fragile: Cluster, fragile_cast: Cast) -> None:
    fragile.restart("web1", **NO_POLL)
    client, therapist = await listening(fragile_cast)
    assert fragile.redis().client_kill_filter(_type="pubsub") >= 2
    started = time.monotonic()
    await eventually(lambda: hears(client, therapist), HEARS_S, "it hears again")
    assert time.monotonic() - started < HEARS_S
