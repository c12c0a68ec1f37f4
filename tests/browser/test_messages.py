"""A client and a therapist write to each other on two machines: words, a picture, what is unread, and what is kept."""

import asyncio
import io

from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, Human
from tests.browser.test_access import flawless


def picture() -> FilePayload:
    written = io.BytesIO()
    Image.new("RGB", (240, 160), "teal").save(written, "PNG")
    return {"name": "garden.png", "mimeType": "image/png", "buffer": written.getvalue()}


def message(human: Human) -> Locator:
    return human.page.get_by_role("textbox", name="Message", exact=True)


def log(human: Human) -> Locator:
    return human.page.get_by_role("log")


async def test_two_people_write_send_a_picture_and_lose_nothing(theatre: Theatre) -> None:
    client, therapist = await theatre.client(), await theatre.therapist()
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    for human in (client, therapist):
        await human.in_call()
    await client.write("Typed in the call, see https://example.org/a.")
    await therapist.reads("https://example.org/a")
    await therapist.ends_for_both()

    # On the pages of messages: the call's chat is part of it, and both may go on.
    await client.page.goto(client.cluster.url() + "/messages")
    await client.page.get_by_role("link", name=therapist.person.first_name).click()
    await expect(log(client)).to_contain_text("in the call", timeout=ARRIVES_MS)
    await expect(log(client).get_by_role("link", name="https://example.org/a", exact=True)).to_be_visible()
    await message(client).fill("Could Thursday be 6 instead of 5?")
    await client.button("Send").click()
    await expect(log(client)).to_contain_text("Could Thursday be 6")

    navigation = therapist.page.get_by_role("navigation", name="Main").get_by_role("link", name="Messages", exact=True)
    await expect(navigation).to_have_attribute("aria-description", "1 unread", timeout=ARRIVES_MS)
    await navigation.click()
    await therapist.page.get_by_role("link", name=client.person.first_name).click()
    await expect(log(therapist)).to_contain_text("Could Thursday be 6", timeout=ARRIVES_MS)
    await expect(navigation).not_to_have_attribute("aria-description", "1 unread", timeout=ARRIVES_MS)
    await expect(log(client)).to_contain_text(", read", timeout=ARRIVES_MS)

    # A picture and a draft that outlives a reload.
    await message(therapist).fill("Yes. This is the way in.")
    await therapist.page.locator("input[type=file]").set_input_files(picture())
    await expect(therapist.page.get_by_text("garden.jpg")).to_be_visible(timeout=ARRIVES_MS)
    await therapist.page.reload()
    await expect(message(therapist)).to_have_value("Yes. This is the way in.", timeout=ARRIVES_MS)
    await expect(therapist.page.get_by_text("garden.jpg")).to_be_visible()
    await therapist.button("Send").click()
    shown = log(client).get_by_role("img", name="Picture: garden.jpg")
    await expect(shown).to_be_visible(timeout=ARRIVES_MS)
    await expect(shown).to_have_js_property("complete", True, timeout=ARRIVES_MS)
    assert await shown.evaluate("(one) => one.naturalWidth") == 240
    async with client.page.expect_download() as downloading:
        await shown.click()
    kept = await asyncio.to_thread((await (await downloading.value).path()).read_bytes)
    assert kept.startswith(b"\xff\xd8")

    # Without a network it is kept, says so, and goes by itself, once.
    await client.context.set_offline(True)
    await message(client).fill("Written in a tunnel")
    await message(client).press("Enter")
    await expect(log(client)).to_contain_text("It is kept and goes by itself", timeout=ARRIVES_MS)
    await flawless(client, "messages")
    await client.context.set_offline(False)
    await expect(log(therapist).get_by_text("Written in a tunnel", exact=True)).to_have_count(1, timeout=ARRIVES_MS)
    await expect(log(client).get_by_text("Written in a tunnel", exact=True)).to_have_count(1)
    await flawless(therapist, "messages")

    await therapist.page.get_by_role("searchbox", name="Search messages").fill("TUNNEL")
    hit = therapist.page.get_by_role("link").filter(has_text="Written in a tunnel")
    await expect(hit).to_be_visible(timeout=ARRIVES_MS)
