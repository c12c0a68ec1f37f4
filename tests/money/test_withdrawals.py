"""From a share to a payment: what a therapist asks for, what an operator confirms, and what the bank is given."""

import asyncio
import base64
import csv
import io
import uuid
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from booking_core import books, payouts, statement, wallet
from rtc_server.money.bank_file import bacs_text
from rtc_server.store.database import now_ms
from tests.accounts.house import Visitor
from tests.money.conftest import Counter

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
BANK = {"name": "Zoë Okafor-Nwosu & Daughters", "sort_code": "12-34-56", "account_number": "00012345"}


def new_id() -> str:
    return str(uuid.uuid4())


async def earn(counter: Counter, therapist_id: str, pence: int = 18_400) -> str:
    """A session that was paid for and whose share is available; its id."""
    client_id, _ = await counter.house.add("client")
    session_id = await counter.house.add_session(client_id, therapist_id, ended_at_ms=now_ms(), live_at_ms=now_ms())
    write = counter.house.store.write
    await write(wallet.top_up, client_id, pence, session_id, now_ms())
    await write(wallet.hold, session_id, client_id, therapist_id, pence, now_ms())
    await write(wallet.post, session_id, 100, now_ms())
    await write(wallet.release_pending, session_id, now_ms())
    return session_id


async def wallet_of(page: Visitor) -> Any:
    return (await page.ask("GET", "/api/wallet"))[1]["value"]


async def asked(page: Visitor, pence: int = 18_400, rail: str = "invoice", key: str | None = None) -> tuple[int, Any]:
    body = {"key": key or new_id(), "amount_pence": pence, "rail": rail}
    status, answer, _ = await page.ask("POST", "/api/withdrawals", body)
    return status, answer


async def requested(counter: Counter, pence: int = 18_400) -> tuple[Visitor, str]:
    """A therapist's page, and the withdrawal they have asked for."""
    page, therapist_id, _ = await counter.page("therapist")
    await earn(counter, therapist_id, pence)
    assert (await page.ask("PUT", "/api/payout-details", BANK))[0] == 200
    status, answer = await asked(page, pence)
    assert status == 200, answer
    return page, answer["value"]["id"]


def upload(pence: int = 18_400, content: bytes = PDF) -> dict[str, Any]:
    return {"key": new_id(), "amount_pence": pence, "number": "0031", "file": base64.b64encode(content).decode()}


async def carried_forward(counter: Counter, page: Visitor) -> int:
    """What a statement of the time to come begins with."""
    therapist_id = (await page.ask("GET", "/api/me"))[1]["value"]["id"]
    async with counter.house.store.read() as connection:
        return (await statement.between(connection, therapist_id, now_ms() + 1, now_ms() + 2)).opening_pence


async def statement_rows(page: Visitor) -> list[list[str]]:
    async with page.http.get("/api/wallet/statement.csv", headers={"Cookie": f"__Host-sign-in={page.token}"}) as found:
        return list(csv.reader(io.StringIO((await found.read()).decode("utf-8-sig"))))


async def payouts_of(operator: Visitor) -> Any:
    return (await operator.ask("GET", "/api/payouts"))[1]["value"]


async def confirm(operator: Visitor, ids: list[str], pence: int) -> tuple[int, Any]:
    body = {"key": new_id(), "ids": ids, "total_pence": pence}
    status, answer, _ = await operator.ask("POST", "/api/payouts", body)
    return status, answer


@pytest.fixture(autouse=True)
async def _balanced(counter: Counter) -> Any:
    yield
    async with counter.house.store.read() as connection:
        assert [answer.name for answer in await books.answers(connection) if answer.broken] == []


