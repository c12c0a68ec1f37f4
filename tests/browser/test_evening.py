"""The evening's work on a session: correct, mark, copy, export, search, delete. And a client who stops a transcript."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS


async def test_a_therapist_finds_corrects_marks_copies_exports_and_deletes(recorded: Talk) -> None:
    _, therapist, session_id, _ = recorded
    await therapist.until_words(session_id, 8, "client")
    await therapist.ends_for_both()
    assert (await therapist.transcript(session_id))["transcript"] == "ready"
    page = therapist.page
    await page.goto(therapist.cluster.url() + f"/sessions/{session_id}")
    script = therapist.region("Transcript")
    await script.locator("li.utter button.utter__time").first.press("Enter")
    await page.get_by_role("textbox", name="Correct to").fill("A sentence nobody said zanzibar")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(script.get_by_role("button", name="Corrected")).to_be_visible(timeout=ARRIVES_MS)

    await script.locator("li.utter button.utter__time").first.press("Enter")
    await page.get_by_role("button", name="Mark", exact=True).click()
    await expect(page.get_by_role("button", name="Take mark away")).to_be_visible(timeout=ARRIVES_MS)
    await page.get_by_role("button", name="Copy to notes").click()
    notes = therapist.region("Session notes")
    written = await notes.get_by_role("textbox").input_value()
    assert "zanzibar" in written
    await expect(notes.get_by_text("Saved", exact=True)).to_be_visible(timeout=ARRIVES_MS)

    await page.get_by_role("button", name="Export", exact=True).click()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Plain text").click()
    kept = await asyncio.to_thread((await (await downloading.value).path()).read_text, encoding="utf-8-sig")
    assert "(corrected, marked): A sentence nobody said zanzibar" in kept

    await page.get_by_role("link", name="Call log", exact=True).first.click()
    await page.get_by_role("searchbox", name="Search names and words said").fill("Zanzibar")
    await page.get_by_role("list", name="Places found").get_by_role("link").last.click()
    await expect(therapist.region("Transcript")).to_contain_text("zanzibar", timeout=ARRIVES_MS)

    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("button", name="Delete the transcript…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete the transcript", exact=True).click()
    await expect(therapist.region("Transcript")).to_contain_text("The transcript was deleted", timeout=ARRIVES_MS)
    await expect(notes.get_by_role("textbox")).to_have_value(written)


async def test_a_client_stops_the_transcript_and_has_what_was_written_deleted(recorded: Talk) -> None:
    client, therapist, session_id, _ = recorded
    await therapist.until_words(session_id, 3, "client")
    await client.button("More").click()
    await client.page.get_by_role("button", name="Stop the transcript", exact=True).click()
    question = client.page.get_by_role("dialog", name="The transcript has stopped")
    await question.get_by_role("button", name="Delete what was written", exact=True).click()
    await expect(question).to_be_hidden(timeout=ARRIVES_MS)

    async def is_gone() -> bool:
        found = await therapist.session(session_id)
        return found["transcript"] == "deleted" and found["utterances"] == []

    await therapist.until(is_gone, 10, "the transcript is deleted")
    await therapist.ends_for_both()
