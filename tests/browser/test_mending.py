"""A connection that stands and carries nothing: one press mends it, and without a press it mends itself."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Talk
from tests.browser.people import Human

# Behind the product's back, as a browser that loses a track does: the connection stands, the voice is gone.
LOSE_VOICE = """() => {
  for (const link of connections.filter((one) => one.connectionState === "connected" && one.getReceivers().length >= 2))
    link.getSenders()[0].replaceTrack(null);
}"""


async def hears(human: Human, timeout_s: float) -> float:
    """Wait until sound arrives again, more of it than before; returns how long that took."""
    last = (await human.received())["audio"]

    async def more() -> bool:
        nonlocal last
        now = (await human.received())["audio"]
        last, before = now, last
        return now > before > 0

    return await human.until(more, timeout_s, "sound arrives")


async def silent(human: Human) -> None:
    async def still() -> bool:
        before = (await human.received())["audio"]
        await human.page.wait_for_timeout(400)
        return (await human.received())["audio"] == before

    await human.until(still, 10, "no sound arrives")


async def test_refresh_sends_a_lost_voice_again(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await therapist.page.evaluate(LOSE_VOICE)
    await silent(client)
    await therapist.button("Refresh").click()
    took = await hears(client, 10)
    print(f"after a press the lost voice is back in {took:.1f} s")


async def test_a_voice_that_is_lost_is_told_to_both_and_comes_back_by_itself(talk: Talk) -> None:
    client, therapist = talk.client, talk.therapist
    await therapist.page.evaluate(LOSE_VOICE)
    name = client.person.first_name
    await expect(therapist.page.get_by_text(f"{name} cannot hear you just now")).to_be_visible(timeout=15_000)
    status = client.page.get_by_role("status", name="Connection", exact=True)
    await expect(status).to_contain_text(re.compile(f"We do not hear {therapist.person.first_name}"), timeout=15_000)
    took = await hears(client, 45)
    print(f"by itself the lost voice is back in {took:.1f} s")
    await expect(therapist.page.get_by_text(f"{name} cannot hear you just now")).to_have_count(0, timeout=15_000)
