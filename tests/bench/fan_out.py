"""How soon a new request is on a thousand dashboards, beside a plain socket.io server telling the same card.

One crowd sits on both servers and rounds take turns, so that whatever else the machine does meets both alike. Measured
are the whole way (from the client's message, through the database, to the last dashboard) and the telling alone (from
the change on the channel): the peer knows neither database nor channel.
"""

import time
import uuid
from collections.abc import Callable

import msgspec
import redis

from rtc_server.adapters.redis_store import CHANGED
from rtc_server.wire.pool import CardView
from rtc_server.wire.types import PROTOCOL_VERSION, Changed, encoder
from tests.bench import peer
from tests.bench.crowd import AT_ONCE, Crowd, Member, allow_sockets, last
from tests.bench.report import Row, median, percentile
from tests.bench.tokens import cookies
from tests.cluster import Cluster

TOLD, SOCKETS, CLIENTS = 1_000, 5_000, 40
ROUNDS = 40
MEDIAN_MAX, P99_MAX = 1.0, 2.0  # of the peer's
NOTE = "I have not slept well since the move and would like to talk to somebody about it today, if that is possible."
Way = Callable[[], tuple[float, float]]  # when it began, when the last had it


async def fan_out(cluster: Cluster) -> Row:
    sockets = allow_sockets(2 * SOCKETS) // 2
    signed_in = await cookies(cluster)
    with peer.running() as (peer_port, _), Crowd() as crowd:
        hello = {"protocol": PROTOCOL_VERSION}
        therapists = crowd.join(cluster.ports[0], [(hello, cookie) for cookie in signed_in["therapist"]])
        clients = signed_in["client"]
        idle = [(hello, clients[number % len(clients)]) for number in range(sockets - len(therapists))]
        client = crowd.join(cluster.ports[0], idle)[0]
        told = crowd.join(peer_port, [({"is_told": True}, "")] * len(therapists))
        teller = crowd.join(peer_port, [({"is_told": False}, "")] * (sockets - len(told)))[0]
        go_on_duty(crowd, therapists)
        ours, theirs = Pool(crowd, client, set(therapists)), Peer(crowd, teller, set(told))
        with redis.Redis.from_url(cluster.redis_url) as channel:
            samples = rounds({"placed": ours.place, "told": lambda: ours.tell(channel), "peer": theirs.tell})
    return as_row(samples, sockets)


def go_on_duty(crowd: Crowd, therapists: list[Member]) -> None:
    for start in range(0, len(therapists), AT_ONCE):
        some = therapists[start : start + AT_ONCE]
        for member in some:
            member.send(b'420["duty:set",{"is_on":true}]')
        crowd.watch(b'"pool:changed"', set(some))


class Pool:
    """The product: one client's request, placed and cancelled again and again."""

    def __init__(self, crowd: Crowd, client: Member, therapists: set[Member]) -> None:
        self.crowd = crowd
        self.client = client
        self.therapists = therapists
        self.request_id = ""

    def place(self) -> tuple[float, float]:
        if self.request_id:
            self.client.send(f'420["request:cancel",{{"id":"{self.request_id}"}}]'.encode())
            self.crowd.watch(b'"state":"cancelled"', self.therapists)
        self.request_id = str(uuid.uuid4())
        body = f'{{"id":"{self.request_id}","area":"mind","note":"{NOTE}"}}'
        started = time.perf_counter()
        self.client.send(f'420["request:place",{body}]'.encode())
        return started, last(self.crowd.watch(self.request_id.encode(), self.therapists))

    def tell(self, channel: redis.Redis) -> tuple[float, float]:
        started = time.perf_counter()
        channel.publish(CHANGED, encoder.encode(Changed("request", self.request_id, 1)))
        return started, last(self.crowd.watch(self.request_id.encode(), self.therapists))


class Peer:
    """The peer: the same card, told to as many."""

    def __init__(self, crowd: Crowd, teller: Member, told: set[Member]) -> None:
        self.crowd = crowd
        self.teller = teller
        self.told = told

    def tell(self) -> tuple[float, float]:
        card = CardView(
            id=str(uuid.uuid4()),
            version=1,
            state="waiting",
            first_name="Noor",
            area="mind",
            issue="",
            language="en",
            note=NOTE,
            is_chat_only=False,
            is_worried=False,
            is_rehearsal=False,
            place=1,
            placed_at_ms=time.time_ns() // 1_000_000,
            yours_until_ms=None,
        )
        text = b'420["card:tell",' + msgspec.json.encode(card) + b"]"
        started = time.perf_counter()
        self.teller.send(text)
        return started, last(self.crowd.watch(card.id.encode(), self.told))


def rounds(ways: dict[str, Way]) -> dict[str, list[float]]:
    """Milliseconds until the last has it, every way in turn; the first round warms up."""
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, tell in ways.items():
            started, last = tell()
            if number > 0:
                samples[name].append((last - started) * 1000)
    return samples


def as_row(samples: dict[str, list[float]], sockets: int) -> Row:
    figures = {}
    for name, values in samples.items():
        figures[f"{name}, median"] = median(values)
        figures[f"{name}, p99"] = percentile(values, 0.99)
    figures["told / peer"] = figures["told, median"] / figures["peer, median"]
    figures["told / peer, p99"] = figures["told, p99"] / figures["peer, p99"]
    figures["placed / peer"] = figures["placed, median"] / figures["peer, median"]
    return Row(
        f"one new request told to {TOLD} therapists on {sockets} sockets, the last one has it, {ROUNDS} rounds",
        figures,
        "ms",
        f"told ≤ {MEDIAN_MAX:.1f} × node socket.io, p99 ≤ {P99_MAX:.1f} ×",
        figures["told / peer"] <= MEDIAN_MAX and figures["told / peer, p99"] <= P99_MAX,
        samples,
    )
