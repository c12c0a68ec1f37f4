"""Installations in which processes may be killed and paused, and Redis taken away."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.cluster import SHORT_TIMES, Cluster, running
from tests.conftest import IS_SOAK, Cast
from tests.eventually import eventually

IN_LINE = 100 if IS_SOAK else 12


@pytest.fixture(scope="package")
def stormy(cluster_folder: Path) -> Iterator[Cluster]:
    """Absence is observed within seconds, or in a soak with the times of the product; requests last."""
    times = {} if IS_SOAK else SHORT_TIMES
    lasting = {"REQUEST_WAIT_S": "1200", "REQUEST_ANSWER_S": "600", "REQUEST_JOIN_S": "300"}
    cluster = Cluster(cluster_folder / "stormy", webs=2, settings={**times, **lasting})
    with running(cluster, therapists=18, clients=36 + 3 * IN_LINE):
        yield cluster


@pytest.fixture
async def stormy_cast(stormy: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(stormy, http) as people:
        yield people

    async def has_redis() -> bool:
        bodies = [await (await http.get(stormy.url(web) + "/readyz")).json() for web in (0, 1)]
        return all(body["redis"] == "ok" for body in bodies)

    await eventually(has_redis, 10, "both have found Redis again")


@pytest.fixture(scope="package")
def fragile(cluster_folder: Path) -> Iterator[Cluster]:
    """Leases are renewed each second, so that a process that comes back late does it soon."""
    cluster = Cluster(cluster_folder / "fragile", webs=2, settings={"LEASE_RENEW_S": "1"})
    with running(cluster, therapists=48, clients=48):
        yield cluster


@pytest.fixture
async def fragile_cast(fragile: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    """Everybody stays on web0, so that web1 may die or stop. Nobody mends it afterwards: most tests start it anew with
    settings of their own, and the others ask for `mended`."""
    async with Cast(fragile, http) as people:
        yield people


@pytest.fixture
def mended(fragile: Cluster) -> Cluster:
    """Both processes run as the installation's settings say, whatever the test before has done."""
    fragile.heal("web1")
    return fragile
