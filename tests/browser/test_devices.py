"""Cameras and microphones that are missing, forbidden or muted: the session goes on with what there is."""

import re
from typing import Any

from playwright.async_api import expect

from tests import speech
from tests.browser.conftest import Talk, Theatre
from tests.browser.people import ARRIVES_MS, NO_CAMERA, NOTHING_ALLOWED, words_since
from tests.eventually import eventually

MUTED_FOR = 25  # words that the other one says meanwhile

# Every picture of somebody else: whether it runs, and with sound.
RUNS = """() => [...document.querySelectorAll(".view__them")]
  .map((one) => ({ runs: !one.paused, sounds: !one.muted }))"""
COUNT_PLAYS = """
window.plays = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.plays += 1; return play.call(this); };
"""
IS_TAP_ASKED = """[...document.querySelectorAll("button")].some((one) => one.textContent === "Tap to hear")"""
COUNT_CAPTURES = """
window.captures = 0;
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wishes) => { window.captures += 1; return open(wishes); };
"""
# What a phone does to a page when it rings: the tracks fall silent, and the sound of the other one stops.
PHONE_CALL = """() => {
  const link = connections.filter((one) => one.getReceivers().length >= 2).at(-1);
  for (const { track } of link.getSenders().slice(0, 2)) {
    Object.defineProperty(track, "muted", { value: true });
    track.dispatchEvent(new Event("mute"));
  }
  document.querySelector(".view__them").pause();
}"""
IS_FLOATING = "document.pictureInPictureElement !== null"


async def test_a_client_without_a_camera_is_told_so_and_is_heard(theatre: Theatre) -> None:
    therapist = await theatre.therapist()
    client = await theatre.client(None, NO_CAMERA)
    await client.ask_for_someone()
    await expect(client.page.get_by_text(re.compile("no camera", re.IGNORECASE)).first).to_be_visible(
        timeout=ARRIVES_MS
    )
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    await client.in_call()
    await client.hears_and_sees()

    async def is_heard() -> bool:
        return (await therapist.received())["audio"] > 20

    await therapist.until(is_heard, 15, "the client's sound arrives")
    await therapist.ends_for_both()


async def test_a_client_whose_browser_forbids_both_is_told_how_may_write_and_taps_to_hear(theatre: Theatre) -> None:
    therapist = await theatre.therapist()
    client = await theatre.client(None, NOTHING_ALLOWED, COUNT_PLAYS)
    await client.ask_for_someone()
    await expect(client.page.get_by_text(re.compile("blocking", re.IGNORECASE)).first).to_be_visible(timeout=ARRIVES_MS)
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    await client.in_call()
    await client.write("I can only write today.")
    await therapist.reads("I can only write today.")

    # A page that captures nothing and was never touched may not sound: the picture runs silently and asks for a press.
    # Playwright's own looks into a page count as touches, so these are taken past it.
    address, client.page = client.page.url, await client.context.new_page()
    await client.page.goto(address)
    looks = await client.context.new_cdp_session(client.page)

    async def untouched(ask: str) -> Any:
        found = await looks.send("Runtime.evaluate", {"expression": ask, "returnByValue": True})
        return found["result"]["value"]

    await eventually(lambda: untouched(IS_TAP_ASKED), ARRIVES_MS / 1_000, "the page asks for a press")
    plays = await untouched("window.plays")
    await eventually(lambda: untouched(f"({RUNS})()[0].runs"), 5, "the picture runs")
    assert await untouched(f"({RUNS})()") == [{"runs": True, "sounds": False}]
    assert await untouched("window.plays") < plays + 10, "the browser is not asked again and again"
    tap = client.button("Tap to hear")
    await tap.click()
    await expect(tap).to_have_count(0)
    assert await client.page.evaluate(RUNS) == [{"runs": True, "sounds": True}]
    await therapist.ends_for_both()


async def test_a_client_who_cannot_speak_now_has_a_chat_and_no_camera_is_ever_opened(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client(None, COUNT_CAPTURES)
    await client.button("Talk to someone now").click()
    await client.page.get_by_role("group", name="Area").get_by_role("radio").first.press("Space")
    await client.page.get_by_role("checkbox", name="Chat only").press("Space")
    await client.button("Find someone").click()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    for human in (client, therapist):
        await human.in_call()
        await expect(human.button("Mute")).to_be_disabled()
        await expect(human.button("Camera")).to_have_attribute("title", "Chat only: no camera and no microphone")
    message = client.page.get_by_role("textbox", name="Message", exact=True)
    await expect(message).to_be_visible()
    await client.write("Thank you for writing with me.")
    await therapist.reads("Thank you for writing with me.")
    assert await client.page.evaluate("window.captures") == 0
    await therapist.ends_for_both()


async def test_what_a_phone_takes_away_in_a_call_comes_back_by_one_press(theatre: Theatre) -> None:
    client, therapist, _ = await theatre.session(wants_transcript=False)
    await client.page.evaluate(PHONE_CALL)
    again = client.button("Use them again")
    await expect(again).to_be_visible(timeout=ARRIVES_MS)
    await again.click()
    await expect(again).to_have_count(0, timeout=ARRIVES_MS)
    assert await client.page.evaluate(RUNS) == [{"runs": True, "sounds": True}]
    for human in (client, therapist):
        await human.hears_and_sees()
    await expect(client.button("Mute")).to_have_attribute("aria-pressed", "false")

    # Out of the way of something else, and back.
    if await client.page.evaluate("document.pictureInPictureEnabled"):
        await client.button("More").click()
        await client.button("Picture in picture").click()
        await client.until(lambda: client.page.evaluate(IS_FLOATING), 10, "the picture floats")
        await client.button("More").click()
        await client.button("Back from picture in picture").click()

    # Somebody comes into the room.
    await client.page.keyboard.press("Escape")
    await client.page.keyboard.press("Escape")
    await expect(client.page).to_have_url(re.compile("/neutral.html$"), timeout=ARRIVES_MS)
    await expect(therapist.page.get_by_text(f"{client.person.first_name} stepped away").first).to_be_visible(
        timeout=ARRIVES_MS
    )
    await client.page.go_back()
    await expect(client.button("End session")).to_have_count(0)
    await therapist.ends_for_both()


async def test_not_one_word_is_written_down_of_somebody_who_is_muted(recorded: Talk) -> None:
    client, therapist, session_id, cluster = recorded
    mute = client.button("Mute")
    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "true")
    muted_at_ms = cluster.call_time_ms(session_id)
    await therapist.until_words_since(session_id, muted_at_ms, MUTED_FOR, "therapist")
    unmuted_at_ms = cluster.call_time_ms(session_id)
    await mute.click()
    # A side is written down in order: once the client’s words of after are there, so is all from before.
    await therapist.until_words_since(session_id, unmuted_at_ms, 1, "client")
    session = await therapist.session(session_id)
    # Half a second for a press to reach the track; the words before and after may be written down.
    late = [word for word in words_since(session, muted_at_ms + 500, "client") if word["from_ms"] < unmuted_at_ms - 500]
    assert not late, [word["from_ms"] - muted_at_ms for word in late]
    assert speech.words(" ".join(word["text"] for word in words_since(session, muted_at_ms, "therapist")))
