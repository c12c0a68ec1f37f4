"""What one more signed-in page that says nothing costs the web process in memory, beside the same on the peer."""

import time

from rtc_server.wire.types import PROTOCOL_VERSION
from tests.bench import peer
from tests.bench.crowd import Crowd
from tests.bench.report import Row
from tests.bench.tokens import cookies
from tests.cluster import Cluster
from tests.proc import resident_kib

FIRST, MORE = 500, 2_000
SETTLE_S = 12.0  # longer than a ping and than what a handshake leaves behind
KIB_MAX = 34.0


async def idle_socket(cluster: Cluster) -> Row:
    clients = (await cookies(cluster))["client"]
    hello = {"protocol": PROTOCOL_VERSION}
    with peer.running() as (peer_port, peer_pid):
        ours = kib_each(cluster.ports[0], cluster.pid("web0"), [(hello, cookie) for cookie in clients])
        theirs = kib_each(peer_port, peer_pid, [({"is_told": False}, "")])
    return Row(
        f"memory for each of {MORE} idle signed-in sockets",
        {"web": ours, "node socket.io": theirs, "web / node": ours / theirs},
        "KiB",
        f"web ≤ {KIB_MAX:.0f} KiB",
        ours <= KIB_MAX,
    )


def kib_each(port: int, pid: int, who: list[tuple[object, str]]) -> float:
    """The first sockets only make the process take memory that it keeps."""
    with Crowd() as crowd:
        crowd.join(port, [who[number % len(who)] for number in range(FIRST)])
        before = settled_kib(crowd, pid)
        crowd.join(port, [who[number % len(who)] for number in range(MORE)])
        return (settled_kib(crowd, pid) - before) / MORE


def settled_kib(crowd: Crowd, pid: int) -> int:
    until = time.perf_counter() + SETTLE_S
    crowd.serve(lambda: time.perf_counter() > until, SETTLE_S + 5)
    return resident_kib(pid)
