"""What tests stand on: real processes, actors who are signed in, and a last line that says what was skipped.

Clusters live as long as the test run, people as long as one test: each test takes seeded people nobody has used yet,
so that no test sees another's requests.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self, TypeVar

import aiohttp
import pytest

from rtc_server.actors.people import Actor, ClientActor, TherapistActor
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.pool import BEFORE_SESSION
from tests.cluster import SHORT_TIMES, Cluster, Person, running
from tests.texts.office import Office, open_office

A = TypeVar("A", bound=Actor)
IS_SOAK = os.environ.get("QC_SOAK") == "1"
SHARED_CLUSTERS = ("pair", "hasty", "stormy", "fragile")  # each by the tests of several files
RACERS = 200 if IS_SOAK else 50  # therapists who want one card
TAKERS, ASKERS = (50, 200) if IS_SOAK else (6, 20)  # therapists and clients of a busy hour


class FailuresAtOnce:
    """Names each failure when it happens: the run goes on for minutes, and its report stands at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\nFAILED ({report.when}) {report.nodeid}")


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        config.pluginmanager.register(FailuresAtOnce(config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        terminalreporter.write_line("Nothing was skipped.")
        return
    terminalreporter.write_line(f"SKIPPED, so not shown by this run ({len(skipped)}):")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"  {report.nodeid}: {reason.removeprefix('Skipped: ')}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Two processes share the tests (`-n 2`); what stands on one cluster stays together, so that it is started once.
    Marked here, since xdist reads the marks before the last of the hooks that order tests."""
    item.add_marker(pytest.mark.xdist_group(_group(item)))
    if "browsers" in getattr(item, "fixturenames", ()):
        # Browsers that are shared by tests speak to the event loop in which they were started.
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffling: the long groups first, so that both processes end at about the same time. The browser tests
    are the longest, those that share a call before those that need new people. In a soak they come last, with nothing
    beside them: it is run for its figures."""
    order = {"browser": 4 if IS_SOAK else 0, "pair": 1, "hasty": 2}
    items.sort(key=lambda item: (order.get(_group(item), 3), _shared_call(item)))
    if os.environ.get("PYTEST_XDIST_WORKER") and not all("@" in item.nodeid for item in items):
        raise pytest.UsageError("xdist did not read the groups: each process would start every cluster anew")


def _group(item: pytest.Item) -> str:
    if "browser" in item.path.parts:
        return "browser"
    needed = getattr(item, "fixturenames", ())
    return next((cluster for cluster in SHARED_CLUSTERS if cluster in needed), str(item.path.name))


def _shared_call(item: pytest.Item) -> str:
    names = getattr(item, "fixturenames", ())
    return next((call for call in ("recorded", "talk") if call in names), "theirs")


@pytest.fixture(scope="session")
def cluster_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(scope="session")
def pair(cluster_folder: Path) -> Iterator[Cluster]:
    """Two web processes with the times of the product."""
    with running(
        Cluster(cluster_folder / "pair", webs=2), therapists=140 + TAKERS + RACERS, clients=196 + ASKERS
    ) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def hasty(cluster_folder: Path) -> Iterator[Cluster]:
    """Two web processes where everything that happens by itself happens within seconds."""
    cluster = Cluster(cluster_folder / "hasty", webs=2, settings=SHORT_TIMES)
    with running(cluster, therapists=40, clients=40):
        yield cluster


class Cast:
    """Hands out people of one cluster, signed in and connected, and sends them home afterwards."""

    def __init__(self, cluster: Cluster, http: aiohttp.ClientSession) -> None:
        self.cluster = cluster
        self.http = http
        self._actors: list[Actor] = []

    def person(self, role: str) -> Person:
        for index, person in enumerate(self.cluster.people):
            if person.role == role:
                return self.cluster.people.pop(index)
        raise AssertionError(f"the cluster was seeded with too few of {role}")

    async def client(self, web: int = 0) -> ClientActor:
        return await self.enter(ClientActor(self.http, self.cluster.url(web)), self.person("client"))

    async def therapist(self, web: int = 0, *, is_on_duty: bool = True) -> TherapistActor:
        actor = await self.enter(TherapistActor(self.http, self.cluster.url(web)), self.person("therapist"))
        if is_on_duty:
            await actor.go_on_duty()
        return actor

    async def therapists(self, count: int) -> list[TherapistActor]:
        """On duty, spread over all web processes."""
        webs = len(self.cluster.ports)
        return list(await asyncio.gather(*(self.therapist(number % webs) for number in range(count))))

    async def enter(self, actor: A, person: Person) -> A:
        await actor.sign_in(person.email, person.password)
        await actor.connect()
        self._actors.append(actor)
        return actor

    async def tab(self, actor: Actor, web: int = 0) -> Actor:
        """Another page of the same sign-in."""
        other = type(actor)(self.http, self.cluster.url(web))
        other.token = actor.token
        await other.connect()
        self._actors.append(other)
        return other

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_home()

    async def go_home(self) -> None:
        for actor in self._actors:
            if isinstance(actor, ClientActor) and actor.is_connected:
                with contextlib.suppress(Disconnected):
                    await self._take_back(actor)
        for actor in self._actors:
            if isinstance(actor, TherapistActor) and actor.is_connected:
                with contextlib.suppress(Disconnected):
                    await actor.go_off_duty()
        await asyncio.gather(*(actor.close() for actor in self._actors))

    async def _take_back(self, client: ClientActor) -> None:
        """A request that is left behind is offered again once its therapist is seen to be gone, to the next test."""
        current = await client.current()
        if current is not None and current.state in BEFORE_SESSION:
            with contextlib.suppress(Refused):
                await client.cancel(current.id)


@pytest.fixture(scope="session")
def redis_only(cluster_folder: Path) -> Iterator[Cluster]:
    """A Redis that no process uses."""
    cluster = Cluster(cluster_folder / "redis", webs=0)
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


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def cast(pair: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(pair, http) as people:
        yield people


@pytest.fixture
async def hasty_cast(hasty: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(hasty, http) as people:
        yield people
