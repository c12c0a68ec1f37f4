"""The voice before the picture, and devices that go away in the middle of a call."""

import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, Human

LINK = """connections.filter((one) => one.connectionState === "connected" && one.getReceivers().length >= 2).at(-1)"""
ENCODINGS = f"() => {LINK}.getSenders().slice(0, 2).map((sender) => sender.getParameters().encodings[0])"
# What a browser does when a cable is pulled: the track has ended, and no page asked for it.
UNPLUG = f"""() => {{
  const lost = {LINK}.getSenders()[1].track;
  lost.stop();
  lost.dispatchEvent(new Event("ended"));
}}"""


async def encodings(human: Human) -> tuple[dict[str, Any], dict[str, Any]]:
    voice, picture = await human.page.evaluate(ENCODINGS)
    return voice, picture


async def test_the_voice_goes_first_and_less_data_makes_the_picture_small(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    voice, picture = await encodings(client)
    assert (voice["priority"], voice["networkPriority"], picture["priority"]) == ("high", "high", "low")
    assert voice["maxBitrate"] < picture["maxBitrate"]
    await client.button("More").click()
    switch = client.page.get_by_role("switch", name="Use less data")
    await switch.click()
    await expect(switch).to_be_checked()

    async def is_small() -> bool:
        return bool((await encodings(client))[1]["scaleResolutionDownBy"] == 4)

    await client.until(is_small, 10, "the picture is small")
    assert (await encodings(client))[0]["maxBitrate"] == voice["maxBitrate"]
    await therapist.hears_and_sees()
    # It is this person's choice, so it stands after a reload.
    await client.page.reload()
    await client.in_call()
    await client.hears_and_sees()
    await client.until(is_small, 10, "the picture is small after a reload")


async def test_a_camera_that_is_pulled_out_is_replaced_and_that_is_said(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await client.page.evaluate(UNPLUG)
    await expect(client.page.get_by_text(re.compile("The camera you used is gone"))).to_be_visible(timeout=ARRIVES_MS)
    await therapist.hears_and_sees()
    await expect(client.button("Camera")).to_have_attribute("aria-pressed", "true")
