"""An operator at the live queue, and the client whom it concerns."""

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS


async def test_an_operator_takes_a_request_out_and_its_client_reads_what_to_do_next(theatre: Theatre) -> None:
    operator, client = await theatre.operator(), await theatre.client()
    await operator.page.get_by_role("navigation", name="Main").get_by_role("link", name="Live queue").click()
    await client.ask_for_someone()
    await operator.button("Take out Mind, English").first.click(timeout=ARRIVES_MS)
    question = operator.page.get_by_role("dialog", name="Take this request out?")
    await question.get_by_role("button", name="Take out", exact=True).click()
    await expect(question.get_by_role("alert")).to_contain_text("Say why")
    await question.get_by_label("They are being helped elsewhere").check()
    await question.get_by_label("Note for the record").fill("Has an appointment at four.")
    await operator.page.keyboard.press("Enter")
    await expect(question).to_be_hidden()
    await expect(client.page.get_by_role("button", name="Cancel", exact=True)).to_be_hidden(timeout=ARRIVES_MS)
    await expect(client.page.get_by_text("Nothing was taken")).to_be_visible()
    await expect(client.page.locator('a[href="tel:999"]').first).to_be_visible()
    await operator.page.get_by_role("link", name="Taken out by an operator").first.click()
    await expect(operator.page.get_by_role("heading", name="History of a request")).to_be_visible()
    await expect(operator.page.get_by_text("Has an appointment at four.")).to_be_visible(timeout=ARRIVES_MS)
    await expect(operator.page.get_by_role("listitem").filter(has_text="An operator took it out")).to_be_visible()
