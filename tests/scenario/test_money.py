"""The price is held at yes, taken at the end of a session that was one, and given back otherwise."""

import asyncio

from rtc_server.actors.people import ClientActor, new_id
from rtc_server.store.database import now_ms
from rtc_server.wire.people import TermsView
from rtc_server.wire.pool import RequestAgree
from rtc_server.wire.sessions import ReceiptView
from tests.cluster import SHORT_TIMES
from tests.conftest import Cast
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call, offered

PRICE = 3_500


async def test_the_price_is_held_at_yes_and_given_back_after_a_session_under_two_minutes(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    before = await client.wallet()
    session_id = await in_call(client, therapist)
    during = await client.wallet()
    assert (during.available_pence, during.held_pence) == (before.available_pence - PRICE, PRICE)
    assert "held" in {line.state for line in during.lines}
    await therapist.end(session_id)
    await client.until_phase("ended")
    after = await client.wallet()
    assert (after.available_pence, after.held_pence) == (before.available_pence, 0)
    assert (await client.ask("GET", f"/api/sessions/{session_id}/receipt", ReceiptView)).charged_pence == 0
    assert (await therapist.wallet()).held_pence == 0


async def test_a_session_long_enough_is_charged_once_and_the_therapists_share_is_pending(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    before = await client.wallet()
    session_id = await in_call(client, therapist)
    assert client.room is not None and client.room.live_at_ms is not None
    billable_at_ms = client.room.live_at_ms + float(SHORT_TIMES["BILLABLE_MIN_S"]) * 1000
    await asyncio.sleep(max(0.0, (billable_at_ms - now_ms()) / 1000) + 0.1)
    await asyncio.gather(*(therapist.end(session_id) for _ in range(3)))
    await client.until_phase("ended")
    after = await client.wallet()
    assert (after.available_pence, after.held_pence) == (before.available_pence - PRICE, 0)
    earned = await therapist.wallet()
    assert 0 < earned.held_pence <= PRICE and earned.available_pence == 0
    receipt = await client.ask("GET", f"/api/sessions/{session_id}/receipt", ReceiptView)
    assert (receipt.charged_pence, receipt.is_settled) == (PRICE, True)
    assert (await therapist.session(session_id)).charged_pence == PRICE


async def agreement(client: ClientActor, request_id: str, key: str) -> RequestAgree:
    terms = await client.ask("GET", "/api/terms", TermsView)
    return RequestAgree(
        id=request_id, key=key, page_id=client.page_id, terms_version=terms.version, wants_transcript=False
    )


async def test_yes_said_ten_times_under_one_key_is_one_hold_and_another_body_is_refused(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    body = await agreement(client, request.id, new_id())
    await asyncio.gather(*(client.emit_raw("request:agree", body) for _ in range(10)))
    assert (await client.wallet()).held_pence == PRICE
    body.wants_transcript = True
    await refused_as("key_reused", client.emit_raw("request:agree", body))
    await client.cancel(request.id)
    assert (await client.wallet()).held_pence == 0


async def test_yes_to_terms_that_have_changed_is_refused_and_holds_nothing(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    body = await agreement(client, request.id, new_id())
    body.terms_version = "1900-01"
    await refused_as("terms_outdated", client.emit_raw("request:agree", body))
    assert (await client.wallet()).held_pence == 0
    await client.cancel(request.id)
