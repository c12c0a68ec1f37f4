"""Access for everybody: axe-core finds nothing serious, and the keyboard alone is enough from sign-in to the end."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, Human
from tests.cluster import ROOT

AXE = ROOT / "web_client" / "node_modules" / "axe-core" / "axe.min.js"
RULES = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
})"""

SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < 5_000)
  .map((one) => one.finished))"""


async def flawless(human: Human, where: str) -> None:
    """Nothing serious, by the rules of WCAG 2.2 AA and good practice."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make web")
    # The page's own policy forbids inline scripts; what the test adds is evaluated, not loaded.
    await human.page.evaluate(AXE.read_text())
    # What still rises is half transparent.
    await human.page.evaluate(SETTLED)
    found: dict[str, Any] = await human.page.evaluate(RULES)
    serious = [
        (flaw["id"], [node["html"][:160] for node in flaw["nodes"]])
        for flaw in found["violations"]
        if flaw["impact"] in ("serious", "critical")
    ]
    assert serious == [], (where, human.person.role, serious)


async def test_axe_finds_nothing_serious_from_the_wait_to_the_end(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await client.page.get_by_role("link", name="Check my devices").click()
    await expect(client.page.get_by_text(re.compile("This browser may make calls"))).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "device check")
    await client.page.go_back()
    await client.ask_for_someone()
    await flawless(client, "waiting")
    await therapist.accepts(client.person.first_name)
    await flawless(therapist, "accepted")
    await client.opens_terms(wants_transcript=True)
    await flawless(client, "terms")
    await client.agrees()
    both: tuple[Human, ...] = (client, therapist)
    for human in both:
        await human.in_call()
        await human.hears_and_sees()
        await flawless(human, "call")
        await human.button("More").click()
        await human.button("Devices").click()
        await human.page.get_by_role("switch", name="Captions").click()
        await expect(human.region("Captions")).to_be_visible()
        await flawless(human, "more, with captions")
        await human.button("Keyboard shortcuts").click()
        await flawless(human, "keys")
        await human.page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
        await human.write(f"I am the {human.person.role}.")
        await flawless(human, "chat")
    await therapist.button("Notes").click()
    await flawless(therapist, "notes")
    await therapist.button("End session").click()
    await flawless(therapist, "end question")
    await therapist.page.get_by_role("button", name="End for both", exact=True).click()
    await expect(client.page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=ARRIVES_MS)
    await client.page.get_by_role("radio", name="A little better").press("Space")
    await client.page.get_by_label("A sentence for").fill("I could breathe again.")
    await flawless(client, "after")
    await client.button("Send").click()
    await expect(client.page.get_by_text(f"Sent to {therapist.person.first_name}.")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "after, sent")
    await expect(therapist.region("Session notes")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "session")
    await therapist.page.goto(f"{therapist.cluster.url()}/feedback")
    await expect(therapist.region("What clients said")).to_contain_text("I could breathe again.", timeout=ARRIVES_MS)
    await flawless(therapist, "feedback")


async def reach(human: Human, role: str, name: str) -> None:
    """Tab, as often as it takes, until the focus stands on it."""
    wanted = human.page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    await expect(wanted).to_be_visible(timeout=ARRIVES_MS)
    for _ in range(60):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await human.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


async def press(human: Human, name: str, role: str = "button", key: str = "Enter") -> None:
    await reach(human, role, name)
    await human.page.keyboard.press(key)


async def signs_in(human: Human) -> None:
    email = human.page.get_by_role("textbox", name="Email", exact=True)
    await expect(email).to_have_count(0, timeout=ARRIVES_MS)  # the cookie has come that is thrown away here
    await human.context.clear_cookies()
    await human.page.goto(human.cluster.url())
    await reach(human, "textbox", "Email")
    await human.page.keyboard.type(human.person.email)
    await reach(human, "textbox", "Password")
    await human.page.keyboard.type(human.person.password)
    await press(human, "Sign in")


async def test_the_keyboard_alone_is_enough_from_sign_in_to_the_end_of_a_call(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await signs_in(client)
    await press(client, "Talk to someone now")
    first_area = client.page.get_by_role("group", name="Area").get_by_role("radio").first
    await expect(first_area).to_be_visible(timeout=ARRIVES_MS)
    for _ in range(60):
        if await client.page.evaluate("document.activeElement?.type === 'radio'"):
            break
        await client.page.keyboard.press("Tab")
    await client.page.keyboard.press("Space")
    await press(client, "Find someone")
    await expect(therapist.card(client.person.first_name)).to_be_visible(timeout=ARRIVES_MS)
    await press(therapist, "Accept")
    await press(client, "Accept")
    await press(client, "I accept the terms", "checkbox", "Space")
    await press(client, "Agree and join")
    both: tuple[Human, ...] = (client, therapist)
    for human in both:
        await human.in_call()
        await human.hears_and_sees()
    await press(client, "Chat")
    await reach(client, "textbox", "Message")
    await client.page.keyboard.type("Typed without a mouse.")
    await client.page.keyboard.press("Enter")
    await therapist.reads("Typed without a mouse.")
    await press(therapist, "End session")
    await press(therapist, "End for both")
    await expect(client.page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=ARRIVES_MS)
