from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rtc_server.adapters.redis_store import RedisStore
from tests.cluster import Cluster
from tests.texts.office import Office, open_office


@pytest.fixture(scope="session")
def redis_only(cluster_folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(cluster_folder / "texts", webs=0)
    try:
        (cluster.folder / "data").mkdir(parents=True)
        cluster.start_redis()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture
async def office(tmp_path: Path, redis_only: Cluster) -> AsyncIterator[Office]:
    redis = RedisStore(redis_only.redis_url, connect_s=0.5, command_s=2.0)
    async with open_office(tmp_path, redis, redis_only.redis_url) as opened:
        yield opened
    await redis.close()
