"""The voice before the picture, and devices that go away in the middle of a call."""

import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, Human
from tests.browser.test_mending import hears

LINK = """connections.filter((one) => one.connectionState === "connected" && one.getReceivers().length >= 2).at(-1)"""
ENCODINGS = f"() => {LINK}.getSenders().slice(0, 2).map((sender) => sender.getParameters().encodings[0])"
# What a browser does when a cable is pulled: the device is not listed any more and cannot be opened, its track has
# ended without that a page asked for it, and the page is told that something has changed.
UNPLUG = f"""([at, name]) => {{
  const {{ mediaDevices }} = navigator;
  const [list, open] = ["enumerateDevices", "getUserMedia"].map((one) => mediaDevices[one].bind(mediaDevices));
  const lost = {LINK}.getSenders()[at].track;
  const id = lost.getSettings().deviceId;
  mediaDevices.enumerateDevices = async () =>
    (await list()).filter((one) => one.deviceId !== id && !(name && one.label.includes(name)));
  mediaDevices.getUserMedia = (wishes) =>
    wishes[lost.kind]?.deviceId?.exact === id
      ? Promise.reject(new OverconstrainedError("deviceId"))
      : open(wishes);
  lost.stop();
  lost.dispatchEvent(new Event("ended"));
  mediaDevices.dispatchEvent(new Event("devicechange"));
}}"""
HEADSET_IN, HEADSET_OUT = "Fake Audio Input 2", "Fake Audio Output 2"
LISTED = "(select) => [...select.options].map((one) => one.label)"


async def encodings(human: Human) -> tuple[dict[str, Any], dict[str, Any]]:
    voice, picture = await human.page.evaluate(ENCODINGS)
    return voice, picture


async def test_the_voice_goes_first_and_less_data_makes_the_picture_small(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist

    async def is_full() -> bool:
        return bool((await encodings(client))[1]["scaleResolutionDownBy"] == 1)

    await client.until(is_full, 5, "the picture that began small is full")
    voice, picture = await encodings(client)
    assert (voice["priority"], voice["networkPriority"], picture["priority"]) == ("high", "high", "low")
    assert voice["maxBitrate"] < picture["maxBitrate"]
    await client.button("More").click()
    switch = client.page.get_by_role("switch", name="Use less data")
    await switch.click()
    await expect(switch).to_be_checked()

    async def is_small() -> bool:
        now = (await encodings(client))[1]
        return bool(now["scaleResolutionDownBy"] == 4 and now["maxBitrate"] < picture["maxBitrate"])

    await client.until(is_small, 10, "the picture is small")
    assert (await encodings(client))[0]["maxBitrate"] == voice["maxBitrate"]
    await therapist.hears_and_sees()
    # It is this person's choice, so it stands after a reload.
    await client.page.reload()
    await client.in_call()
    await client.hears_and_sees()
    await client.until(is_small, 10, "the picture is small after a reload")


async def test_a_camera_and_a_headset_that_are_pulled_out_are_replaced_and_that_is_said(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await client.page.evaluate(UNPLUG, [1, ""])
    await expect(client.page.get_by_text(re.compile("The camera you used is gone"))).to_be_visible(timeout=ARRIVES_MS)
    await therapist.hears_and_sees()
    await expect(client.button("Camera")).to_have_attribute("aria-pressed", "true")

    # A headset is a microphone and a speaker, both chosen; it takes both with it.
    await client.button("More").click()
    await client.button("Devices").click()
    microphone = client.page.get_by_label("Microphone", exact=True)
    speaker = client.page.get_by_label("Speaker", exact=True)
    await microphone.select_option(label=HEADSET_IN)
    await speaker.select_option(label=HEADSET_OUT)
    await expect(microphone.locator("option:checked")).to_have_text(HEADSET_IN)
    await hears(therapist, 15)
    await client.page.evaluate(UNPLUG, [0, HEADSET_OUT])
    notes = client.page.get_by_role("status", name="Microphones")
    await expect(notes).to_contain_text("The microphone you used is gone. Fake", timeout=ARRIVES_MS)
    await expect(notes).to_contain_text("The speaker you used is gone", timeout=ARRIVES_MS)
    await expect(microphone.locator("option:checked")).not_to_have_text(HEADSET_IN)
    assert HEADSET_IN not in await microphone.evaluate(LISTED)
    assert HEADSET_OUT not in await speaker.evaluate(LISTED)
    assert await client.page.evaluate("document.querySelector('.view__them').sinkId") == ""
    await hears(therapist, 15)
    await client.button("More").click()
    await expect(client.button("Mute")).to_have_attribute("aria-pressed", "false")
