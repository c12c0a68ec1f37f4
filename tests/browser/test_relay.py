"""Calls through a real coturn: with straight ways shut over each of its ways, and prepared over it until the yes."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import aioice.stun
import aioice.turn
import pytest
import pytest_asyncio
from playwright.async_api import expect

from rtc_server.adapters import turn
from rtc_server.adapters.turn import IceServerEntry
from rtc_server.config import Settings
from rtc_server.wire.room import Candidate, Description
from tests import coturn
from tests.browser.conftest import Standing, Theatre, open_theatre
from tests.browser.people import ARRIVES_MS, Human
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.coturn import Coturn
from tests.eventually import eventually
from tests.scenario.story import offered

UNAUTHORIZED, FORBIDDEN = 401, 403
# What a network does that lets only one way through: the relay's other addresses are not there for this page.
ONE_WAY = """
const Shut = (given) => {
  const way = sessionStorage.getItem("way");
  if (!way || !given?.iceServers) return given;
  // A connection that does not say so itself must not get out any other way.
  const iceTransportPolicy = given.iceTransportPolicy ?? "relay";
  const open = ({ urls, ...rest }) => ({ ...rest, urls: [urls].flat().filter((url) => url.match(way)) });
  return { ...given, iceTransportPolicy, iceServers: given.iceServers.map(open) };
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) { super(Shut(given)); }
  setConfiguration(given) { super.setConfiguration(Shut(given)); }
};
"""
WAYS = {"udp": "^turn:.*udp$", "tcp": "^turn:.*tcp$", "tls": "^turns:"}
# The pair that carries the call, and every kind of candidate the other side has named.
PAIR = """async () => {
  const isUp = (one) => one.connectionState === "connected" && one.getReceivers().length >= 2;
  const link = connections.filter(isUp).at(-1);
  if (!link) return null;
  const reports = await link.getStats();
  const all = [...reports.values()];
  const transport = all.find((one) => one.type === "transport");
  const pair = reports.get(transport.selectedCandidatePairId);
  const local = reports.get(pair.localCandidateId), remote = reports.get(pair.remoteCandidateId);
  return {
    number: connections.indexOf(link), local: local.candidateType, way: local.relayProtocol ?? "",
    remote: remote.candidateType,
    named: [...new Set(all.filter((one) => one.type === "remote-candidate").map((one) => one.candidateType))],
  };
}"""


@pytest.fixture(scope="module")
def relay(cluster_folder: Path) -> Iterator[Coturn]:
    if coturn.PROGRAM is None:
        pytest.skip("coturn is not installed: no relay to call through")
    folder = cluster_folder / "coturn"
    folder.mkdir()
    with Coturn(folder).running() as running_relay:
        yield running_relay


@pytest.fixture(scope="module")
def relayed(relay: Coturn, stage: Cluster) -> Iterator[Cluster]:
    """The whole installation, and its web process knows a relay."""
    stage.restart("web0", **relay.settings)
    yield stage
    stage.heal("web0")


@pytest_asyncio.fixture(loop_scope="session")
async def stage_with_relay(standing: Standing, relayed: Cluster, voices: dict[str, Path]) -> AsyncIterator[Theatre]:
    await standing.end()
    # The relay's certificate is signed by itself.
    async with open_theatre(relayed, voices, "--ignore-certificate-errors") as theatre:
        yield theatre


async def pair(human: Human) -> dict[str, Any]:
    found: dict[str, Any] | None = await human.page.evaluate(PAIR)
    return found or {"number": -1, "local": "", "way": "", "remote": "", "named": []}


async def until_pair(human: Human, timeout_s: float, **wished: object) -> dict[str, Any]:
    async def is_so() -> dict[str, Any] | None:
        found = await pair(human)
        return found if all(found[name] == value for name, value in wished.items()) else None

    found = await eventually(is_so, timeout_s, f"the call goes by {wished}")
    assert found is not None
    return found


async def test_who_hides_their_address_is_called_through_the_relay_over_udp_tcp_and_tls(
    stage_with_relay: Theatre,
) -> None:
    therapist = await stage_with_relay.therapist(None, ONE_WAY)
    client = await stage_with_relay.client(None, ONE_WAY)
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await client.page.goto(f"{client.cluster.url()}/account")
    switch = client.page.get_by_role("switch", name=re.compile("Hide it"))
    await switch.click()
    await expect(switch).to_be_checked(timeout=ARRIVES_MS)
    await client.page.goto(client.cluster.url())
    await set_way(therapist, "udp")
    await set_way(client, "udp")
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=True)
    for way in WAYS:
        for human in (client, therapist):
            await set_way(human, way)
        if way != "udp":
            await client.page.reload()
        for human in (client, therapist):
            await human.in_call()
            found = await until_pair(human, 15, local="relay", way=way, remote="relay")
            assert found["named"] == ["relay"], "the other side named no address of its own"
        took = [await human.hears_and_sees() for human in (client, therapist)]
        print(f"over {way}: both hear and see each other, {max(took):.1f} s after the pair")
    session_id = await therapist.session_id()

    async def are_recorded() -> bool:
        return len(stage_with_relay.cluster.recording_legs(session_id)) == 2

    await client.until(are_recorded, 15, "the recorder is reached through the relay too")
    await therapist.ends_for_both()


async def set_way(human: Human, way: str) -> None:
    await human.page.evaluate("(way) => sessionStorage.setItem('way', way)", WAYS[way])


async def test_until_the_yes_only_the_relay_is_used_and_the_yes_opens_the_straight_way_on_the_same_link(
    stage_with_relay: Theatre,
) -> None:
    therapist, client = await stage_with_relay.therapist(), await stage_with_relay.client()
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.opens_terms(wants_transcript=False)
    prepared = [await until_pair(human, 15, local="relay", remote="relay") for human in (client, therapist)]
    assert [found["named"] for found in prepared] == [["relay"], ["relay"]]
    agreed_at = time.monotonic()
    await client.agrees()
    for human, before in zip((client, therapist), prepared, strict=True):
        await human.in_call()
        await human.hears_and_sees()
        assert (await pair(human))["number"] == before["number"], "the link was kept"

        async def is_straight(human: Human = human) -> bool:
            found = await pair(human)
            return "relay" not in (found["local"], found["remote"])

        await human.until(is_straight, 10, "the straight way")
    print(f"straight {time.monotonic() - agreed_at:.1f} s after the yes")
    await therapist.ends_for_both()


async def test_the_device_check_names_the_ways_on_which_the_relay_answers(stage_with_relay: Theatre) -> None:
    client = await stage_with_relay.client()
    await client.page.get_by_role("link", name="Check my devices").click()
    await expect(client.page.get_by_text("A relay answers over TCP, TLS, UDP")).to_be_visible(timeout=ARRIVES_MS)
    await expect(client.page.get_by_label("Report")).to_contain_text("relay tcp tls udp")


async def test_before_the_yes_the_server_lets_no_other_candidate_through(
    relayed: Cluster, http: aiohttp.ClientSession
) -> None:
    async with Cast(relayed, http) as cast:
        client, therapist = await cast.client(), await cast.therapist()
        request = await offered(client, therapist)
        session_id = request.session_id
        assert session_id is not None
        await client.warm(session_id)
        warmed = await therapist.warm(session_id)
        link = warmed.room.link
        assert warmed.room.is_relay_only
        ends, whose, _ = warmed.ice_servers[0].username.split(":")
        longest = Settings()
        assert whose == session_id
        assert int(ends) <= time.time() + longest.session_length_s + longest.session_grace_s
        host = "candidate:1 1 udp 1 127.0.0.1 9 typ host"
        sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 x 0\r\na={host}\r\n"
        for candidate in (host, host.replace("host", "relay raddr 127.0.0.1 rport 9")):
            await therapist.signal(session_id, link, Candidate(candidate=candidate, mid="0", line=0, ufrag="ab"))
        await therapist.signal(session_id, link, Description(type="offer", sdp=sdp))
        await client.until(lambda: len(client.signals) == 2)
        passed, offer = (one.signal for one in client.signals)
        assert isinstance(passed, Candidate) and passed.candidate.endswith("typ relay raddr 0.0.0.0 rport 0")
        assert isinstance(offer, Description) and "127.0.0.1" not in offer.sdp
        await client.cancel(request.id)


async def answer(relay: Coturn, minted: IceServerEntry, peer: str = "127.0.0.1") -> int:
    """The relay's answer to an allocation with these credentials and to reaching `peer` by it: 0, or why not."""
    door = (relay.address, relay.port)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: aioice.turn.TurnClientUdpProtocol(door, minted.username, minted.credential, 600, 500), remote_addr=door
    )
    try:
        await protocol.connect()
        await protocol.channel_bind(0x4000, (peer, 9))
        await protocol.delete()
    except aioice.stun.TransactionFailed as refusal:
        return int(refusal.response.attributes["ERROR-CODE"][0])
    finally:
        transport.close()
    return 0


def minted(relay: Coturn, lifetime_s: float, secret: str | None = None) -> IceServerEntry:
    servers = turn.parse(relay.settings["ICE_SERVERS"])
    return turn.mint(servers, secret or relay.secret, "person", "session", lifetime_s)[0]


async def test_the_relay_takes_our_credentials_until_they_end_and_no_others(relay: Coturn) -> None:
    assert await answer(relay, minted(relay, 60)) == 0
    assert await answer(relay, minted(relay, 60, secret="another")) == UNAUTHORIZED
    known = minted(relay, 60)
    longer = IceServerEntry(known.urls, f"9{known.username}", known.credential)
    assert await answer(relay, longer) == UNAUTHORIZED, "nobody makes their own credentials last longer"
    ending = minted(relay, 2)
    assert await answer(relay, ending) == 0

    async def is_over() -> bool:
        return await answer(relay, ending) == UNAUTHORIZED

    await eventually(is_over, 10, "credentials that have ended are refused")


@pytest.mark.parametrize("peer", ["10.0.0.1", "172.20.0.1", "192.168.1.1"])
async def test_the_relay_reaches_into_no_private_network(relay: Coturn, peer: str) -> None:
    assert await answer(relay, minted(relay, 60), peer) == FORBIDDEN
