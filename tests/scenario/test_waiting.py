"""Waiting over real sockets and two web processes: who is offered a request first, what widens, who is called back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.people import ClientActor, TherapistActor
from tests.cluster import Cluster, Person, running
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as

PHONE = "+447700900123"


@pytest.fixture(scope="module")
def patient(cluster_folder: Path) -> Iterator[Cluster]:
    """What a client waits for comes within seconds; the rest has the times of the product."""
    soon = {"OWN_FIRST_S": "3", "AREA_FIRST_S": "1", "PROMPT_AFTER_S": "1", "OBSERVE_S": "0.2"}
    # Whoever learns that the line has moved learns it at once, or not at all.
    at_once = {"PLACES_PUSH_S": "600"}
    short_page = {"POOL_CARDS_MAX": "4"}
    written_soon = {"FAIRNESS_FLUSH_S": "0.1", "ESTIMATE_CACHED_S": "0", "EVENTS_POLL_S": "0.5"}
    cluster = Cluster(cluster_folder / "patient", webs=2, settings={**soon, **at_once, **short_page, **written_soon})
    with running(cluster, therapists=16, clients=30):
        cluster.seed(therapists=4, clients=4, is_referred=True)
        yield cluster


@pytest.fixture
async def line(patient: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(patient, http) as people:
        yield people


def therapist_called(cluster: Cluster, *first_names: str) -> Person:
    return next(person for person in cluster.people if person.role == "therapist" and person.first_name in first_names)


async def on_duty(line: Cast, person: Person, web: int = 0) -> TherapistActor:
    line.cluster.people.remove(person)
    actor = await line.enter(TherapistActor(line.http, line.cluster.url(web)), person)
    await actor.go_on_duty()
    return actor


async def referred(line: Cast, web: int = 0) -> tuple[ClientActor, Person]:
    """A client, and the therapist whom their referral named."""
    known = dict(line.cluster.rows("SELECT id, own_therapist_id FROM person WHERE own_therapist_id IS NOT NULL"))
    client = next(person for person in line.cluster.people if person.id in known)
    own = next(person for person in line.cluster.people if person.id == known[client.id])
    line.cluster.people.remove(client)
    return await line.enter(ClientActor(line.http, line.cluster.url(web)), client), own


async def test_a_referrals_own_therapist_is_offered_the_request_alone_then_everybody_is(line: Cast) -> None:
    client, own_person = await referred(line)
    own = await on_duty(line, own_person, web=1)
    near, far = await line.therapist(0), await line.therapist(1)
    placed = await client.place()
    await own.until_sees(placed.id)
    assert own.cards[placed.id].yours_until_ms is not None
    for other in (near, far):
        assert placed.id not in {card.id for card in (await other.pool()).cards}
        await refused_as("request_not_found", other.accept(placed.id))
    for other in (near, far):
        await other.until_sees(placed.id)
        assert other.cards[placed.id].yours_until_ms is None
    current = await client.current()
    assert current is not None and current.version == 2
    await client.cancel(placed.id)


async def test_an_own_therapist_who_is_not_on_duty_is_skipped(line: Cast) -> None:
    client, _ = await referred(line)
    other = await line.therapist(1)
    placed = await client.place()
    await other.until_sees(placed.id, timeout_s=2)
    await client.cancel(placed.id)


async def test_an_own_therapist_who_goes_off_duty_keeps_nobody_waiting(line: Cast) -> None:
    client, own_person = await referred(line)
    own = await on_duty(line, own_person)
    other = await line.therapist(1)
    placed = await client.place()
    await own.until_sees(placed.id)
    await own.go_off_duty()
    await other.until_sees(placed.id)
    ((kinds,),) = line.cluster.rows("SELECT group_concat(kind) FROM event WHERE subject_id = ?", placed.id)
    assert "OwnTherapistAway" in kinds.split(",")
    await client.cancel(placed.id)


async def test_an_own_therapist_whom_the_client_declines_gives_way_to_the_others(line: Cast) -> None:
    client, own_person = await referred(line)
    own = await on_duty(line, own_person)
    other = await line.therapist(1)
    placed = await client.place()
    await own.until_sees(placed.id)
    await own.accept(placed.id)
    await client.until_request("accepted")
    await client.decline(placed.id)
    await other.until_sees(placed.id, timeout_s=2)
    await client.cancel(placed.id)


async def test_a_client_who_has_waited_is_asked_and_only_what_they_give_up_widens(line: Cast) -> None:
    woman = await on_duty(line, therapist_called(line.cluster, "Amara", "Mei"), web=1)
    client = await line.client()
    placed = await client.place(therapist_gender="male")
    assert placed.prompts is None and placed.prompt_at_ms is not None
    await client.until(lambda: client.request is not None and client.request.prompts is not None)
    assert client.request is not None and client.request.prompts is not None
    assert (client.request.prompts.may_drop_gender, client.request.prompts.needs_phone) == (True, True)
    assert not woman.sees(placed.id)
    widened = await client.widen(placed.id, drop_gender=True)
    assert (widened.therapist_gender, widened.placed_at_ms) == ("none", placed.placed_at_ms)
    await woman.until_sees(placed.id)
    again = await client.widen(placed.id, drop_gender=True)
    assert again.version == widened.version
    await client.cancel(placed.id)


async def test_another_language_keeps_the_place_and_moves_up_those_behind(line: Cast) -> None:
    await on_duty(line, therapist_called(line.cluster, "Helen"))
    client, behind = await line.client(), await line.client(1)
    placed = await client.place(language="cy")
    second = await behind.place(language="cy")
    assert (placed.place, second.place) == (1, 2)
    await client.until(lambda: client.request is not None and client.request.prompts is not None)
    assert client.request is not None and client.request.prompts is not None
    assert client.request.prompts.languages == ["en", "fr"]
    moved = await client.widen(placed.id, language="fr")
    assert (moved.language, moved.place) == ("fr", 1)
    await behind.until(lambda: behind.request is not None and behind.request.place == 1)
    await client.cancel(placed.id)
    await behind.cancel(second.id)


async def test_those_behind_learn_at_once_that_somebody_before_them_left(line: Cast) -> None:
    first, second, third = await line.client(0), await line.client(1), await line.client(0)
    placed = [await one.place(language="pl") for one in (first, second, third)]
    assert [view.place for view in placed] == [1, 2, 3]
    await second.cancel(placed[1].id)
    await third.until(lambda: third.request is not None and third.request.place == 2)
    await first.cancel(placed[0].id)
    await third.until(lambda: third.request is not None and third.request.place == 1)
    await third.cancel(placed[2].id)


async def test_nobody_widens_somebody_elses_request(line: Cast) -> None:
    client, other = await line.client(), await line.client(1)
    placed = await client.place(therapist_gender="male")
    await refused_as("request_not_found", other.widen(placed.id, drop_gender=True))
    await refused_as("request_not_found", other.call_back(placed.id, PHONE))
    await client.cancel(placed.id)


async def test_a_callback_keeps_the_place_and_is_texted_once_when_somebody_is_free(line: Cast) -> None:
    client, later = await line.client(), await line.client(1)
    placed = await client.place()
    behind = await later.place()
    await refused_as("phone_needed", client.call_back(placed.id))
    called = await client.call_back(placed.id, PHONE)
    assert (called.state, called.reason) == ("cancelled", "callback")
    assert called.place_kept_until_ms is not None and called.place_kept_until_ms > called.now_ms + 1_700_000
    assert (await client.call_back(placed.id, PHONE)).version == called.version
    await later.until(lambda: later.request is not None and later.request.place == 1)
    assert line.cluster.rows("SELECT * FROM outbox WHERE request_id = ?", placed.id) == []

    therapist = await line.therapist(1)

    async def texts() -> list[tuple[str, str]]:
        return line.cluster.rows("SELECT kind, person_id FROM outbox WHERE request_id = ?", placed.id)  # type: ignore

    await eventually(texts, 10, "the client who is first in place is texted")
    again = await client.place()
    assert again.place == 1
    ((first, second),) = line.cluster.rows(
        "SELECT min(place), max(place) FROM request WHERE id IN (?, ?)", placed.id, again.id
    )
    assert first == second
    await therapist.until_sees(again.id)
    cards = [therapist.cards[request_id] for request_id in (again.id, behind.id)]
    assert cards[0].place < cards[1].place and cards[0].placed_at_ms > cards[1].placed_at_ms
    # The next look of both processes finds nothing more to say.
    told = "SELECT count(*) FROM event WHERE subject_id = ? AND kind = 'CalledBack'"
    assert (line.cluster.rows(told, placed.id), len(await texts())) == ([(1,)], 1)
    await client.cancel(again.id)
    await later.cancel(behind.id)


async def test_who_waits_in_front_is_served_before_somebody_is_called_back(line: Cast) -> None:
    first, second = await line.client(), await line.client(1)
    ahead = await first.place()
    placed = await second.place()
    await second.call_back(placed.id, PHONE)
    therapist = await line.therapist()
    await therapist.until_sees(ahead.id)
    queued = "SELECT count(*) FROM outbox WHERE request_id = ?"
    assert line.cluster.rows(queued, placed.id) == [(0,)]
    await first.cancel(ahead.id)

    async def is_texted() -> bool:
        return line.cluster.rows(queued, placed.id) == [(1,)]

    await eventually(is_texted, 10, "the one left over is texted")
    # Who was told has the therapist for a while; asking again gives them up for the tests that follow.
    again = await second.place()
    await second.cancel(again.id)


async def test_a_wait_is_told_as_a_range_once_enough_has_happened(line: Cast) -> None:
    therapist = await line.therapist()
    clients = [await line.client(number % 2) for number in range(2)]
    first = await clients[0].place()
    claims = int(line.cluster.rows("SELECT count(*) FROM offering WHERE kind = 'claimed'")[0][0])
    if claims < 5:
        assert (first.wait_low_s, first.wait_high_s) == (None, None)
    await clients[0].cancel(first.id)
    for _ in range(5):
        placed = await clients[0].place()
        await therapist.until_sees(placed.id)
        await therapist.accept(placed.id)
        await clients[0].cancel(placed.id)

    async def is_known() -> bool:
        rows = line.cluster.rows("SELECT count(*) FROM offering WHERE kind = 'claimed'")
        return int(rows[0][0]) >= claims + 5

    await eventually(is_known, 10, "the claims are on record")
    told = await clients[1].place()
    assert (told.wait_low_s, told.wait_high_s) == (0, 60)
    await clients[1].cancel(told.id)


async def test_the_top_of_a_page_is_the_oldest_also_in_a_line_longer_than_a_page(line: Cast) -> None:
    clients = [await line.client(number % 2) for number in range(7)]
    order = [(await client.place()).id for client in clients[:6]]
    therapist = await line.therapist(1)
    pool = await therapist.pool()
    assert ([card.id for card in pool.cards], pool.waiting) == (order[:4], 6)
    order.append((await clients[6].place()).id)
    for client, request_id in zip(clients[:2], order[:2], strict=True):
        await client.cancel(request_id)

    def standing() -> list[str]:
        cards = [card for card in therapist.cards.values() if card.state == "waiting"]
        return [card.id for card in sorted(cards, key=lambda card: card.place)]

    await therapist.until(lambda: standing() == order[2:6])
    await therapist.accept(order[2])
    await clients[2].cancel(order[2])
    await therapist.until(lambda: standing() == order[3:])
    assert line.cluster.rows("SELECT 1 FROM offering WHERE kind = 'passed_over' AND taken_id = ?", order[2]) == []
    for client, request_id in zip(clients[3:], order[3:], strict=True):
        await client.cancel(request_id)
