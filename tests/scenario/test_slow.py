"""Connections that never finish what they begin: they are let go in time, and everybody else is served meanwhile."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.cluster import Cluster, running
from tests.conftest import IS_SOAK

OF_EACH = 500 if IS_SOAK else 40
HEADER_S, BODY_S = (10.0, 30.0) if IS_SOAK else (1.0, 2.0)
DRIP_S = 0.2
OPENINGS = 1_000 if IS_SOAK else 100
LATE_S = 5.0  # two busy cores
HEALTHY_S = 0.2


@pytest.fixture(scope="module")
def patient(cluster_folder: Path) -> Iterator[Cluster]:
    settings = {"HEADER_S": str(HEADER_S), "BODY_S": str(BODY_S)}
    cluster = Cluster(cluster_folder / "patient", webs=1, settings=settings)
    with running(cluster, therapists=0, clients=1):
        yield cluster


@dataclass(frozen=True)
class Slow:
    """A connection that sends `first`, then `drop` again and again; it is to be closed after `closed_s`."""

    first: str
    drop: str
    closed_s: float

    async def lives(self, url: str) -> float:
        """Seconds until the server has closed it."""
        where = urlsplit(url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        began = time.monotonic()
        writer.write(self.first.format(origin=url).encode())
        dripping = asyncio.create_task(self._drip(writer))
        with contextlib.suppress(ConnectionError):
            await reader.read()
        dripping.cancel()
        writer.close()
        return time.monotonic() - began

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while self.drop:
                await asyncio.sleep(DRIP_S)
                writer.write(self.drop.encode())
                await writer.drain()


HEAD = "POST /api/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n"
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
KINDS = {
    "silent": Slow("", "", HEADER_S),
    "dripping header": Slow(HEAD, "X-More: 1\r\n", HEADER_S),
    "stalled body": Slow(HEAD + "Content-Length: 100\r\n\r\n", "", BODY_S),
    "dripping body": Slow(HEAD + "Content-Length: 10000\r\n\r\n", " ", BODY_S),
}


async def test_what_never_finishes_is_let_go_in_time_and_everybody_else_is_served(
    patient: Cluster, http: aiohttp.ClientSession
) -> None:
    url = patient.url()
    lives = {name: [asyncio.create_task(kind.lives(url)) for _ in range(OF_EACH)] for name, kind in KINDS.items()}
    waits: list[float] = []
    while not all(task.done() for tasks in lives.values() for task in tasks):
        began = time.monotonic()
        async with http.get(url + "/healthz") as response:
            assert response.status == 200
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.02)
        assert sum(waits) + len(waits) * 0.02 < BODY_S + 10 * LATE_S, "some are never let go"
    for name, kind in KINDS.items():
        longest = max(task.result() for task in lives[name])
        assert longest < kind.closed_s + LATE_S, f"{name}: let go after {longest:.1f} s"
    assert statistics.median(waits) < HEALTHY_S


async def test_a_page_that_goes_while_its_socket_opens_is_no_failure_of_ours(
    patient: Cluster, http: aiohttp.ClientSession
) -> None:
    url = patient.url()
    where = urlsplit(url)
    for _ in range(OPENINGS):
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(UPGRADE.format(origin=url).encode())
        writer.close()
        await writer.wait_closed()
    async with http.get(url + "/healthz") as response:
        assert response.status == 200
    assert "Traceback" not in patient.log("web0").read_text()


async def test_a_page_that_goes_in_the_middle_of_its_message_is_no_failure_of_ours(
    patient: Cluster, http: aiohttp.ClientSession
) -> None:
    url = patient.url()
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = HEAD.format(origin=url) + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n{"
    writer.write(head.encode())
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10), "the rest is waited for"
    writer.close()
    async with http.get(url + "/healthz") as response:
        assert response.status == 200
    assert "Traceback" not in patient.log("web0").read_text()
