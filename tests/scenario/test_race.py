"""First come is among therapists: whoever accepts first has the card, on whichever web process they are."""

import asyncio
import time
from collections import Counter

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.actors.wire import Refused
from tests.cluster import Cluster
from tests.conftest import ASKERS, IS_SOAK, RACERS, TAKERS, Cast
from tests.eventually import eventually

ROUNDS = 200 if IS_SOAK else 20
REQUESTS = 1_000 if IS_SOAK else 60
ASKING = 20  # who ask in the same moment; all of them wait in one line


async def answer(therapist: TherapistActor, request_id: str) -> str:
    try:
        await therapist.accept(request_id)
    except Refused as refusal:
        return refusal.code
    return "won"


async def test_of_many_therapists_exactly_one_wins_and_the_others_are_told_it_is_taken(cast: Cast) -> None:
    therapists = await cast.therapists(RACERS)
    client = await cast.client()
    slowest = 0.0
    for _ in range(ROUNDS):
        placed = await client.place()
        await asyncio.gather(*(t.until_sees(placed.id) for t in therapists))
        started = time.monotonic()
        answers = await asyncio.gather(*(answer(therapist, placed.id) for therapist in therapists))
        slowest = max(slowest, time.monotonic() - started)
        assert Counter(answers) == {"won": 1, "taken": RACERS - 1}
        winner = therapists[answers.index("won")]
        await asyncio.gather(*(t.until_gone(placed.id) for t in therapists))
        await client.until_request("accepted")
        await client.cancel(placed.id)
        await winner.until_request("cancelled")
    print(f"race: {ROUNDS} rounds of {RACERS}, slowest round answered within {slowest * 1000:.0f} ms")


async def test_accepting_twice_by_one_therapist_is_one_session(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    placed = await client.place()
    await therapist.until_sees(placed.id)
    views = await asyncio.gather(*(therapist.accept(placed.id) for _ in range(10)))
    assert len({view.session_id for view in views}) == 1


class BusyHour:
    """Clients who ask again and again, and therapists who take whatever stands on top of their page."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_over = False
        self._asking = asyncio.Semaphore(ASKING)

    async def asks(self, client: ClientActor, times: int) -> None:
        for _ in range(times):
            async with self._asking:
                placed = await client.place()
            await client.until_request("accepted", timeout_s=120)
            await client.cancel(placed.id)

    async def takes(self, therapist: TherapistActor) -> None:
        while not self.is_over:
            top = min(
                (card for card in therapist.cards.values() if card.state == "waiting"),
                key=lambda card: card.place,
                default=None,
            )
            if top is None:
                await therapist.until(lambda: self.is_over or self.has_card(therapist), timeout_s=120)
            elif await answer(therapist, top.id) == "won":
                self.taken.append(top.id)
                await therapist.until_request("cancelled")

    def has_card(self, therapist: TherapistActor) -> bool:
        return any(card.state == "waiting" for card in therapist.cards.values())


async def test_therapists_who_always_take_the_top_card_pass_nobody_over(pair: Cluster, cast: Cast) -> None:
    therapists = await cast.therapists(TAKERS)
    clients = [await cast.client(number % 2) for number in range(ASKERS)]
    hour = BusyHour()
    taking = [asyncio.create_task(hour.takes(therapist)) for therapist in therapists]
    await asyncio.gather(*(hour.asks(client, REQUESTS // ASKERS) for client in clients))
    hour.is_over = True
    for therapist in therapists:
        therapist.look()
    await asyncio.gather(*taking)
    assert len(hour.taken) == len(set(hour.taken)) == REQUESTS

    def on_record(kind: str) -> set[str]:
        return {str(request_id) for (request_id,) in pair.rows("SELECT request_id FROM offering WHERE kind = ?", kind)}

    async def all_claims_are_on_record() -> bool:
        return set(hour.taken) <= on_record("claimed")

    await eventually(all_claims_are_on_record, 10, "the record of who claimed what")
    assert on_record("passed_over").isdisjoint(hour.taken)
