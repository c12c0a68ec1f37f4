"""What is refused is counted like what is not: a signed-in stranger cannot flood a process with nonsense."""

from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.wire import Refused, WireClient
from tests.cluster import Cluster

FEW = {
    "MESSAGES_PER_MINUTE": "1",
    "MESSAGES_BURST": "3",
    "CANDIDATES_PER_LINK": "1",
    "DESCRIPTIONS_PER_LINK": "1",
}


async def codes(socket: WireClient, event: str, times: int) -> list[str]:
    answered = []
    for _ in range(times):
        with pytest.raises(Refused) as refused:
            await socket.emit_raw(event, {})
        answered.append(refused.value.code)
    return answered


async def test_signals_and_events_of_others_are_refused_and_then_too_often(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, settings=FEW)
    try:
        cluster.up()
        (client,) = cluster.seed(therapists=0, clients=1)
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            WireClient(http, cluster.url()) as page,
        ):
            await page.sign_in(client.email, client.password)
            await page.connect()
            assert await codes(page, "room:signal", 6) == ["bad_message"] * 5 + ["too_often"]
            assert await codes(page, "duty:set", 4) == ["not_allowed"] * 3 + ["too_often"]
    finally:
        cluster.down()
