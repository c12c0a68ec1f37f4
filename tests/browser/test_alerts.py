"""Nobody waits unseen: the dashboard calls until somebody has claimed the card."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, TherapistHuman

# Two notes to a sound.
COUNT_SOUNDS = """
window.sounds = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.sounds += 0.5; return start.apply(this, given); };
"""
AGAIN_MS = 8_000


async def sounds(therapist: TherapistHuman) -> float:
    heard: float = await therapist.page.evaluate("window.sounds")
    return heard


async def test_a_card_sounds_again_until_it_is_silenced_and_says_when_another_took_it(theatre: Theatre) -> None:
    hearing = await theatre.therapist(None, COUNT_SOUNDS)
    other = await theatre.therapist()
    client = await theatre.client()
    before = await sounds(hearing)
    await client.ask_for_someone()
    card = hearing.card(client.person.first_name)
    await expect(card).to_be_visible(timeout=ARRIVES_MS)
    await expect(hearing.page).to_have_title(re.compile(r"^\(1\) Dashboard"))

    async def again() -> bool:
        return await sounds(hearing) >= before + 2

    await hearing.until(again, 2 * AGAIN_MS / 1_000, "the sound comes again")
    await card.get_by_role("button", name="Silence", exact=True).click()
    silenced_at = await sounds(hearing)
    await hearing.page.wait_for_timeout(AGAIN_MS + 1_000)  # There is no event to wait for: nothing must happen.
    assert await sounds(hearing) == silenced_at
    await other.accepts(client.person.first_name)
    await expect(card.get_by_text("Taken by another therapist")).to_be_visible(timeout=ARRIVES_MS)
    told = hearing.page.get_by_role("status").get_by_text(f"{client.person.first_name}: taken by another therapist.")
    await expect(told).to_have_count(1)
    await expect(hearing.page).to_have_title(re.compile("^Dashboard"))
    await client.button("Not this one").click()
    await client.button("Cancel").click()
