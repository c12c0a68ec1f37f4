"""Paying by Stripe: an account connected once, a batch confirmed, each payment asked for under one key until clear."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from booking_core import books
from booking_core.payout_schema import payout_order
from rtc_server.money.payout_story import PayoutStory
from rtc_server.money.payout_worker import PayoutRules, PayoutWorker
from rtc_server.store.database import now_ms
from tests.accounts.house import Visitor, build_app, serve
from tests.money.conftest import CALL_S, Counter
from tests.money.stripe_double import breaks, hangs, refuses
from tests.money.test_withdrawals import asked, confirm, earn, new_id, payouts_of, wallet_of

RULES = PayoutRules(poll_s=0.1, call_s=CALL_S, retry_s=0.0, give_up_s=60.0, keys_kept_s=60.0)


@pytest.fixture(autouse=True)
async def _balanced(counter: Counter) -> Any:
    yield
    async with counter.house.store.read() as connection:
        assert [answer.name for answer in await books.answers(connection) if answer.broken] == []


def worker_of(counter: Counter, rules: PayoutRules = RULES) -> PayoutWorker:
    house = counter.house
    return PayoutWorker(house.store, PayoutStory(house.store, house.keys, ""), counter.processor, rules)


async def connected(counter: Counter, page: Visitor) -> str:
    """The account's name at Stripe, once its therapist has told Stripe everything."""
    status, answer, _ = await page.ask("POST", "/api/payout-details/connect")
    assert status == 200 and answer["value"]["url"].startswith(counter.stripe.url)
    name = answer["value"]["url"].rsplit("/", 1)[1]
    counter.stripe.accounts[name] |= {"payouts_enabled": True, "details_submitted": True}
    return str(name)


async def scheduled(counter: Counter) -> tuple[Visitor, Visitor, str]:
    """Therapist's page, operator's page and a withdrawal that is due at Stripe."""
    page, therapist_id, _ = await counter.page("therapist")
    operator, _, _ = await counter.page("admin")
    await earn(counter, therapist_id)
    await connected(counter, page)
    await page.ask("POST", "/api/payout-details/look")
    status, answer = await asked(page, rail="processor")
    assert status == 200, answer
    withdrawal_id = answer["value"]["id"]
    assert (await confirm(operator, [withdrawal_id], 18_400))[0] == 200

    async def make_due(connection: Any) -> None:
        await connection.execute(update(payout_order).values(due_at_ms=now_ms()))

    await counter.house.store.write(make_due)
    return page, operator, withdrawal_id


async def state_of(page: Visitor) -> tuple[str, int]:
    view = await wallet_of(page)
    return view["lines"][0]["state"], view["available_pence"]


async def test_an_account_is_connected_once_and_ready_when_stripe_says_so(counter: Counter) -> None:
    page, therapist_id, _ = await counter.page("therapist")
    await earn(counter, therapist_id)
    assert (await wallet_of(page))["payout"]["processor_account"] == "none"
    name = await connected(counter, page)
    assert (await wallet_of(page))["payout"]["processor_account"] == "begun"
    assert await connected(counter, page) == name and len(counter.stripe.accounts) == 1
    assert (await asked(page, rail="processor"))[1]["code"] == "payout_details_missing"
    assert await counter.stripe.report("account.updated", counter.stripe.accounts[name]) == 200
    assert (await wallet_of(page))["payout"]["processor_account"] == "ready"
    assert (await asked(page, rail="processor"))[0] == 200


async def test_a_scheduled_payment_is_made_once_by_however_many_workers(counter: Counter) -> None:
    page, operator, withdrawal_id = await scheduled(counter)
    workers = [worker_of(counter) for _ in range(3)]
    for _ in range(2):
        await asyncio.gather(*(worker.step() for worker in workers))
    (transfer,) = counter.stripe.transfers.values()
    assert transfer["amount"] == 18_400
    assert counter.stripe.calls.count(("transfers", f"payout:{withdrawal_id}")) == 1
    assert await state_of(page) == ("paid", 0)
    assert (await payouts_of(operator))["lately"][0]["order"] == "done"


@pytest.mark.parametrize("fault", [hangs, breaks, refuses(400, "balance_insufficient")])
async def test_what_stripe_does_not_clearly_refuse_is_asked_again_under_the_same_key(
    counter: Counter, fault: Any
) -> None:
    page, operator, withdrawal_id = await scheduled(counter)
    counter.stripe.faults.append(fault)
    worker = worker_of(counter)
    await worker.step()
    assert (await state_of(page))[0] == "scheduled"
    failure = {"key": new_id(), "reason": "other"}
    refused = await operator.ask("POST", f"/api/payouts/{withdrawal_id}/failed", failure)
    assert refused[1]["code"] == "withdrawal_moved", "nobody gives back what Stripe may be about to pay"
    await worker.step()
    assert await state_of(page) == ("paid", 0)
    keys = {key for kind, key in counter.stripe.calls if kind == "transfers"}
    assert keys == {f"payout:{withdrawal_id}"} and len(counter.stripe.transfers) == 1


async def test_a_refused_payment_is_ready_to_withdraw_again(counter: Counter) -> None:
    page, _, _ = await scheduled(counter)
    counter.stripe.faults.append(refuses(400, "account_invalid"))
    await worker_of(counter).step()
    assert await state_of(page) == ("failed", 18_400)
    assert (await wallet_of(page))["lines"][0]["reason"] == "processor"


async def test_a_payment_stripe_does_not_answer_for_long_is_a_person_s_to_settle(counter: Counter) -> None:
    page, operator, withdrawal_id = await scheduled(counter)
    impatient = PayoutRules(poll_s=0.1, call_s=CALL_S, retry_s=0.0, give_up_s=-1.0, keys_kept_s=60.0)
    counter.stripe.faults.append(breaks)
    worker = worker_of(counter, impatient)
    await worker.step()
    await worker.step()
    assert sum(kind == "transfers" for kind, _ in counter.stripe.calls) == 1, "a stuck one is never asked again"
    (batch,) = (await payouts_of(operator))["batches"]
    assert batch["lines"][0]["order"] == "stuck"
    body = {"key": new_id(), "ids": [withdrawal_id], "total_pence": 18_400}
    assert (await operator.ask("POST", f"/api/batches/{batch['id']}/paid", body))[0] == 200
    assert await state_of(page) == ("paid", 0)


async def test_without_stripe_only_bank_transfers_and_operators_money_are_offered(counter: Counter) -> None:
    http = await serve(build_app(counter.house))
    _, email = await counter.house.add("client")
    page = Visitor(http)
    await page.sign_in(email)
    assert (await wallet_of(page))["top_up"]["by_card"] is False
    status, answer, _ = await page.ask("POST", "/api/top-ups", {"id": new_id(), "amount_pence": 3_500})
    assert (status, answer["code"]) == (409, "payments_not_set_up")
    assert "practice" in answer["message"]
    async with http.post("/payments/report", data=b"{}") as report:
        assert report.status == 409
    await http.close()
