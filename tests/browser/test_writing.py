"""What is written in a call: chat that says what is unread and leads nowhere by surprise, notes that are never lost."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, TherapistHuman
from tests.cluster import Cluster


def notes_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Session notes")


async def test_chat_says_what_is_unread_its_addresses_are_safe_and_notes_are_never_lost(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await expect(client.button("Chat")).to_have_accessible_description("")
    await therapist.write("Please read https://www.nhs.uk/sleep, not javascript:alert(1).")
    await therapist.write("Whenever you like.")
    await expect(client.button("Chat")).to_have_accessible_description("2 unread", timeout=ARRIVES_MS)
    await client.button("Chat").click()
    await expect(client.button("Chat")).to_have_accessible_description("")
    messages = client.page.get_by_role("log", name="Messages")
    link = messages.get_by_role("link")
    await expect(link).to_have_count(1)
    await expect(link).to_have_text("https://www.nhs.uk/sleep")
    for name, value in (
        ("target", "_blank"),
        ("rel", "noopener noreferrer nofollow"),
        ("href", "https://www.nhs.uk/sleep"),
    ):
        await expect(link).to_have_attribute(name, value)
    # Read stays read, also after a reload; what comes while the chat is closed is unread again.
    await client.page.reload()
    await client.in_call()
    await expect(client.button("Chat")).to_have_accessible_description("")
    await therapist.write("One more.")
    await expect(client.button("Chat")).to_have_accessible_description("1 unread", timeout=ARRIVES_MS)
    await notes_outlive_everything(therapist, talk.session_id, talk.cluster)


async def notes_outlive_everything(therapist: TherapistHuman, session_id: str, cluster: Cluster) -> None:
    """A dead server, a reload in the middle of a sentence, and a second window."""

    async def stored(text: str) -> None:
        async def is_stored() -> bool:
            return str((await therapist.session(session_id))["notes"]["text"]) == text

        await therapist.until(is_stored, 20, f"stored: {text}")

    await therapist.button("Notes").click()
    notes = notes_of(therapist.page)
    await notes.fill("Sleeps badly.")
    await expect(therapist.page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=ARRIVES_MS)
    await stored("Sleeps badly.")

    cluster.kill("web0")
    await notes.fill("Sleeps badly. Sister moved.")
    not_saved = therapist.page.locator(".saved--not", has_text="Not saved yet; kept in this window")
    await expect(not_saved).to_be_visible(timeout=ARRIVES_MS)
    cluster.start("web0")
    cluster.wait_ready("web0")
    await stored("Sleeps badly. Sister moved.")

    # In the middle of a sentence.
    await notes.fill("Sleeps badly. Sister moved. Wants to")
    await therapist.page.reload()
    await therapist.in_call()
    await therapist.button("Notes").click()
    await expect(notes).to_have_value("Sleeps badly. Sister moved. Wants to", timeout=ARRIVES_MS)
    await stored("Sleeps badly. Sister moved. Wants to")

    # The session's page in the call log, open beside the call.
    beside = await therapist.context.new_page()
    await beside.goto(f"{cluster.url()}/sessions/{session_id}")
    await expect(notes_of(beside)).to_have_value("Sleeps badly. Sister moved. Wants to", timeout=ARRIVES_MS)
    await notes_of(beside).fill("Written beside the call.")
    await stored("Written beside the call.")
    await expect(notes).to_have_value("Written beside the call.", timeout=ARRIVES_MS)
    # Both at once: neither is lost.
    await notes_of(beside).fill("Beside. ")
    await notes.fill("In the call. ")

    async def are_both_kept() -> bool:
        text = str((await therapist.session(session_id))["notes"]["text"])
        return "In the call." in text and "Beside." in text

    await therapist.until(are_both_kept, 20, "what both windows wrote is kept")
    await beside.close()