async def test_a_withdrawal_goes_from_request_to_paid_by_invoice_and_the_bank_s_file(counter: Counter) -> None:
    page, withdrawal_id = await requested(counter)
    told = [(template, address) for template, address, _ in await counter.house.mailed()]
    assert told == [("payout_requested", None), ("bank_changed", None)], "at the address of their account"
    operator, _, _ = await counter.page("admin")
    view = await wallet_of(page)
    assert (view["available_pence"], view["withdrawing_pence"]) == (0, 18_400)
    assert view["payout"]["bank_end"] == "2345" and "12-34-56" not in str(view)
    assert [line["id"] for line in (await payouts_of(operator))["waiting"]] == [withdrawal_id]
    status, answer, _ = await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload())
    pay_on = payouts.pay_day(payouts.day_of(now_ms())).isoformat()
    assert (status, answer["value"]["state"], answer["value"]["pay_on"]) == (200, "invoiced", pay_on)
    (due,) = (await payouts_of(operator))["to_pay"]
    assert (due["therapist"], due["invoice_number"], due["has_file"]) == ("Amara Okafor", "0031", True)
    for reader in (page, operator):
        status, _, headers = await reader.ask("GET", f"/api/withdrawals/{withdrawal_id}/invoice")
        assert (status, headers["Content-Type"]) == (200, "application/pdf")
        assert headers["Content-Disposition"].startswith("attachment")
    status, answer = await confirm(operator, [withdrawal_id], 18_400)
    assert (status, answer["value"]["total_pence"]) == (200, 18_400)
    batch_id = answer["value"]["batch_id"]
    async with operator.http.get(
        f"/api/batches/{batch_id}/bank.csv", headers={"Cookie": f"__Host-sign-in={operator.token}"}
    ) as response:
        rows = list(csv.reader(io.StringIO(await response.text())))
    assert rows == [
        ["Sort code", "Account number", "Name", "Amount", "Reference"],
        ["123456", "00012345", "ZOE OKAFOR-NWOSU &", "184.00", f"SESSIONS {withdrawal_id[:8].upper()}"],
    ]
    assert await carried_forward(counter, page) == 18_400
    body = {"key": new_id(), "ids": [withdrawal_id], "total_pence": 18_400}
    assert (await operator.ask("POST", f"/api/batches/{batch_id}/paid", body))[0] == 200
    assert await carried_forward(counter, page) == 0
    lines = (await wallet_of(page))["lines"]
    assert [(line["kind"], line["state"], line["amount_pence"]) for line in lines] == [
        ("withdrawal", "paid", -18_400),
        ("share", "available", 18_400),
    ]
    assert (await payouts_of(operator))["batches"] == []


async def test_bank_details_and_invoices_are_in_the_database_only_sealed(counter: Counter) -> None:
    page, withdrawal_id = await requested(counter)
    await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload())
    async with counter.house.store.read() as connection:
        told = ""
        for table in ("payout_details", "withdrawal", "invoice", "idempotency", "audit"):
            told += str((await connection.execute(text(f"SELECT * FROM {table}"))).all())
    for secret in ("Okafor", "123456", "00012345", "0031", "%PDF"):
        assert secret not in told, secret


async def test_an_invoice_of_another_amount_type_or_size_is_refused_and_nothing_moves(counter: Counter) -> None:
    page, withdrawal_id = await requested(counter)
    path = f"/api/withdrawals/{withdrawal_id}/invoice"
    for body, code in (
        (upload(pence=18_399), "amount_differs"),
        (upload(content=b"MZ\x90\x00 not a picture"), "file_refused"),
        (upload(content=b"<svg onload=alert(1)>"), "file_refused"),
        (upload(content=b""), "file_refused"),
        (upload(content=b"\xff\xd8\xff\xe0 no photograph"), "file_refused"),
        (upload(content=b"Plain text is no invoice."), "file_refused"),
        (upload(content=PDF + b"x" * 1_500_000), "too_large"),
    ):
        status, answer, _ = await page.ask("POST", path, body)
        assert (status >= 400, answer["code"]) == (True, code)
    assert (await wallet_of(page))["lines"][0]["state"] == "requested"
    photograph = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(photograph, "JPEG")
    assert (await page.ask("POST", path, upload(content=photograph.getvalue())))[0] == 200
    assert (await page.ask("GET", path))[2]["Content-Type"] == "image/jpeg"


async def test_nobody_else_s_withdrawal_is_there_at_all(counter: Counter) -> None:
    page, withdrawal_id = await requested(counter)
    await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload())
    other, _, _ = await counter.page("therapist")
    path = f"/api/withdrawals/{withdrawal_id}"
    assert (await other.ask("GET", f"{path}/invoice"))[0] == 404
    assert (await other.ask("POST", f"{path}/invoice", upload()))[0] == 404
    assert (await other.ask("POST", f"{path}/take-back", {"key": new_id()}))[0] == 404


async def test_a_withdrawal_needs_bank_details_and_no_more_than_there_is(counter: Counter) -> None:
    page, therapist_id, _ = await counter.page("therapist")
    await earn(counter, therapist_id, 5_000)
    assert (await asked(page, 5_000))[1]["code"] == "payout_details_missing"
    for fault in ({"sort_code": "1234"}, {"account_number": "123"}, {"name": ""}):
        assert (await page.ask("PUT", "/api/payout-details", BANK | fault))[0] == 400
    await page.ask("PUT", "/api/payout-details", BANK)
    status, answer = await asked(page, 5_001)
    assert (status, answer["code"]) == (402, "insufficient_funds")
    assert (await asked(page, 5_000, "processor"))[1]["code"] == "payout_details_missing"
    for pence in (0, -1, 2.5, "5000", True):
        assert (await asked(page, pence))[0] == 400  # type: ignore[arg-type]
    assert (await wallet_of(page))["available_pence"] == 5_000


