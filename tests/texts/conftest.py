from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rtc_server.adapters.redis_store import RedisStore
from tests.cluster import Cluster
from tests.texts.office import Office, open_office


@pytest.fixture
async def office(tmp_path: Path, redis_only: Cluster) -> AsyncIterator[Office]:
    redis = RedisStore(redis_only.redis_url, connect_s=0.5, command_s=2.0)
    async with open_office(tmp_path, redis, redis_only.redis_url) as opened:
        yield opened
    await redis.close()
