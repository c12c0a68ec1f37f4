"""A client who has waited a while does not have to sit and watch."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS


async def test_a_client_who_has_waited_is_called_back_by_text_and_has_the_place_kept(theatre: Theatre) -> None:
    client = await theatre.client()
    await client.ask_for_someone()
    await client.button("Call me back").click(timeout=2 * ARRIVES_MS)
    await client.page.get_by_label("Mobile number", exact=True).fill("12")
    await client.button("Text me").click()
    await expect(client.page.get_by_role("alert").get_by_text("mobile number")).to_be_visible()
    await client.page.get_by_label("Mobile number", exact=True).fill("07700 900123")
    await client.button("Text me").click()
    await expect(client.page.get_by_role("heading", name="We will text you")).to_be_visible(timeout=ARRIVES_MS)
    kept = re.compile(r"place in the line is kept until \d+(\.\d\d)? [ap]m")
    await expect(client.page.get_by_text(kept)).to_be_visible()
    await client.page.get_by_role("link", name="Home", exact=True).click()
    await expect(client.page.get_by_text(kept)).to_be_visible(timeout=ARRIVES_MS)
    for number in ("tel:999", "tel:116123", "sms:85258"):
        await expect(client.page.locator(f'a[href="{number}"]').first).to_be_visible()