async def test_of_a_hundred_withdrawals_at_once_exactly_as_many_succeed_as_the_balance_pays(counter: Counter) -> None:
    page, therapist_id, _ = await counter.page("therapist")
    await earn(counter, therapist_id, 10_000)
    await page.ask("PUT", "/api/payout-details", BANK)
    answers = await asyncio.gather(*(asked(page, 1_500) for _ in range(100)))
    assert sum(status == 200 for status, _ in answers) == 10_000 // 1_500
    assert {answer["code"] for status, answer in answers if status != 200} == {"insufficient_funds"}


async def test_the_same_act_twice_is_one_act_with_one_answer_and_another_body_is_refused(counter: Counter) -> None:
    page, therapist_id, _ = await counter.page("therapist")
    await earn(counter, therapist_id, 10_000)
    await page.ask("PUT", "/api/payout-details", BANK)
    key = new_id()
    answers = await asyncio.gather(*(asked(page, 4_000, key=key) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers) and answers[0][0] == 200
    assert (await wallet_of(page))["withdrawing_pence"] == 4_000
    status, answer = await asked(page, 5_000, key=key)
    assert (status, answer["code"]) == (422, "key_reused")
    taken = {"key": new_id()}
    path = f"/api/withdrawals/{key}/take-back"
    first = await page.ask("POST", path, taken)
    assert (await page.ask("POST", path, taken))[:2] == first[:2]
    assert (await page.ask("POST", path, {"key": new_id()}))[1]["code"] == "withdrawal_moved"
    assert (await asked(page, 4_000, key=key))[1]["value"]["state"] == "requested", "what was answered then"
    assert (await wallet_of(page))["available_pence"] == 10_000


async def test_what_an_operator_confirms_is_exactly_what_they_saw(counter: Counter) -> None:
    first, first_id = await requested(counter)
    second, second_id = await requested(counter, 9_000)
    operator, _, _ = await counter.page("admin")
    for page, withdrawal_id, pence in ((first, first_id, 18_400), (second, second_id, 9_000)):
        await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload(pence))
    for ids, total in (([first_id, second_id], 27_399), ([first_id], 27_400), ([first_id, first_id], 36_800)):
        assert (await confirm(operator, ids, total))[1]["code"] == "amount_differs"
    assert (await confirm(operator, [new_id()], 1))[1]["code"] == "withdrawal_not_found"
    assert len((await payouts_of(operator))["to_pay"]) == 2
    assert (await confirm(operator, [first_id, second_id], 27_400))[0] == 200
    assert (await confirm(operator, [first_id], 18_400))[1]["code"] == "withdrawal_moved"


async def test_an_invoice_by_mail_must_match_and_a_refused_one_is_asked_for_again(counter: Counter) -> None:
    page, withdrawal_id = await requested(counter)
    operator, _, _ = await counter.page("admin")
    path = f"/api/payouts/{withdrawal_id}"
    status, answer, _ = await operator.ask("POST", f"{path}/arrived", {"key": new_id(), "amount_pence": 18_000})
    assert (status, answer["code"]) == (422, "amount_differs")
    assert (await operator.ask("POST", f"{path}/arrived", {"key": new_id(), "amount_pence": 18_400}))[0] == 200
    assert (await operator.ask("GET", f"/api/withdrawals/{withdrawal_id}/invoice"))[1]["code"] == "file_refused"
    refusal = {"key": new_id(), "reason": "unreadable"}
    assert (await operator.ask("POST", f"{path}/refuse-invoice", refusal))[1]["value"]["state"] == "requested"
    line = (await wallet_of(page))["lines"][0]
    assert (line["state"], line["reason"], line["todo"]) == ("requested", "unreadable", ["invoice"])
    assert (await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload()))[0] == 200
    assert (await wallet_of(page))["lines"][0]["todo"] == []


async def test_a_payment_that_failed_is_ready_to_withdraw_again_and_leaves_the_bank_s_file(counter: Counter) -> None:
    first, first_id = await requested(counter)
    second, second_id = await requested(counter, 9_000)
    operator, _, _ = await counter.page("admin")
    for page, withdrawal_id, pence in ((first, first_id, 18_400), (second, second_id, 9_000)):
        await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload(pence))
    batch_id = (await confirm(operator, [first_id, second_id], 27_400))[1]["value"]["batch_id"]
    failure = {"key": new_id(), "reason": "wrong_details"}
    assert (await operator.ask("POST", f"/api/payouts/{first_id}/failed", failure))[0] == 200
    view = await wallet_of(first)
    assert (view["available_pence"], view["withdrawing_pence"]) == (18_400, 0)
    assert (view["lines"][0]["state"], view["lines"][0]["reason"]) == ("failed", "wrong_details")
    body = {"key": new_id(), "ids": [first_id, second_id], "total_pence": 27_400}
    assert (await operator.ask("POST", f"/api/batches/{batch_id}/paid", body))[1]["code"] == "withdrawal_moved"
    body = {"key": new_id(), "ids": [second_id], "total_pence": 9_000}
    assert (await operator.ask("POST", f"/api/batches/{batch_id}/paid", body))[0] == 200
    assert (await operator.ask("GET", f"/api/batches/{batch_id}/bank.csv"))[1]["code"] == "withdrawal_moved"


