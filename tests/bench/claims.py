"""How soon the winner of a card, and the last loser, is answered: many therapists, one request, two web processes.

The therapists are a crowd, because what is measured must not wait for who measures: two hundred sends take it two
milliseconds, and it reads every answer as it comes.
"""

import time
import uuid

from rtc_server.wire.types import PROTOCOL_VERSION
from tests.bench.crowd import Crowd, Member, frame
from tests.bench.fan_out import go_on_duty
from tests.bench.report import Row, median, percentile
from tests.bench.tokens import cookies
from tests.cluster import Cluster

THERAPISTS = 200
ROUNDS = 30
SETTLE_S = 0.2
WINNER_MS, LAST_LOSER_MS = 10.0, 150.0


async def claim_latency(cluster: Cluster) -> Row:
    signed_in = await cookies(cluster)
    hello = {"protocol": PROTOCOL_VERSION}
    winners, losers = [], []
    with Crowd() as crowd:
        both: list[list[Member]] = []
        for number, port in enumerate(cluster.ports):
            own = signed_in["therapist"][number :: len(cluster.ports)]
            both.append(crowd.join(port, [(hello, cookie) for cookie in own]))
            go_on_duty(crowd, both[-1])
        therapists = [one for pair in zip(*both, strict=True) for one in pair]
        (client,) = crowd.join(cluster.ports[0], [(hello, signed_in["client"][0])])
        for number in range(ROUNDS + 1):
            won, lost = claimed(crowd, client, therapists)
            if number > 0:  # the first round warms up
                winners.append(won)
                losers.append(max(lost))
    figures = {
        "winner, median": median(winners),
        "winner, p90": percentile(winners, 0.9),
        "last loser, median": median(losers),
        "last loser, worst": max(losers),
    }
    return Row(
        f"{THERAPISTS} therapists accept one request over two web processes, {ROUNDS} rounds",
        figures,
        "ms",
        f"winner ≤ {WINNER_MS:.0f} ms median, last loser ≤ {LAST_LOSER_MS:.0f} ms",
        figures["winner, median"] <= WINNER_MS and figures["last loser, median"] <= LAST_LOSER_MS,
        {"winner": winners, "last loser": losers},
    )


def claimed(crowd: Crowd, client: Member, therapists: list[Member]) -> tuple[float, list[float]]:
    """One round: how many milliseconds the winner's answer took, and the losers'."""
    request_id = str(uuid.uuid4())
    client.send(f'420["request:place",{{"id":"{request_id}","area":"mind"}}]'.encode())
    crowd.watch(request_id.encode(), set(therapists))
    accept = frame(f'421["request:accept",{{"id":"{request_id}"}}]'.encode())
    sent = {therapist: therapist.send_frame(accept) for therapist in therapists}
    answers = crowd.watch(b"431[", set(therapists))
    taken = {who: (when - sent[who]) * 1000 for who, (when, _) in answers.items()}
    won = [who for who, (_, text) in answers.items() if b'"ok":true' in text]
    assert len(won) == 1
    assert all(b'"code":"taken"' in text for who, (_, text) in answers.items() if who is not won[0])
    client.send(f'422["request:cancel",{{"id":"{request_id}"}}]'.encode())
    crowd.watch(b"432[", {client})
    # What the servers still do for this round would be counted in the next.
    over = time.perf_counter() + SETTLE_S
    crowd.serve(lambda: time.perf_counter() > over, SETTLE_S + 5)
    return taken[won[0]], [took for who, took in taken.items() if who is not won[0]]
