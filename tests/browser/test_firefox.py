"""A call between two makes of browser: Chromium and Debian's Firefox ESR, whichever of the two the client uses."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.firefox import FIREFOX
from tests.browser.people import ARRIVES_MS, ClientHuman, TherapistHuman
from tests.conftest import IS_SOAK

pytestmark = pytest.mark.skipif(FIREFOX is None, reason="no Firefox: apt-get install firefox-esr")


# Each press goes a step further: devices, a new way, a new connection.
REFRESHES = 3 if IS_SOAK else 1
# Who makes the offers is the therapist's page, so the two are not alike.
ROLES = ["client", "therapist"] if IS_SOAK else ["client"]


@pytest.mark.parametrize("role", ROLES)
async def test_chromium_and_firefox_hear_and_see_each_other_and_refresh_mends(theatre: Theatre, role: str) -> None:
    therapist = await (theatre.in_firefox(role) if role == "therapist" else theatre.therapist())
    client = await (theatre.in_firefox(role) if role == "client" else theatre.client())
    assert isinstance(client, ClientHuman) and isinstance(therapist, TherapistHuman)
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=True)
    for human in (client, therapist):
        await human.in_call()
        took = await human.hears_and_sees()
        print(f"Firefox as {role}: the {human.person.role} hears and sees in {took:.1f} s")
    session_id = await therapist.session_id()

    async def both_recorded() -> bool:
        return len(theatre.cluster.recording_legs(session_id)) == 2

    await client.until(both_recorded, 15, "both are recorded")
    await client.write("Written in one browser.")
    await therapist.reads("Written in one browser.")
    for human in (client, therapist):
        status = human.page.get_by_role("status", name="Connection", exact=True)
        for _ in range(REFRESHES):
            await human.button("Refresh").click()
            await expect(status).to_contain_text(re.compile("Refreshed"), timeout=ARRIVES_MS)
        for side in (client, therapist):
            await side.hears_and_sees()
    await client.page.reload()
    await client.in_call()
    for side in (client, therapist):
        await side.hears_and_sees()
    await therapist.ends_for_both()
    await expect(client.page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=ARRIVES_MS)
