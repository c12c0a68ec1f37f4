"""One view, encoded once: everybody who may see a card gets the same bytes of it."""

from rtc_server.actors.people import TherapistActor
from tests.conftest import Cast


def texts_of(therapist: TherapistActor, event: str) -> list[str]:
    """Collects, from now on, what arrives of one event, as it came."""
    found: list[str] = []
    take = therapist._take

    async def keep(packet: str) -> None:
        if packet.startswith(f'42["{event}",'):
            found.append(packet)
        await take(packet)

    therapist._take = keep  # type: ignore[method-assign]
    return found


async def test_every_therapist_gets_the_same_bytes_of_a_card(cast: Cast) -> None:
    therapists = await cast.therapists(4)
    client = await cast.client()
    told = [texts_of(therapist, "card:changed") for therapist in therapists]
    placed = await client.place(note="the same for everybody")
    for therapist in therapists:
        await therapist.until_sees(placed.id)
    await client.cancel(placed.id)
    for therapist in therapists:
        await therapist.until_gone(placed.id)
    seen = [[text for text in one if placed.id in text] for one in told]
    assert len(set(seen[0])) == 2  # waiting, cancelled
    assert all(set(one) == set(seen[0]) for one in seen)
