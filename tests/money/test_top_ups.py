"""Money into a wallet: by card through Stripe's own page, whatever order its reports come in, and by an operator."""

import uuid
from typing import Any

import pytest

from booking_core import books
from tests.accounts.house import Visitor
from tests.money.conftest import Counter
from tests.money.stripe_double import breaks, hangs

PAID = "checkout.session.completed"
EXPIRED = "checkout.session.expired"


def new_id() -> str:
    return str(uuid.uuid4())


async def begun(page: Visitor, pence: int = 3_500, top_up_id: str | None = None) -> tuple[int, Any]:
    body = {"id": top_up_id or new_id(), "amount_pence": pence}
    status, answer, _ = await page.ask("POST", "/api/top-ups", body)
    return status, answer


async def wallet_of(page: Visitor) -> Any:
    _, answer, _ = await page.ask("GET", "/api/wallet")
    return answer["value"]


async def available(page: Visitor) -> int:
    return int((await wallet_of(page))["available_pence"])


@pytest.fixture(autouse=True)
async def _balanced(counter: Counter) -> Any:
    yield
    async with counter.house.store.read() as connection:
        assert [answer.name for answer in await books.answers(connection) if answer.broken] == []


async def test_a_top_up_is_added_when_stripe_reports_it_and_once_however_often_it_does(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    status, answer = await begun(page)
    assert status == 200 and answer["value"]["url"].startswith(counter.stripe.url)
    (checkout,) = counter.stripe.checkouts.values()
    assert await available(page) == 0
    counter.stripe.pay(checkout["id"])
    for _ in range(3):
        assert await counter.stripe.report(PAID, checkout, event_id="evt_1") == 200
    assert await counter.stripe.report(PAID, checkout, event_id="evt_2") == 200
    assert await available(page) == 3_500
    (line,) = (await wallet_of(page))["lines"]
    assert (line["label"], line["amount_pence"], line["kind"]) == ("Top up by card", 3_500, "top_up")
    status, _, headers = await page.ask("GET", line["receipt"])
    assert (status, headers["Content-Type"]) == (200, "application/pdf")


async def test_reports_out_of_order_never_take_back_what_was_paid(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    await begun(page)
    (checkout,) = counter.stripe.checkouts.values()
    gone = {**checkout, "status": "expired"}
    assert await counter.stripe.report(EXPIRED, gone) == 200
    counter.stripe.pay(checkout["id"])
    assert await counter.stripe.report(PAID, checkout) == 200
    assert await counter.stripe.report(EXPIRED, gone) == 200
    assert await counter.stripe.report("checkout.session.async_payment_failed", {**gone, "status": "complete"}) == 200
    assert await available(page) == 3_500


async def test_a_report_that_stripe_did_not_sign_or_signed_long_ago_is_refused(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    await begun(page)
    (checkout,) = counter.stripe.checkouts.values()
    counter.stripe.pay(checkout["id"])
    assert await counter.stripe.report(PAID, checkout, secret="whsec_guessed") == 400
    assert await counter.stripe.report(PAID, checkout, age_s=3_600) == 400
    assert await available(page) == 0


async def test_a_report_of_another_amount_or_of_nothing_of_ours_adds_nothing(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    await begun(page)
    (checkout,) = counter.stripe.checkouts.values()
    counter.stripe.pay(checkout["id"])
    assert await counter.stripe.report(PAID, {**checkout, "amount_total": 1}) == 200
    assert await counter.stripe.report(PAID, {**checkout, "client_reference_id": new_id()}) == 200
    assert await counter.stripe.report(PAID, {**checkout, "payment_status": "unpaid"}) == 200
    assert await counter.stripe.report("charge.succeeded", {"id": "ch_1"}) == 200
    assert await available(page) == 0


async def test_a_client_who_comes_back_before_the_report_has_the_money_at_once_and_once(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    top_up_id = new_id()
    await begun(page, top_up_id=top_up_id)
    (checkout,) = counter.stripe.checkouts.values()
    path = f"/api/top-ups/{top_up_id}/look"
    assert (await page.ask("POST", path))[1]["value"]["state"] == "begun"
    counter.stripe.pay(checkout["id"])
    assert (await page.ask("POST", path))[1]["value"]["state"] == "paid"
    assert await counter.stripe.report(PAID, checkout) == 200
    assert await available(page) == 3_500
    stranger, _, _ = await counter.page("client")
    assert (await stranger.ask("POST", path))[0] == 404
    assert (await stranger.ask("GET", f"/api/top-ups/{top_up_id}/receipt.pdf"))[0] == 404


async def test_the_same_top_up_asked_for_again_leads_to_the_same_page(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    top_up_id = new_id()
    first = await begun(page, top_up_id=top_up_id)
    assert await begun(page, top_up_id=top_up_id) == first
    assert len(counter.stripe.checkouts) == 1
    status, answer = await begun(page, 7_000, top_up_id)
    assert (status, answer["code"]) == (422, "key_reused")
    stranger, _, _ = await counter.page("client")
    assert (await begun(stranger, top_up_id=top_up_id))[0] == 422


async def test_stripe_that_fails_or_hangs_is_said_and_takes_nothing(counter: Counter) -> None:
    page, _, _ = await counter.page("client")
    top_up_id = new_id()
    for fault in (breaks, hangs):
        counter.stripe.faults.append(fault)
        status, answer = await begun(page, top_up_id=top_up_id)
        assert (status, answer["code"]) == (503, "payments_unavailable")
    assert (await begun(page, top_up_id=top_up_id))[0] == 200
    assert await available(page) == 0


@pytest.mark.parametrize("pence", [499, 50_001, 0, -3_500, 3.5, "3500", 1e400, None])
async def test_an_amount_outside_the_bounds_or_no_amount_is_refused(counter: Counter, pence: Any) -> None:
    page, _, _ = await counter.page("client")
    body = b'{"id": "%b", "amount_pence": 1e400}' % new_id().encode() if pence == 1e400 else None
    status, answer, _ = await page.ask("POST", "/api/top-ups", body or {"id": new_id(), "amount_pence": pence})
    assert (status, answer["code"]) == (400, "bad_message")
    assert counter.stripe.checkouts == {}


async def test_an_operator_credits_a_wallet_once_with_a_reason_its_client_reads(counter: Counter) -> None:
    client, _, email = await counter.page("client")
    operator, _, _ = await counter.page("admin")
    body = {"id": new_id(), "email": f" {email.upper()} ", "amount_pence": 2_000, "reason": "The call broke off"}
    first = await operator.ask("POST", "/api/credits", body)
    again = await operator.ask("POST", "/api/credits", body)
    assert first[0] == 200 and again[1] == first[1]
    status, answer, _ = await operator.ask("POST", "/api/credits", {**body, "amount_pence": 9_000})
    assert (status, answer["code"]) == (422, "key_reused")
    view = await wallet_of(client)
    assert view["available_pence"] == 2_000
    (line,) = view["lines"]
    assert (line["label"], line["reason"], line["receipt"]) == ("Added by the practice", "The call broke off", "")
    _, answer, _ = await operator.ask("GET", "/api/credits")
    (shown,) = answer["value"]["lines"]
    assert (shown["to_name"], shown["reason"], shown["amount_pence"]) == ("Sam Reed", "The call broke off", 2_000)
    async with counter.house.store.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM top_up")).all()
    assert "broke off" not in str(rows)


async def test_money_is_credited_to_clients_only_and_the_operator_is_told_that_nothing_was(counter: Counter) -> None:
    operator, _, _ = await counter.page("admin")
    _, _, email = await counter.page("therapist")
    for address in (email, "nobody@people.example"):
        body = {"id": new_id(), "email": address, "amount_pence": 2_000, "reason": "For nothing"}
        status, answer, _ = await operator.ask("POST", "/api/credits", body)
        assert (status, answer["code"]) == (404, "person_not_found")
        assert "Nothing was credited" in answer["message"]
