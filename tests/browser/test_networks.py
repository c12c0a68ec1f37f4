"""What networks do to a call: losses, blackouts, another address. In `make soak` alone: minutes, and root, each."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import expect

from tests import networks
from tests.browser.conftest import open_theatre
from tests.browser.people import CHROMIUM, ClientHuman, Human, TherapistHuman
from tests.browser.test_mending import hears, silent
from tests.cluster import Cluster, running
from tests.networks import Networks

pytestmark = pytest.mark.timeout(600)

LOSS_S = 20
CONCEALED_MAX = 0.05  # of what is heard, at 5 % loss
NOTICED_S, BACK_S, MOVED_S, RECOVERED_S = 5.0, 5.0, 10.0, 3.0
# Also what was heard on a link that is not connected just now.
HEARD = """async () => {
  const link = connections.filter((one) => one.getReceivers().length >= 2).at(-1);
  const found = { concealed: 0, samples: 0 };
  for (const one of (await link.getStats()).values()) {
    if (one.type !== "inbound-rtp" || one.kind !== "audio") continue;
    found.concealed += one.concealedSamples - (one.silentConcealedSamples ?? 0);
    found.samples += one.totalSamplesReceived;
  }
  return found;
}"""
LINKS = """() => connections.filter((one) => one.getReceivers().length >= 2).length"""


class Afar(NamedTuple):
    """A call between two networks."""

    networks: Networks
    client: ClientHuman
    therapist: TherapistHuman


@pytest.fixture(scope="module")
def networked(cluster_folder: Path) -> Iterator[tuple[Networks, Cluster]]:
    """Networks for two people, and the servers between them."""
    if networks.why_not():
        pytest.skip(networks.why_not())
    cluster = Cluster(cluster_folder / "networked", settings={"HOST": "0.0.0.0", "BILLABLE_MIN_S": "2"})
    with (
        Networks(secrets.token_hex(3), cluster.ports[0]).up() as made,
        made.entered(),
        running(cluster, therapists=6, clients=6),
    ):
        yield made, cluster


@pytest.fixture
async def afar(networked: tuple[Networks, Cluster], voices: dict[str, Path], tmp_path: Path) -> AsyncIterator[Afar]:
    made, cluster = networked
    programs = {name: made.program(name, CHROMIUM or "chromium", tmp_path) for name in networks.NAMES}
    async with open_theatre(cluster, voices, programs=programs) as theatre:
        client, therapist, session_id = await theatre.session(wants_transcript=False)
        yield Afar(made, client, therapist)
        made.heal()
        ended = cluster.rows("SELECT id FROM session WHERE id = ? AND ended_at_ms IS NOT NULL", session_id)
        assert not ended, "nobody has ended it"
        await therapist.ends_for_both()


async def concealed(human: Human, seconds: float) -> float:
    """The share of what was heard meanwhile that had to be made up."""
    before = await human.page.evaluate(HEARD)
    await asyncio.sleep(seconds)
    now = await human.page.evaluate(HEARD)
    return float(now["concealed"] - before["concealed"]) / max(1, now["samples"] - before["samples"])


@pytest.mark.parametrize("percent", [5, 20])
async def test_a_call_stands_while_packets_are_lost_and_is_whole_again_soon_after(afar: Afar, percent: int) -> None:
    links = [await human.page.evaluate(LINKS) for human in (afar.client, afar.therapist)]
    afar.networks.lose(percent)
    shares = await asyncio.gather(*(concealed(human, LOSS_S) for human in (afar.client, afar.therapist)))
    afar.networks.heal()
    healed_at = time.monotonic()
    print(f"{percent} % lost: {max(shares):.1%} of the sound was made up")
    assert max(shares) > 0, "packets were lost"
    if percent == 5:
        assert max(shares) <= CONCEALED_MAX
    for human in (afar.client, afar.therapist):

        async def is_whole(human: Human = human) -> bool:
            return await concealed(human, 0.5) < 0.01

        await human.until(is_whole, RECOVERED_S, "nothing has to be made up")
    print(f"whole again {time.monotonic() - healed_at:.1f} s after the losses ended")
    assert [await human.page.evaluate(LINKS) for human in (afar.client, afar.therapist)] == links, "it never broke"


@pytest.mark.parametrize("seconds", [30, 120])
async def test_a_call_that_was_cut_comes_back_by_itself_and_has_not_ended(afar: Afar, seconds: float) -> None:
    afar.networks.cut("client")
    cut_at = time.monotonic()
    status = afar.client.page.get_by_role("status", name="Connection", exact=True)
    await expect(status).to_contain_text(re.compile("Reconnecting"), timeout=NOTICED_S * 1000)
    noticed_s = time.monotonic() - cut_at
    await silent(afar.therapist)
    await asyncio.sleep(cut_at + seconds - time.monotonic())
    afar.networks.heal()
    healed_at = time.monotonic()
    for human in (afar.client, afar.therapist):
        await hears(human, 60)
    back_s = time.monotonic() - healed_at
    print(f"cut for {seconds} s: said after {noticed_s:.1f} s, back {back_s:.1f} s after it was whole")
    assert back_s <= BACK_S


async def test_a_call_goes_on_from_another_network_address(afar: Afar) -> None:
    afar.networks.move("client")
    moved_at = time.monotonic()
    await silent(afar.therapist)
    for human in (afar.client, afar.therapist):
        await hears(human, 60)
    took_s = time.monotonic() - moved_at
    print(f"from another address: both hear each other again after {took_s:.1f} s")
    assert took_s <= MOVED_S
