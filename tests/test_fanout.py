"""What a therapist's page is told of the request that it has accepted, whatever was read before."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rtc_server.adapters.redis_store import RedisStore
from rtc_server.auth import Viewer
from rtc_server.fanout import Fanout
from rtc_server.pool import Request
from rtc_server.socket_line import Line
from rtc_server.socket_state import Socket
from rtc_server.store import duty, requests
from rtc_server.waiting.window import Window
from rtc_server.wire.types import Changed
from tests.cluster import Cluster
from tests.texts.office import Office, open_office


@pytest.fixture
async def office(tmp_path: Path, cluster_folder: Path) -> AsyncIterator[Office]:
    cluster = Cluster(cluster_folder / "fanout", webs=0)
    (cluster.folder / "data").mkdir(parents=True)
    cluster.start_redis()
    redis = RedisStore(cluster.redis_url, connect_s=0.5, command_s=2.0)
    try:
        async with open_office(tmp_path, redis, cluster.redis_url) as opened:
            yield opened
    finally:
        await redis.close()
        cluster.down()


async def page_of(office: Office, fanout: Fanout, therapist_id: str) -> Socket:
    socket = Socket("a socket", Viewer(therapist_id, "therapist", b""), "a page", Line(1_000_000), Window(50))
    async with office.house.store.read() as connection:
        socket.facts = await duty.facts(connection, therapist_id)
        socket.hold(await requests.owned_by_therapist(connection, therapist_id))
    fanout.add(socket)
    return socket


async def told(socket: Socket) -> list[str]:
    """The states of the request that this page was told of since it was last asked."""
    waiting = [] if socket.line.empty() else await socket.line.take_all()
    events = [json.loads(packet.data[1:]) for packet in waiting]
    return [view["state"] for name, view in events if name == "request:changed"]


async def test_a_row_read_before_an_accept_takes_the_offer_from_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fanout = office.fanout()
    before = await office.place()
    page = await page_of(office, fanout, await office.accept(before))

    async def late(connection: object, request_id: str) -> Request:
        return before

    with monkeypatch.context() as patched:
        patched.setattr(requests, "load", late)
        await fanout.take(Changed("request", before.id, before.version))
    assert await told(page) == [], "of a row that is over the page is told nothing"
    await office.cancel(before)
    await fanout.take(Changed("request", before.id, before.version + 2))
    assert await told(page) == ["cancelled"]
    assert page.holding is None
