"""The operator's live queue and the record of fairness, over real sockets and two web processes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.people import ClientActor, OperatorActor
from rtc_server.wire.queue import QueueLine, QueueView
from tests.cluster import Cluster, running
from tests.conftest import IS_SOAK, Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call

ONE_AFTER_ANOTHER = 1_000 if IS_SOAK else 12


@pytest.fixture(scope="module")
def watched(cluster_folder: Path) -> Iterator[Cluster]:
    soon = {"FAIRNESS_FLUSH_S": "0.1", "QUEUE_PUSH_S": "0.1", "OBSERVE_S": "0.2"}
    places = {"PLACES_PUSHED": "1", "PLACES_PUSH_S": "1", "REQUEST_WAIT_S": "7200"}
    cluster = Cluster(cluster_folder / "watched", webs=2, settings={**soon, **places})
    with running(cluster, therapists=40, clients=30 + ONE_AFTER_ANOTHER):
        cluster.seed(therapists=0, clients=0, admins=10)
        yield cluster


@pytest.fixture
async def watch(watched: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(watched, http) as people:
        yield people


async def operator(watch: Cast, web: int = 1) -> OperatorActor:
    actor = await watch.enter(OperatorActor(watch.http, watch.cluster.url(web)), watch.person("admin"))
    await actor.watch_queue()
    return actor


def line_of(view: QueueView | None, request_id: str) -> QueueLine | None:
    return None if view is None else next((line for line in view.line if line.id == request_id), None)


async def offerings(watch: Cast, request_id: str, kind: str) -> list[tuple[str, int | None]]:
    query = "SELECT therapist_id, behind_ms FROM offering WHERE request_id = ? AND kind = ? ORDER BY seq"
    return [(str(who), behind) for who, behind in watch.cluster.rows(query, request_id, kind)]


async def on_record(watch: Cast, request_id: str, kind: str, count: int = 1) -> list[tuple[str, int | None]]:
    """Rows of this kind once there are as many; nothing is written on the way, so one waits for them."""

    async def found() -> list[tuple[str, int | None]]:
        rows = await offerings(watch, request_id, kind)
        return rows if len(rows) >= count else []

    return await eventually(found, 10, f"{count} of {kind}")


async def test_an_operator_sees_the_line_change_without_asking(watch: Cast) -> None:
    looking = await operator(watch)
    before = looking.queue
    assert before is not None
    client, therapist = await watch.client(0), await watch.therapist(0)
    await looking.until(lambda: looking.queue is not None and looking.queue.on_duty == before.on_duty + 1)
    placed = await client.place(note="canary", is_worried=True)
    await looking.until(lambda: line_of(looking.queue, placed.id) is not None)
    line = line_of(looking.queue, placed.id)
    assert line is not None and looking.queue is not None
    assert (line.state, line.place, line.is_worried, line.may_see >= 1) == ("waiting", placed.place, True, True)
    assert looking.queue.waiting == before.waiting + 1 and looking.queue.worried == before.worried + 1
    assert looking.queue.oldest_ms is not None and looking.queue.oldest_ms <= placed.placed_at_ms
    await therapist.until_sees(placed.id)
    await therapist.accept(placed.id)

    def is_accepted() -> bool:
        now = line_of(looking.queue, placed.id)
        return now is not None and now.state == "accepted" and now.therapist != ""

    await looking.until(is_accepted)
    await client.cancel(placed.id)
    await looking.until(lambda: line_of(looking.queue, placed.id) is None)
    assert looking.queue.lately[0].id == placed.id


async def test_the_queue_says_who_is_in_session_and_counts_claims_and_losses(watch: Cast) -> None:
    looking = await operator(watch)
    before = looking.queue
    assert before is not None
    client, therapist, loser = await watch.client(), await watch.therapist(0), await watch.therapist(1)
    placed = await client.place()
    await asyncio.gather(therapist.until_sees(placed.id), loser.until_sees(placed.id))
    await therapist.accept(placed.id)
    await refused_as("taken", loser.accept(placed.id))
    after = await looking.watch_queue()
    assert after.in_session == before.in_session + 1
    for kind in ("claimed", "lost"):  # each by its own process, in its own time
        await on_record(watch, placed.id, kind)
    counted = await looking.watch_queue()
    assert (counted.claims_today, counted.losses_today) == (before.claims_today + 1, before.losses_today + 1)
    await client.cancel(placed.id)


async def test_a_request_taken_out_says_so_to_its_client_and_keeps_why(watch: Cast) -> None:
    looking, client = await operator(watch), await watch.client(0)
    placed = await client.place()
    await looking.take_out(placed.id, "elsewhere", "Has an appointment at four.")
    gone = await client.until_request("cancelled")
    assert (gone.reason, gone.taken_out) == ("operator", "elsewhere")
    history = await looking.history(placed.id)
    assert (history.taken_out, history.taken_out_note) == ("elsewhere", "Has an appointment at four.")
    assert [line.kind for line in history.lines] == ["Placed", "OperatorRemoves"]
    stored = watch.cluster.rows("SELECT taken_out_note_sealed FROM request WHERE id = ?", placed.id)[0][0]
    assert b"appointment" not in stored
    audited = "SELECT actor_id FROM audit WHERE action = 'request:take_out:elsewhere' AND object_id = ?"
    assert len(watch.cluster.rows(audited, placed.id)) == 1
    await refused_as("illegal_transition", looking.take_out(placed.id))
    again = await client.place()
    await client.cancel(again.id)


async def test_an_accepted_request_cannot_be_taken_out(watch: Cast) -> None:
    looking, client, therapist = await operator(watch), await watch.client(), await watch.therapist()
    placed = await client.place()
    await therapist.until_sees(placed.id)
    await therapist.accept(placed.id)
    await refused_as("illegal_transition", looking.take_out(placed.id))
    await client.cancel(placed.id)


async def test_those_far_behind_learn_their_place_with_the_next_pass(watch: Cast) -> None:
    clients = [await watch.client(number % 2) for number in range(4)]
    placed = [(await client.place(language="pl")).id for client in clients]
    await clients[0].cancel(placed[0])
    for place, client in enumerate(clients[1:], start=1):

        def is_moved(client: ClientActor = client, place: int = place) -> bool:
            return client.request is not None and client.request.place == place

        await client.until(is_moved)
    for client, request_id in zip(clients[1:], placed[1:], strict=True):
        await client.cancel(request_id)


async def test_nobody_but_an_operator_sees_the_queue(watch: Cast) -> None:
    client, therapist = await watch.client(), await watch.therapist()
    for person in (client, therapist):
        other = OperatorActor(watch.http, watch.cluster.url())
        other.token = person.token
        await other.connect()
        await refused_as("not_allowed", other.watch_queue())
        await refused_as("not_allowed", other.take_out("00000000-0000-4000-8000-000000000000"))
        await refused_as("not_allowed", other.history("00000000-0000-4000-8000-000000000000"))
        await other.close()


async def test_one_race_leaves_one_claim_and_every_loss_with_how_late_it_was(watch: Cast) -> None:
    client, therapists = await watch.client(), await watch.therapists(8)
    placed = await client.place()
    await asyncio.gather(*(therapist.until_sees(placed.id) for therapist in therapists))
    answers = await asyncio.gather(*(one.accept(placed.id) for one in therapists), return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    claims = await on_record(watch, placed.id, "claimed")
    losses = await on_record(watch, placed.id, "lost", 7)
    assert len(claims) == 1
    assert len({who for who, _ in losses}) == 7 and claims[0][0] not in {who for who, _ in losses}
    assert all(behind is not None and 0 <= behind < 10_000 for _, behind in losses)
    shown = Counter(who for who, _ in await on_record(watch, placed.id, "shown", 8))
    assert set(shown.values()) == {1}
    looking = await operator(watch)
    told = [line.kind for line in (await looking.history(placed.id)).lines if line.kind != "shown"]
    assert told == ["Placed", "Accept", *["lost"] * 7]
    await client.cancel(placed.id)


async def test_a_reload_and_a_second_tab_show_a_card_once_on_record(watch: Cast) -> None:
    client, therapist = await watch.client(), await watch.therapist(1)
    placed = await client.place()
    await therapist.until_sees(placed.id)
    await on_record(watch, placed.id, "shown")
    await therapist.reload()
    assert placed.id in {card.id for card in (await therapist.pool()).cards}
    await watch.tab(therapist, web=0)
    await therapist.accept(placed.id)
    await on_record(watch, placed.id, "claimed")
    shown = await offerings(watch, placed.id, "shown")
    ((own_id,),) = watch.cluster.rows("SELECT therapist_id FROM request WHERE id = ?", placed.id)
    assert [who for who, _ in shown].count(own_id) == 1
    await client.cancel(placed.id)


async def test_passing_over_an_older_card_is_on_record_and_taking_the_oldest_is_not(watch: Cast) -> None:
    looking = await operator(watch)
    old, new = await watch.client(0), await watch.client(1)
    therapist, other = await watch.therapist(0), await watch.therapist(1)
    older = await old.place()
    newer = await new.place()
    await asyncio.gather(*(one.until_sees(each.id) for one in (therapist, other) for each in (older, newer)))
    await therapist.accept(newer.id)
    passed = await on_record(watch, older.id, "passed_over")
    assert len(passed) == 1
    history = await looking.history(older.id)
    [told] = [line for line in history.lines if line.kind == "passed_over"]
    assert told.other_id == newer.id and told.therapist != ""
    await other.accept(older.id)
    await on_record(watch, older.id, "claimed")
    assert await offerings(watch, newer.id, "passed_over") == []
    await old.cancel(older.id)
    await new.cancel(newer.id)


async def test_a_request_that_never_was_has_no_history_and_cannot_be_taken_out(
    watch: Cast,
) -> None:
    looking = await operator(watch)
    await refused_as("request_not_found", looking.history("00000000-0000-4000-8000-000000000000"))
    await refused_as("request_not_found", looking.take_out("00000000-0000-4000-8000-000000000000"))


async def test_a_therapist_who_always_takes_the_top_card_takes_them_in_order_and_passes_nobody_over(
    watch: Cast,
) -> None:
    therapist = await watch.therapist(1)
    clients: dict[str, ClientActor] = {}
    for number in range(ONE_AFTER_ANOTHER):
        client = await watch.client(number % 2)
        clients[(await client.place(note=f"number {number}")).id] = client

    async def top_card() -> str:
        cards = (await therapist.pool()).cards
        return cards[0].id if cards else ""

    taken = []
    for _ in range(ONE_AFTER_ANOTHER):
        top_id = await eventually(top_card, 10, "a card, once the session before is over")
        await therapist.accept(top_id)
        taken.append(top_id)
        await clients[top_id].cancel(top_id)
    assert taken == list(clients)
    await on_record(watch, taken[-1], "claimed")
    marks = ",".join("?" for _ in taken)
    assert watch.cluster.rows(
        f"SELECT count(*) FROM offering WHERE kind = 'passed_over' AND request_id IN ({marks})", *taken
    ) == [(0,)]


async def test_a_session_leaves_the_whole_story_of_its_request(watch: Cast) -> None:
    looking, client, therapist = await operator(watch), await watch.client(), await watch.therapist()
    session_id = await in_call(client, therapist)
    await therapist.end(session_id)
    ((request_id,),) = watch.cluster.rows("SELECT request_id FROM session WHERE id = ?", session_id)
    await on_record(watch, request_id, "shown")
    history = await looking.history(request_id)
    steps = [line.kind for line in history.lines if line.kind != "shown"]
    assert steps == ["Placed", "Accept", "ClientAgrees", "BothJoined", "RoomEnded"]
