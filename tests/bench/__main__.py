"""`python -m tests.bench`: measures on this machine, prints text and writes test-results/bench.json."""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.bench.claims import THERAPISTS, claim_latency
from tests.bench.fan_out import CLIENTS, TOLD, fan_out
from tests.bench.first_frame import yes_to_first_frame, yes_to_first_frame_afar
from tests.bench.idle import idle_socket
from tests.bench.long_line import long_line
from tests.bench.recorder import LEGS, recorder_packets
from tests.bench.transcript import after_hang_up
from tests.cluster import Cluster


@dataclass(frozen=True)
class Bench:
    measure: Callable[[Cluster], Coroutine[Any, Any, report.Row]]
    webs: int
    therapists: int
    clients: int = 1


BENCHES = {
    "claims": Bench(claim_latency, webs=2, therapists=THERAPISTS),
    "fan-out": Bench(fan_out, webs=1, therapists=TOLD, clients=CLIENTS),
    "idle-socket": Bench(idle_socket, webs=1, therapists=0, clients=CLIENTS),
    "long-line": Bench(long_line, webs=0, therapists=0),
    "recorder": Bench(recorder_packets, webs=1, therapists=LEGS, clients=LEGS),
    "transcript": Bench(after_hang_up, webs=1, therapists=1),
    "first-frame": Bench(yes_to_first_frame, webs=1, therapists=1),
    "first-frame-afar": Bench(yes_to_first_frame_afar, webs=1, therapists=1),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(BENCHES)}; empty: all")
    wanted = parser.parse_args().names or list(BENCHES)
    rows = []
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="qc-bench-") as folder:
            rows.append(_measure(BENCHES[name], Path(folder)))
            print(report.as_text(rows[-1:]), flush=True)
    report.write(rows)


def _measure(bench: Bench, folder: Path) -> report.Row:
    cluster = Cluster(folder, webs=bench.webs)
    try:
        cluster.up()
        cluster.seed(therapists=bench.therapists, clients=bench.clients)
        return asyncio.run(bench.measure(cluster))
    finally:
        cluster.down()


if __name__ == "__main__":
    main()
