"""Money in the browser: into a wallet by an operator and by card, and out to a therapist by invoice until paid."""

import asyncio
import csv
import re

import aiohttp
from playwright.async_api import expect

from rtc_server.actors.people import Actor, ClientActor, TherapistActor
from rtc_server.store.database import now_ms
from tests.browser.conftest import TIMES, Theatre
from tests.browser.people import ARRIVES_MS, Human
from tests.browser.test_access import flawless
from tests.cluster import Person
from tests.money.test_withdrawals import PDF
from tests.scenario.story import in_call

SHARE = "£24.50"  # 70 % of £35.00


async def opens(human: Human, name: str) -> None:
    """Press a link, and wait until its page has said what it is about."""
    await human.page.get_by_role("link", name=name).first.click()
    await expect(human.page.get_by_role("heading", level=1)).to_be_visible(timeout=ARRIVES_MS)


async def sheet_says(human: Human, title: str | re.Pattern[str]) -> None:
    await expect(human.page.get_by_role("dialog", name=title)).to_be_visible(timeout=ARRIVES_MS)


async def in_sheet(human: Human, button: str) -> None:
    await human.page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


async def test_money_is_added_by_an_operator_with_a_reason_and_by_card_on_the_payment_page(theatre: Theatre) -> None:
    operator, client = await theatre.operator(), await theatre.client()
    await opens(operator, "Credits")
    await operator.page.get_by_label("Client’s e-mail address").fill(client.person.email)
    await operator.page.get_by_label("Amount", exact=True).fill("20")
    await operator.page.get_by_label("Reason").fill("The call broke off")
    await operator.button("Add money").click()
    await sheet_says(operator, "Add £20.00?")
    await flawless(operator, "credit")
    await in_sheet(operator, "Add £20.00")
    await expect(operator.page.get_by_text("£20.00 was added.")).to_be_visible(timeout=ARRIVES_MS)
    await expect(operator.page.get_by_role("row").filter(has_text="The call broke off")).to_be_visible()
    await client.page.goto(f"{client.cluster.url()}/wallet")
    await expect(client.page.get_by_role("row").filter(has_text="The call broke off")).to_contain_text("+£20.00")
    await flawless(client, "wallet")
    await client.button("Top up").click()
    await client.page.get_by_label("Another amount").fill("2")
    await in_sheet(client, "Pay by card")
    await expect(client.page.get_by_role("alert")).to_contain_text("between £5.00 and £500.00")
    await client.page.get_by_label("Another amount").fill("42.50")
    await flawless(client, "top up")
    await in_sheet(client, "Pay £42.50 by card")
    await client.button("Pay").click()
    await expect(client.page.get_by_role("heading", name="£42.50 is in your wallet")).to_be_visible(timeout=ARRIVES_MS)
    await opens(client, "To your wallet")
    await expect(client.page.get_by_text("£262.50")).to_be_visible(timeout=ARRIVES_MS)
    async with client.page.expect_download() as receipt:
        await client.page.get_by_role("link", name=re.compile("^Receipt, Top up by card")).click()
    assert (await (await receipt.value).path()).read_bytes().startswith(b"%PDF-")


async def earn(theatre: Theatre, person: Person) -> None:
    """A session long enough to be paid, without a browser; its share is available a moment later."""
    client = theatre.take_person("client")
    url = theatre.cluster.url()
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ClientActor(http, url) as asking,
        TherapistActor(http, url) as taking,
    ):
        actors: tuple[tuple[Actor, Person], ...] = ((asking, client), (taking, person))
        for actor, whose in actors:
            await actor.sign_in(whose.email, whose.password)
            await actor.connect()
        session_id = await in_call(asking, taking)
        assert asking.room is not None and asking.room.live_at_ms is not None
        billable_at_ms = asking.room.live_at_ms + float(TIMES["BILLABLE_MIN_S"]) * 1_000
        await asyncio.sleep(max(0.0, (billable_at_ms - now_ms()) / 1_000) + 0.1)
        await taking.end(session_id)


async def test_a_withdrawal_goes_by_invoice_from_the_request_to_paid(theatre: Theatre) -> None:
    therapist, operator = await theatre.therapist(), await theatre.operator()
    await earn(theatre, therapist.person)
    page = therapist.page
    await page.goto(f"{therapist.cluster.url()}/transactions")
    await expect(page.get_by_text("Notes missing")).to_be_visible(timeout=ARRIVES_MS)
    await expect(page.get_by_text("Available", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await therapist.button("Withdraw").click()
    await page.get_by_label("Bank transfer, against an invoice of yours").check()
    await page.get_by_label("Name on the account").fill("A. Okafor")
    await page.get_by_label("Sort code").fill("12-34-56")
    await page.get_by_label("Account number").fill("1234")
    await in_sheet(therapist, f"Withdraw {SHARE}")
    await expect(page.get_by_role("alert")).to_contain_text("eight digits")
    await page.get_by_label("Account number").fill("12345678")
    await flawless(therapist, "withdraw")
    await in_sheet(therapist, f"Withdraw {SHARE}")
    await expect(page.get_by_text(f"send an invoice for {SHARE}")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "transactions")
    await therapist.button("Upload invoice").first.click()
    await page.get_by_label("Invoice number").fill("0031")
    await page.get_by_label("Amount on the invoice").fill("24.00")
    await page.get_by_label("File").set_input_files(
        {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    await in_sheet(therapist, "Upload invoice")
    await expect(page.get_by_role("alert")).to_contain_text("must be the same")
    await page.get_by_label("Amount on the invoice").fill("24.50")
    await in_sheet(therapist, "Upload invoice")
    await expect(page.get_by_text("Invoice received, paid on")).to_be_visible(timeout=ARRIVES_MS)
    await pays(operator)
    await page.reload()
    await expect(page.get_by_role("row").filter(has_text="Withdrawal")).to_contain_text("Paid", timeout=ARRIVES_MS)


async def pays(operator: Human) -> None:
    """From the invoice to the books: chosen, confirmed by typing the sum, given to the bank, marked as paid."""
    page = operator.page
    await opens(operator, "Payouts due")
    await expect(page.get_by_text("Invoice 0031, arrived")).to_be_visible(timeout=ARRIVES_MS)
    await page.get_by_role("checkbox").check()
    await flawless(operator, "payouts")
    await operator.button(f"Schedule {SHARE}").click()
    await sheet_says(operator, re.compile("Schedule 1 payout"))
    await page.get_by_label("Type the sum to confirm it").fill("24.40")
    await in_sheet(operator, f"Schedule {SHARE}")
    await expect(page.get_by_role("alert")).to_contain_text(SHARE)
    await page.get_by_label("Type the sum to confirm it").fill("24.50")
    await in_sheet(operator, f"Schedule {SHARE}")
    async with page.expect_download() as bank_file:
        await page.get_by_role("link", name="Bank file").click()
    rows = list(csv.reader((await (await bank_file.value).path()).read_text().splitlines()))
    assert rows[1][:4] == ["123456", "12345678", "A. OKAFOR", "24.50"]
    await operator.button("Mark as paid").click()
    await page.get_by_label("Type the sum to confirm it").fill("24.50")
    await in_sheet(operator, "They are paid")
    await expect(page.get_by_text("Invoice 0031, paid")).to_be_visible(timeout=ARRIVES_MS)
    await opens(operator, "Quick Connect")
    await opens(operator, "Books")
    await expect(page.get_by_text("The books balance.")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(operator, "books")
