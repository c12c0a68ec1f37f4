"""Redis that fails in ways of its own is still only away."""

from pathlib import Path

import pytest
from redis.exceptions import TimeoutError as RedisTimeout

from rtc_server.adapters.redis_store import RedisStore
from rtc_server.errors import PoolUnavailable


async def test_a_dead_connection_that_cannot_even_be_closed_is_redis_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_pool: object, *, inuse_connections: bool) -> None:
        raise RedisTimeout("Timed out closing connection after 0.5")

    store = RedisStore(f"unix://{tmp_path}/nobody.sock", connect_s=0.5, command_s=0.5)
    monkeypatch.setattr("redis.asyncio.BlockingConnectionPool.disconnect", hang)
    with pytest.raises(PoolUnavailable):
        await store.check()
