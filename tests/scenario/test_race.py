"""First come is among therapists: whoever accepts first has the card, on whichever web process they are."""

import asyncio
import time
from collections import Counter

from rtc_server.actors import TherapistActor
from rtc_server.wire_client import Refused
from tests.conftest import IS_SOAK, Cast

THERAPISTS = 50
ROUNDS = 200 if IS_SOAK else 20


async def answer(therapist: TherapistActor, request_id: str) -> str:
    try:
        await therapist.accept(request_id)
    except Refused as refusal:
        return refusal.code
    return "won"


async def test_of_fifty_therapists_exactly_one_wins_and_the_others_are_told_it_is_taken(cast: Cast) -> None:
    therapists = await cast.therapists(THERAPISTS)
    client = await cast.client()
    slowest = 0.0
    for _ in range(ROUNDS):
        placed = await client.place()
        await asyncio.gather(*(t.until_sees(placed.id) for t in therapists))
        started = time.monotonic()
        answers = await asyncio.gather(*(answer(therapist, placed.id) for therapist in therapists))
        slowest = max(slowest, time.monotonic() - started)
        assert Counter(answers) == {"won": 1, "taken": THERAPISTS - 1}
        winner = therapists[answers.index("won")]
        await asyncio.gather(*(t.until_gone(placed.id) for t in therapists))
        await client.until_request("accepted")
        await client.cancel(placed.id)
        await winner.until_request("cancelled")
    print(f"race: {ROUNDS} rounds of {THERAPISTS}, slowest round answered within {slowest * 1000:.0f} ms")


async def test_accepting_twice_by_one_therapist_is_one_session(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    placed = await client.place()
    await therapist.until_sees(placed.id)
    views = await asyncio.gather(*(therapist.accept(placed.id) for _ in range(10)))
    assert len({view.session_id for view in views}) == 1
