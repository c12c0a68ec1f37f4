"""Cameras and microphones that are missing, forbidden or muted: the session goes on with what there is."""

import re

from playwright.async_api import expect

from tests import speech
from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, NO_CAMERA, NOTHING_ALLOWED, words_of


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


async def test_a_client_whose_browser_forbids_both_is_told_how_and_may_write(theatre: Theatre) -> None:
    therapist = await theatre.therapist()
    client = await theatre.client(None, NOTHING_ALLOWED)
    await client.ask_for_someone()
    await expect(client.page.get_by_text(re.compile("blocking", re.IGNORECASE)).first).to_be_visible(timeout=ARRIVES_MS)
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=False)
    await client.in_call()
    await client.write("I can only write today.")
    await therapist.reads("I can only write today.")
    await therapist.ends_for_both()


async def test_not_one_word_is_written_down_of_somebody_who_is_muted(theatre: Theatre) -> None:
    client, therapist, session_id = await theatre.session()
    mute = client.button("Mute")
    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "true")
    muted_at_ms = theatre.cluster.call_time_ms(session_id)
    before = len(words_of(await therapist.session(session_id), "therapist"))
    await therapist.until_words(session_id, before + 50, "therapist")
    await therapist.ends_for_both()
    session = await therapist.transcript(session_id)
    # Half a second for the press to reach the track; the words before it may be written down.
    late = [word for word in words_of(session, "client") if word["from_ms"] > muted_at_ms + 500]
    assert not late, [word["from_ms"] - muted_at_ms for word in late]
    assert speech.words(" ".join(word["text"] for word in words_of(session, "therapist")))
