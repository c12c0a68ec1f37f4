"""The recorder process under load: many legs at once, a bad network, and one session after another."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cluster import Cluster
from tests.conftest import IS_SOAK
from tests.legs import Sending, switchboard
from tests.proc import open_files, processor_s, resident_kib
from tests.transcripts.studio import noise, opus

LEGS, SECONDS, COMMIT_S = (100, 60.0, 1.0) if IS_SOAK else (9, 2.5, 0.2)
SESSIONS, WARM, GROWN_MAX = (500, 100, 0.10) if IS_SOAK else (4, 2, 0.30)
BAD = 0.03


@pytest.fixture(scope="module")
def alone(cluster_folder: Path) -> Iterator[Cluster]:
    """An installation whose recorder runs without web and worker; nothing it stores is taken away."""
    cluster = Cluster(cluster_folder / "recorder", settings={"RECORDER_COMMIT_S": str(COMMIT_S)})
    try:
        cluster.up()
        cluster.start("recorder")
        cluster.wait_ready("recorder")
        cluster.kill("web0")
        cluster.seed(therapists=LEGS, clients=LEGS)
        yield cluster
        assert "Traceback" not in cluster.log("recorder").read_text()
    finally:
        cluster.down()


def pairs(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Client and therapist, again and again."""
    ids = {role: [person.id for person in cluster.people if person.role == role] for role in ("client", "therapist")}
    return itertools.cycle(zip(ids["client"], ids["therapist"], strict=True))


async def test_many_legs_at_once_lose_nothing_that_reached_the_recorder(alone: Cluster) -> None:
    payloads = opus(noise(2, -30))
    async with switchboard(alone) as board:
        people = pairs(alone)
        for number in range(LEGS):
            # Every third one is on a network that loses packets and swaps them.
            await board.open(*next(people), payloads, bad=BAD if number % 3 == 2 else 0.0)
        await board.all_record()
        pid = alone.pid("recorder")
        used_s, packets = processor_s(pid), await board.packets()
        await asyncio.sleep(SECONDS)
        legs = await board.end_all()
        taken = await board.packets() - packets
        micros = (processor_s(pid) - used_s) / taken * 1e6
        print(f"{LEGS} legs, {taken} packets: {micros:.0f} µs of processor for each, {resident_kib(pid)} KiB")
        for one in legs:
            stored = await board.stored(one)
            assert len(stored) == len(set(stored)) >= SECONDS * 50 * (1 - 2 * BAD)
            assert await board.lacking(one) == 0
        swapped = [one for one in legs if one.way.lost and not is_in_order(await board.stored(one))]
        assert swapped, "the network was never bad"


def is_in_order(stored: list[int]) -> bool:
    return bool((np.diff(np.array(stored, np.int64)) % 65_536 < 32_768).all())


async def test_session_after_session_leaves_nothing_behind(alone: Cluster) -> None:
    payloads, pid, people = opus(noise(1, -30)), alone.pid("recorder"), pairs(alone)
    async with switchboard(alone) as board:

        async def one_session() -> Sending:
            one = await board.open(*next(people), payloads)
            await board.all_record()
            await board.end(one)
            return one

        for _ in range(WARM):
            await one_session()
        memory, files = resident_kib(pid), open_files(pid)
        for _ in range(SESSIONS):
            await one_session()
        grown = resident_kib(pid) / memory - 1
        print(f"recorder after {SESSIONS} more sessions: {resident_kib(pid)} KiB, {grown:+.1%}")
        assert open_files(pid) <= files + 2
        assert grown <= GROWN_MAX
