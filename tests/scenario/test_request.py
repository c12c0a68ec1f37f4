"""The life of a request over real sockets, client and therapist on different web processes."""

import asyncio

from rtc_server.actors.people import ClientActor, TherapistActor, new_id
from rtc_server.actors.wire import Refused
from rtc_server.wire.pool import RequestView
from tests.conftest import IS_SOAK, Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as
from tests.scenario.story import offered

CANCEL_ROUNDS = 200 if IS_SOAK else 20
LINE_ROUNDS = 200 if IS_SOAK else 15


async def test_placing_again_under_the_same_id_is_the_same_request(cast: Cast) -> None:
    client = await cast.client()
    request_id = new_id()
    first = await client.place(request_id=request_id, note="only once")
    again = await client.place(request_id=request_id, note="only once")
    assert (again.id, again.placed_at_ms, again.version) == (first.id, first.placed_at_ms, first.version)
    await client.cancel(request_id)


async def test_the_same_request_sent_five_times_at_once_is_one_request(cast: Cast) -> None:
    client = await cast.client()
    request_id = new_id()
    views = await asyncio.gather(*(client.place(request_id=request_id) for _ in range(5)))
    assert len({(view.id, view.placed_at_ms) for view in views}) == 1
    await client.cancel(request_id)


async def test_a_second_open_request_of_one_client_is_refused(cast: Cast) -> None:
    client = await cast.client()
    placed = await client.place()
    await refused_as("open_request_exists", client.place())
    await client.cancel(placed.id)


async def test_a_request_under_somebody_elses_id_is_refused(cast: Cast) -> None:
    client, other = await cast.client(), await cast.client(1)
    placed = await client.place()
    await refused_as("not_yours", other.place(request_id=placed.id))
    await refused_as("request_not_found", other.cancel(placed.id))
    await client.cancel(placed.id)


async def test_a_new_card_reaches_therapists_of_both_processes_with_the_words_of_the_form(cast: Cast) -> None:
    near, far = await cast.therapist(0), await cast.therapist(1)
    client = await cast.client()
    placed = await client.place(area="work", note="The week was long.", is_chat_only=True, is_worried=True)
    for therapist in (near, far):
        await therapist.until_sees(placed.id)
        card = therapist.cards[placed.id]
        assert (card.area, card.note, card.is_chat_only, card.is_worried) == ("work", "The week was long.", True, True)
    await client.cancel(placed.id)
    for therapist in (near, far):
        left = await therapist.until_gone(placed.id)
        assert left is not None and left.state == "cancelled"


async def test_the_accepting_therapist_is_shown_to_the_client_and_the_card_leaves_as_taken(cast: Cast) -> None:
    client, winner, onlooker = await cast.client(), await cast.therapist(1), await cast.therapist(0)
    request = await offered(client, winner, note="Hello")
    assert request.therapist is not None and request.therapist.bio and request.therapist.languages
    assert request.answer_by_ms is not None and 55_000 < request.answer_by_ms - request.now_ms <= 60_000
    left = await onlooker.until_gone(request.id)
    assert left is not None and left.state == "taken"
    await refused_as("taken", onlooker.accept(request.id))
    await client.cancel(request.id)


async def test_a_no_keeps_the_place_and_that_therapist_is_not_offered_it_again(cast: Cast) -> None:
    early, late = await cast.client(), await cast.client(1)
    declined, other = await cast.therapist(0), await cast.therapist(1)
    request = await offered(early, declined)
    after = await late.place()
    back = await early.decline(request.id)
    assert (back.state, back.placed_at_ms, back.therapist) == ("waiting", request.placed_at_ms, None)
    await other.until_sees(request.id)
    current = await late.current()
    assert back.place is not None and current is not None and current.place is not None
    assert back.place < current.place
    await declined.until_sees(after.id)
    assert not declined.sees(request.id)
    assert request.id not in {card.id for card in (await declined.pool()).cards}
    await refused_as("request_not_found", declined.accept(request.id))
    await early.cancel(request.id)
    await late.cancel(after.id)