async def test_a_payment_the_bank_sends_back_is_ready_to_withdraw_again_and_both_movements_stay(
    counter: Counter,
) -> None:
    page, withdrawal_id = await requested(counter)
    operator, _, _ = await counter.page("admin")
    back = {"key": new_id(), "reason": "wrong_details"}
    await page.ask("POST", f"/api/withdrawals/{withdrawal_id}/invoice", upload())
    batch_id = (await confirm(operator, [withdrawal_id], 18_400))[1]["value"]["batch_id"]
    too_early = await operator.ask("POST", f"/api/payouts/{withdrawal_id}/came-back", back)
    assert too_early[1]["code"] == "withdrawal_moved", "it has not been paid yet"
    body = {"key": new_id(), "ids": [withdrawal_id], "total_pence": 18_400}
    assert (await operator.ask("POST", f"/api/batches/{batch_id}/paid", body))[0] == 200
    for _ in range(2):  # the second is a retry
        assert (await operator.ask("POST", f"/api/payouts/{withdrawal_id}/came-back", back))[0] == 200
    view = await wallet_of(page)
    assert (view["available_pence"], view["withdrawing_pence"]) == (18_400, 0)
    assert (view["lines"][0]["state"], view["lines"][0]["reason"]) == ("failed", "wrong_details")
    told = [template for template, _, _ in await counter.house.mailed()]
    assert told[:2] == ["payout_failed", "payout_paid"]
    assert [row[1:] for row in (await statement_rows(page))[3:]] == [
        ["Paid out", "-184.00"],
        ["Sent back by the bank", "184.00"],
        ["Carried forward", "184.00"],
    ]
    assert await carried_forward(counter, page) == 18_400
    back["key"] = new_id()
    twice = await operator.ask("POST", f"/api/payouts/{withdrawal_id}/came-back", back)
    assert twice[1]["code"] == "withdrawal_moved"


async def test_a_therapist_reads_every_session_with_what_is_left_to_do(counter: Counter) -> None:
    page, therapist_id, _ = await counter.page("therapist")
    paid = await earn(counter, therapist_id)
    client_id, _ = await counter.house.add("client", "Priya", "Nair")
    live = await counter.house.add_session(client_id, therapist_id, live_at_ms=now_ms())
    short = await counter.house.add_session(
        (await counter.house.add("client"))[0], (await counter.house.add("therapist"))[0], ended_at_ms=now_ms()
    )
    await counter.house.add_session(
        (await counter.house.add("client"))[0], therapist_id, ended_at_ms=now_ms(), is_rehearsal=True
    )
    lines = {line["session_id"]: line for line in (await wallet_of(page))["lines"]}
    assert set(lines) == {paid, live} and short not in lines
    assert (lines[paid]["state"], lines[paid]["todo"], lines[paid]["amount_pence"]) == ("available", ["notes"], 18_400)
    assert (lines[live]["state"], lines[live]["todo"], lines[live]["label"]) == (
        "live",
        ["end"],
        "Quick connect, Priya N.",
    )


async def test_a_monthly_statement_carries_forward_what_the_ledger_says(counter: Counter) -> None:
    page, _ = await requested(counter)
    status, _, headers = await page.ask("GET", "/api/wallet/statement.pdf")
    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    rows = await statement_rows(page)
    assert rows[0] == ["Date", "What", "Amount"]
    assert [row[1:] for row in rows[1:]] == [
        ["Brought forward", "0.00"],
        ["Quick connect, Sam R.", "184.00"],
        ["Carried forward", "184.00"],
    ]
    for month in ("2026-13", "1999-01", "../../etc", "2026-1"):
        assert (await page.ask("GET", f"/api/wallet/statement.csv?month={month}"))[0] == 400


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("Zoë Ångström", "ZOE ANGSTROM"),
        ("=HYPERLINK(1)", "HYPERLINK1"),
        ("+44 -@cmd", "44 -CMD"),
        ("--- Ada", "ADA"),
        ("A very long name indeed, truly", "A VERY LONG NAME I"),
        ("O'Brien & Sons / Dublin", "OBRIEN & SONS / DU"),
    ],
)
def test_names_in_the_bank_s_file_are_what_bacs_can_carry_and_compute_nothing(given: str, written: str) -> None:
    assert bacs_text(given) == written
