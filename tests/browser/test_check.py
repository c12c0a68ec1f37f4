"""The device check: by itself and in the wait; what it finds is said, and can be handed to support."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, DESK

# A microphone that is there and gives nothing at all, as one does whose own switch is off.
FLAT = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  const stream = await open(wishes);
  for (const track of stream.getAudioTracks()) {
    stream.removeTrack(track);
    track.stop();
    stream.addTrack(new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0]);
  }
  return stream;
};
"""


async def test_a_client_checks_everything_before_any_call_and_copies_a_report(theatre: Theatre) -> None:
    client = await theatre.client()
    await client.context.grant_permissions(["camera", "microphone", "clipboard-read", "clipboard-write"])
    await client.page.get_by_role("link", name="Check my devices").click()
    await expect(client.page.get_by_text("We can hear you")).to_be_visible(timeout=ARRIVES_MS)
    await expect(client.page.get_by_label("Your camera picture")).to_be_visible()
    await expect(client.page.get_by_text(re.compile("This browser may make calls"))).to_be_visible(timeout=ARRIVES_MS)
    await client.button("Play two notes").click()
    await client.button("I heard nothing").click()
    await expect(client.page.get_by_text(re.compile("Turn the volume up"))).to_be_visible()
    await client.page.set_viewport_size(DESK)
    await client.button("I heard them").click()
    report = client.page.get_by_label("Report")
    await expect(report).to_contain_text("Speaker: heard")
    await expect(report).to_contain_text("relay not set up")
    await client.button("Copy the report").click()
    await expect(client.page.get_by_text(re.compile("^Copied"))).to_be_visible()
    copied = await client.page.evaluate("navigator.clipboard.readText()")
    assert "Permission: camera granted, microphone granted" in copied
    assert client.person.email not in copied and client.person.first_name not in copied


async def test_a_microphone_that_gives_nothing_is_warned_about_in_the_wait(theatre: Theatre) -> None:
    client = await theatre.client(None, FLAT)
    await client.ask_for_someone()
    await expect(client.page.get_by_text(re.compile("Nothing at all comes from this microphone"))).to_be_visible(
        timeout=ARRIVES_MS
    )
    await client.button("Check the network").click()
    await expect(client.page.get_by_text(re.compile("Our server answers"))).to_be_visible(timeout=ARRIVES_MS)
    await client.button("Microphone off").click()
    await expect(client.page.get_by_text("Your microphone is off")).to_be_visible()
    await client.button("Cancel").click()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)


async def test_who_turned_the_microphone_off_in_the_wait_comes_into_the_call_muted(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await client.ask_for_someone()
    await client.button("Microphone off").click()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    await client.in_call()
    await expect(client.button("Mute")).to_have_attribute("aria-pressed", "true")
    await expect(
        therapist.page.get_by_text(f"{client.person.first_name}’s microphone is off", exact=True)
    ).to_be_visible(timeout=ARRIVES_MS)
    await therapist.ends_for_both()