async def test_a_withdrawn_offer_keeps_the_place_and_excludes_nobody(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    await therapist.withdraw(request.id)
    back = await client.until_request("waiting")
    assert (back.placed_at_ms, back.reason) == (request.placed_at_ms, "withdrawn")
    await therapist.until_sees(request.id)
    await therapist.accept(request.id)
    await client.cancel(request.id)


async def test_a_therapist_off_duty_or_in_another_session_cannot_accept(cast: Cast) -> None:
    client, busy, off = await cast.client(), await cast.therapist(0), await cast.therapist(1, is_on_duty=False)
    request = await offered(client, busy)
    second_client = await cast.client(1)
    second = await second_client.place()
    await refused_as("in_session", busy.accept(second.id))
    await refused_as("not_on_duty", off.accept(second.id))
    await second_client.cancel(second.id)
    await client.cancel(request.id)


async def test_accepting_after_the_client_has_cancelled_says_so(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    placed = await client.place()
    await therapist.until_sees(placed.id)
    await client.cancel(placed.id)
    await refused_as("cancelled", therapist.accept(placed.id))


async def test_cancelling_twice_is_one_cancellation(cast: Cast) -> None:
    client = await cast.client()
    placed = await client.place()
    first, second = await client.cancel(placed.id), await client.cancel(placed.id)
    assert (first.state, second.state, second.version) == ("cancelled", "cancelled", first.version)


async def test_cancel_against_accept_ends_cancelled_and_leaves_the_therapist_free(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    outcomes = set()
    for number in range(CANCEL_ROUNDS):
        placed = await client.place()
        await therapist.until_sees(placed.id)
        accepted, cancelled = await asyncio.gather(
            therapist.accept(placed.id),
            cancel_after(number % 10 * 0.002, client, placed.id),
            return_exceptions=True,
        )
        assert not isinstance(cancelled, BaseException) and cancelled.state == "cancelled"
        if isinstance(accepted, BaseException):
            assert isinstance(accepted, Refused) and accepted.code == "cancelled"
            outcomes.add("cancelled first")
        else:
            outcomes.add("accepted first")
        current = await therapist.current()
        assert current is None or current.state == "cancelled"
    print(f"cancel against accept, {CANCEL_ROUNDS} rounds: {sorted(outcomes)}")


async def cancel_after(delay_s: float, client: ClientActor, request_id: str) -> RequestView:
    """Some milliseconds later in each round, so that either side comes first now and then."""
    await asyncio.sleep(delay_s)
    return await client.cancel(request_id)


async def test_reloading_while_waiting_keeps_the_request(cast: Cast) -> None:
    client = await cast.client()
    placed = await client.place(note="still here")
    await client.reload()
    current = await client.current()
    assert current is not None
    assert (current.id, current.placed_at_ms, current.note) == (placed.id, placed.placed_at_ms, "still here")
    await client.cancel(placed.id)


async def test_a_page_that_asks_for_its_pool_while_the_line_moves_misses_nobody_and_keeps_nobody(cast: Cast) -> None:
    therapist = await cast.therapist(1)
    clients = [await cast.client(number % 2) for number in range(6)]
    for _ in range(LINE_ROUNDS):
        asking = KeepsAsking(therapist)
        placed = await asyncio.gather(*(client.place() for client in clients))
        await asking.stop()
        await asyncio.gather(*(therapist.until_sees(request.id) for request in placed))
        asking = KeepsAsking(therapist)
        await asyncio.gather(*(client.cancel(request.id) for client, request in zip(clients, placed, strict=True)))
        await asking.stop()
        await asyncio.gather(*(therapist.until_gone(request.id) for request in placed))


class KeepsAsking:
    """A page that asks for its pool again and again; no answer is thrown away."""

    def __init__(self, therapist: TherapistActor) -> None:
        self._is_over = False
        self._task = asyncio.create_task(self._ask(therapist))

    async def _ask(self, therapist: TherapistActor) -> None:
        while not self._is_over:
            await therapist.pool()

    async def stop(self) -> None:
        self._is_over = True
        await self._task


# What happens by itself, with short times.


async def test_silence_gives_the_card_back_once_and_ends_it_the_second_time(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    request = await offered(client, therapist)
    back = await client.until_request("waiting")
    assert (back.reason, back.placed_at_ms) == ("silent", request.placed_at_ms)
    await therapist.until_sees(request.id)
    await therapist.accept(request.id)
    await client.until_request("accepted")
    assert (await client.until_request("expired")).reason == "silent"
    current = await therapist.current()
    assert current is None or current.state == "expired"


async def test_a_waiting_client_who_stays_away_is_cancelled_as_absent(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    placed = await client.place()
    await therapist.until_sees(placed.id)
    await client.cut()
    left = await therapist.until_gone(placed.id, timeout_s=15)
    assert left is not None and left.state in ("cancelled", "hidden")
    await client.reload()
    assert await client.current() is None or (await client.current()).state == "cancelled"  # type: ignore[union-attr]


async def test_a_waiting_client_who_comes_back_in_time_keeps_the_place(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    placed = await client.place()
    for _ in range(3):
        await client.cut()
        await client.reload()
    current = await client.current()
    assert current is not None and (current.state, current.placed_at_ms) == ("waiting", placed.placed_at_ms)
    assert therapist.sees(placed.id)
    await client.cancel(placed.id)


async def test_a_therapist_who_vanishes_after_accepting_gives_the_client_back(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    request = await offered(client, therapist)
    await therapist.cut()
    back = await client.until_request("waiting")
    assert (back.reason, back.placed_at_ms) == ("withdrawn", request.placed_at_ms)
    await client.cancel(request.id)


async def test_a_therapist_who_closes_the_page_goes_off_duty_and_a_reload_does_not(hasty_cast: Cast) -> None:
    watcher, therapist = await hasty_cast.therapist(0), await hasty_cast.therapist(1)
    await therapist.reload()
    assert (await therapist.duty_now()).status == "on_duty"
    await therapist.cut()

    async def is_alone() -> bool:
        return (await watcher.duty_now()).on_duty == 1

    await eventually(is_alone, 15, "the therapist who closed the page is off duty")
    await therapist.reload()
    assert (await therapist.duty_now()).status == "off"


async def agreed_but_missing(client: ClientActor, therapist: TherapistActor) -> str:
    request = await offered(client, therapist)
    await client.agree(request.id)
    assert request.session_id is not None
    return request.session_id


async def test_when_nobody_joins_after_the_yes_the_request_fails_and_the_money_comes_back(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    before = await client.wallet()
    await agreed_but_missing(client, therapist)
    assert (await client.wallet()).held_pence > 0
    await client.until_request("failed")
    after = await client.wallet()
    assert (after.available_pence, after.held_pence) == (before.available_pence, 0)


async def test_when_only_the_therapist_is_missing_the_client_waits_again_at_the_same_place(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    session_id = await agreed_but_missing(client, therapist)
    placed = client.request
    await client.join(session_id)
    back = await client.until_request("waiting")
    assert placed is not None and back.placed_at_ms == placed.placed_at_ms
    assert (await client.wallet()).held_pence == 0
    await client.cancel(back.id)
