"""Redis that fails in ways of its own is still only away, and nobody reads an answer that was another's."""

import asyncio
import random
import secrets
from pathlib import Path

import pytest
from redis.exceptions import TimeoutError as RedisTimeout

from rtc_server.adapters.redis_store import RedisStore
from rtc_server.errors import PoolUnavailable
from tests.cluster import Cluster
from tests.conftest import IS_SOAK

CANCELLED, AT_ONCE = 10_000 if IS_SOAK else 200, 20


async def test_a_dead_connection_that_cannot_even_be_closed_is_redis_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_pool: object, *, inuse_connections: bool) -> None:
        raise RedisTimeout("Timed out closing connection after 0.5")

    store = RedisStore(f"unix://{tmp_path}/nobody.sock", connect_s=0.5, command_s=0.5)
    monkeypatch.setattr("redis.asyncio.BlockingConnectionPool.disconnect", hang)
    with pytest.raises(PoolUnavailable):
        await store.check()


async def test_calls_that_are_given_up_half_way_leave_nobody_with_anothers_answer(redis_only: Cluster) -> None:
    """A connection whose caller has gone must not hand the next one the answer that was still on its way."""
    store = RedisStore(redis_only.redis_url, connect_s=0.5, command_s=5.0)
    chance = random.Random(7)
    given_up = 0

    async def ask(name: str) -> None:
        # A reservation that stands is told with its holder, and a fresh one begins with who asked.
        held = await store.reserve([f"request:{name}"], 5.0, name)
        assert held.token.startswith(f"{name}:")
        seen = await store.reserve([f"request:{name}"], 5.0, "somebody")
        assert seen.holder == name
        await store.release([f"request:{name}"], held.token)

    async def call_on_call() -> None:
        nonlocal given_up
        while given_up < CANCELLED:
            asking = asyncio.create_task(ask(secrets.token_hex(8)))
            await asyncio.sleep(chance.uniform(0, 0.004))
            asking.cancel()
            (outcome,) = await asyncio.gather(asking, return_exceptions=True)
            given_up += isinstance(outcome, asyncio.CancelledError)
            assert outcome is None or isinstance(outcome, asyncio.CancelledError), repr(outcome)
            await ask(secrets.token_hex(8))

    async with asyncio.timeout(600):
        await asyncio.gather(*(call_on_call() for _ in range(AT_ONCE)))
    await store.close()
