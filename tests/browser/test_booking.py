"""A client books a session with a reason given, takes it into their calendar, and moves it."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS
from tests.browser.test_access import flawless


async def test_a_client_books_a_time_takes_it_along_and_moves_it(theatre: Theatre) -> None:
    client = await theatre.client()
    page = client.page
    await page.get_by_role("link", name="Book therapy").or_(client.button("Book therapy")).first.click()
    await page.get_by_role("group", name="Area").get_by_role("radio").first.press("Space")
    await page.get_by_role("group", name="How long has this been with you?").get_by_label("Weeks").press("Space")
    await flawless(client, "what would help")
    await client.button("Next").click()
    await expect(page.get_by_role("heading", name=re.compile("^We suggest"))).to_be_visible(timeout=ARRIVES_MS)
    await expect(page.get_by_text(re.compile("^Works with mind, speaks English"))).to_be_visible()
    await flawless(client, "suggestion")
    await page.get_by_role("button", name=re.compile("^See .* times$")).click()
    for _ in range(2):  # further than a day ahead, whatever day it is
        await client.button("Week after").click()
    await page.locator(".slot").first.click(timeout=ARRIVES_MS)
    await flawless(client, "times")
    await client.button("Next").click()
    await expect(page.get_by_text("£70.00 from your wallet")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "summary")
    await client.button("Book now").click()
    await expect(page.get_by_role("heading", name=re.compile("^You are booked with"))).to_be_visible(timeout=ARRIVES_MS)
    async with page.expect_download() as taken:
        await page.get_by_role("link", name="Add to calendar").click()
    assert (await taken.value).suggested_filename == "session.ics"
    await expect(page.get_by_role("link", name="Message your therapist")).to_be_visible()
    await page.get_by_role("link", name="Home", exact=True).last.click()
    await page.get_by_role("button", name=re.compile("^More about")).click()
    await page.get_by_role("link", name="Reschedule").click()
    await expect(page.get_by_text("Free to move.")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "moving")
    await client.button("Week after").click()
    await page.locator(".slot").nth(1).click(timeout=ARRIVES_MS)
    await page.get_by_label(re.compile("^Reason for")).fill("A shift at work")
    await client.button("Reschedule").click()
    await expect(page.get_by_role("article")).to_have_count(1, timeout=ARRIVES_MS)
    found = await client.ask("/api/bookings")
    assert [booking["reason"] for booking in found["ahead"]] == [""]
