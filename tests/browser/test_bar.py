"""What a call offers beside talking: Refresh, keys, one's own picture, the therapist's screen, crisis numbers."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, DESK, PHONE, Human

# A screen that moves, without a question that no person is there to answer.
SCREEN = """
navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 640, height: 360 });
  const pen = canvas.getContext("2d");
  setInterval(() => { pen.fillStyle = `hsl(${Date.now() / 20 % 360} 60% 50%)`; pen.fillRect(0, 0, 640, 360); }, 100);
  return canvas.captureStream(10);
};
"""
IS_SEEN = "(video) => video.readyState >= 2 && video.videoWidth === 640"
TARGETS = """() => [...document.querySelectorAll("button")]
  .filter((one) => one.checkVisibility() && !one.closest("[hidden]"))
  .map((one) => [one.getAttribute("aria-label") ?? one.textContent, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
SMALLEST = {"width": 360, "height": 640}


async def says(human: Human, text: str) -> None:
    status = human.page.get_by_role("status", name="Connection", exact=True)
    await expect(status).to_contain_text(re.compile(text), timeout=ARRIVES_MS)


async def test_pressing_refresh_twenty_times_harms_nothing_and_both_read_what_it_does(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    refresh = client.button("Refresh")
    await refresh.click()
    await says(client, "Refreshing: checking your camera and microphone")
    await says(therapist, f"{client.person.first_name} is refreshing")
    # At once: on a busy machine a press by the mouse takes longer than what it would interrupt.
    await refresh.evaluate("(button) => { for (let press = 0; press < 19; press += 1) button.click(); }")
    await says(client, "Refreshed.*Your camera and microphone are fine")
    await refresh.click()
    await says(client, "Refreshed.*A new way between you was found")
    await refresh.click()
    await says(client, "Refreshing: building a new connection")
    await says(client, "Refreshed.*A new connection stands")
    for side in (client, therapist):
        await side.hears_and_sees()


async def test_the_client_sees_the_screen_of_the_therapist_until_it_is_stopped(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await therapist.page.evaluate(SCREEN)
    await therapist.button("More").click()
    await therapist.button("Show my screen").click()
    shown = client.page.get_by_label(f"{therapist.person.first_name}’s screen")
    await expect(shown).to_be_visible(timeout=ARRIVES_MS)

    async def is_seen() -> bool:
        return bool(await shown.evaluate(IS_SEEN))

    await client.until(is_seen, 15, "the screen moves on the client's page")
    # The page that comes back is told again.
    await client.page.reload()
    await client.in_call()
    await expect(shown).to_be_visible(timeout=ARRIVES_MS)
    await client.until(is_seen, 15, "the screen moves after a reload")
    await therapist.button("Stop showing").click()
    await expect(shown).to_have_count(0)
    await client.button("More").click()
    await expect(client.button("Show my screen")).to_have_count(0)


async def test_after_a_call_its_page_in_the_call_log_says_how_good_the_connection_was(talk: Talk) -> None:
    client, therapist, session_id, _ = talk
    await client.button("Refresh").click()
    await says(client, "Refreshed")
    await client.leaves()
    await therapist.ends_for_both()
    await expect(therapist.page).to_have_url(re.compile(f"/sessions/{session_id}$"), timeout=ARRIVES_MS)

    async def both_have_told() -> bool:
        sides = (await therapist.ask(f"/api/sessions/{session_id}/quality"))["sides"]
        return [side["seat"] for side in sides] == ["client", "therapist"]

    await therapist.until(both_have_told, 10, "both ends have told what they counted")
    for side in (await therapist.ask(f"/api/sessions/{session_id}/quality"))["sides"]:
        assert side["join_ms"] < 10_000 and side["connected_s"] > 0, side
    await therapist.page.reload()
    section = therapist.region("Connection")
    await expect(section).to_contain_text(f"{client.person.first_name}: ", timeout=ARRIVES_MS)
    await section.get_by_text(re.compile("^You: ")).click()
    await expect(section).to_contain_text("Through after")


async def test_keys_press_the_buttons_they_name_and_never_while_somebody_types(talk: Talk) -> None:
    client = talk.client
    mute, camera = client.button("Mute"), client.button("Camera")
    await client.page.keyboard.press("m")
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await client.page.keyboard.press("v")
    await expect(camera).to_have_attribute("aria-pressed", "false")
    await client.page.keyboard.press("c")
    message = client.page.get_by_role("textbox", name="Message", exact=True)
    await message.fill("")
    await message.press_sequentially("mvc?")
    await expect(message).to_have_value("mvc?")
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await client.button("Close panel").press("?")
    listed = client.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(listed).to_contain_text("Mute")
    await listed.get_by_role("switch", name="Use single keys").press("Space")
    await listed.get_by_role("button", name="Close", exact=True).press("Enter")
    await client.button("Close panel").press("m")
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await mute.click()
    await camera.click()


async def test_ones_own_picture_moves_by_pointer_and_arrow_keys_and_may_be_hidden(talk: Talk) -> None:
    client = talk.client
    own = client.page.get_by_role("group", name="Your own picture")
    placed = await own.bounding_box()
    assert placed
    pointer = client.page.mouse
    await pointer.move(placed["x"] + 40, placed["y"] + 60)
    await pointer.down()
    await pointer.move(placed["x"] + 10, placed["y"] + 160, steps=4)
    await pointer.up()
    await pointer.move(10, 10)
    before = await own.bounding_box()
    assert before and abs(before["x"] - placed["x"] + 30) < 2 and abs(before["y"] - placed["y"] - 100) < 2
    for _ in range(3):
        await own.press("ArrowLeft")
    await own.press("ArrowDown")
    after = await own.bounding_box()
    assert before and after and after["x"] < before["x"] - 60 and after["y"] > before["y"] + 20
    for _ in range(40):
        await own.press("ArrowUp")
    inside = await own.bounding_box()
    assert inside and inside["y"] >= 0
    await client.button("More").click()
    await client.button("Hide my own picture").click()
    await expect(own).to_have_count(0)
    await client.button("More").click()
    await client.button("Show my own picture").click()
    await expect(own).to_have_count(1)


async def test_every_button_of_a_call_is_large_enough_and_crisis_numbers_are_two_presses_away(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    for human in (client, therapist):
        for size in (SMALLEST, PHONE, DESK):
            await human.page.set_viewport_size(size)
            await human.button("More").click()
            numbers = human.page.get_by_role("note", name="Crisis numbers")
            await numbers.get_by_role("link", name=re.compile("116 123")).scroll_into_view_if_needed()
            await expect(numbers.get_by_role("link", name=re.compile("999"))).to_be_visible()
            assert await human.page.evaluate(TARGETS) == [], (human.person.role, size)
            await human.button("More").click()
            await expect(numbers).to_have_count(0)
    # Twice in a hurry leaves quickly; the press that closes the menu is not the first of them.
    await client.button("More").click()
    await expect(client.page.get_by_role("note", name="Crisis numbers")).to_be_visible()
    await client.page.keyboard.press("Escape")
    await client.page.keyboard.press("Escape")
    await expect(client.button("More")).to_be_focused()
    await client.button("More").click()
    await expect(client.page.get_by_role("note", name="Crisis numbers")).to_be_visible()
