"""What one Opus packet costs the recorder's process, with a few legs and with many; and whether any is lost."""

import asyncio

from tests.bench.report import Row
from tests.cluster import Cluster
from tests.legs import switchboard
from tests.proc import processor_s
from tests.transcripts.studio import noise, opus

FEW, LEGS = 20, 100
SECONDS = 15.0
MICROS_MAX = 75.0


async def recorder_packets(cluster: Cluster) -> Row:
    """Everything the process does is counted: packets, sealing, the commit each second, consent read each second."""
    cluster.start("recorder")
    cluster.wait_ready("recorder")
    figures = {}
    for legs in (FEW, LEGS):
        micros, share, lost = await _measured(cluster, legs)
        figures |= {f"{legs} legs": micros, f"{legs} legs, of one core": share, f"{legs} legs, lost": lost}
    return Row(
        f"recorder, processor time for each Opus packet, {SECONDS:.0f} s",
        figures,
        "µs",
        f"≤ {MICROS_MAX:.0f} µs, {LEGS} legs on one core, none lost",
        figures[f"{LEGS} legs"] <= MICROS_MAX and figures[f"{LEGS} legs, lost"] == 0,
    )


async def _measured(cluster: Cluster, legs: int) -> tuple[float, float, float]:
    """Microseconds for each packet, cores in use, packets lost."""
    payloads, pid = opus(noise(2, -30)), cluster.pid("recorder")
    ids = {role: [person.id for person in cluster.people if person.role == role] for role in ("client", "therapist")}
    async with switchboard(cluster) as board:
        for client_id, therapist_id in zip(ids["client"][:legs], ids["therapist"][:legs], strict=True):
            await board.open(client_id, therapist_id, payloads)
        await board.all_record()
        used_s, packets = processor_s(pid), await board.packets()
        await asyncio.sleep(SECONDS)
        used_s, packets = processor_s(pid) - used_s, await board.packets() - packets
        lost = sum([await board.lacking(one) for one in await board.end_all()])
    return used_s / packets * 1e6, used_s / SECONDS, float(lost)
