"""What an operator does about somebody, and what people say of themselves and of working here, each by its pages."""

import re

import pyotp
from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, Human
from tests.browser.test_access import flawless


async def opens(human: Human, path: str, heading: str) -> None:
    await human.page.goto(human.cluster.url() + path)
    await expect(human.page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=ARRIVES_MS)


async def finds(operator: Human, whom: Human) -> None:
    await opens(operator, "/people", "People")
    await operator.page.get_by_label("Email", exact=True).fill(whom.person.email)
    await operator.button("Find").click()
    await expect(operator.page.get_by_text("May sign in")).to_be_visible(timeout=ARRIVES_MS)


async def sets_up_a_second_step(human: Human) -> None:
    await opens(human, "/account", "Second step")
    card = human.region("Second step")
    await card.get_by_text("Turn it on").click()
    await card.get_by_label("Present password", exact=True).fill(human.person.password)
    await card.get_by_role("button", name="Set it up").click()
    await card.get_by_text("Type the key instead").click()
    seed = (await card.locator(".qr__key").inner_text()).replace(" ", "")
    await flawless(human, "second step")
    await card.get_by_label("Code from the app", exact=True).fill(pyotp.TOTP(seed).now())
    await card.get_by_role("button", name="Turn it on").click()
    await card.get_by_role("button", name="I have kept them").click()
    await expect(card.get_by_text("10 recovery codes are left")).to_be_visible(timeout=ARRIVES_MS)


async def test_an_operator_takes_a_lost_second_step_away_and_sets_a_therapists_share(theatre: Theatre) -> None:
    therapist, operator = await theatre.therapist(), await theatre.operator()
    await sets_up_a_second_step(therapist)
    await finds(operator, therapist)
    desk = operator.page
    await desk.get_by_text("Change their share of the price").click()
    await desk.get_by_label("Share in percent", exact=True).fill("75")
    await desk.get_by_label("Why", exact=True).fill("A year with us")
    await operator.button("Save share").click()
    await expect(desk.get_by_text("75 % of each session’s price")).to_be_visible(timeout=ARRIVES_MS)
    await desk.get_by_text("They have lost their second step").click()
    await desk.get_by_label("How you know that it is them", exact=True).fill("Rang the number on their contract")
    await desk.get_by_label("Your own password", exact=True).fill("not this one")
    await operator.button("Take their second step away").click()
    await expect(desk.get_by_role("alert")).to_be_visible(timeout=ARRIVES_MS)
    # What they wrote outlives a reload, their password does not.
    await finds(operator, therapist)
    await desk.get_by_text("They have lost their second step").click()
    reason = desk.get_by_label("How you know that it is them", exact=True)
    await expect(reason).to_have_value("Rang the number on their contract")
    await expect(desk.get_by_label("Your own password", exact=True)).to_have_value("")
    await desk.get_by_label("Your own password", exact=True).fill(operator.person.password)
    await flawless(operator, "somebody's standing")
    await operator.button("Take their second step away").click()
    await expect(desk.get_by_text("Their second step is gone.")).to_be_visible(timeout=ARRIVES_MS)
    await expect(desk.get_by_text("Second step taken away")).to_be_visible()
    # They are out, come in with their password alone, and read their new share.
    await expect(therapist.page.get_by_role("heading", name="Welcome back")).to_be_visible(timeout=ARRIVES_MS)
    await therapist.sign_in()
    await expect(therapist.page.get_by_role("switch", name="On duty", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await opens(therapist, "/account", "Second step")
    await expect(therapist.page.get_by_text("75 % of each session’s price")).to_be_visible(timeout=ARRIVES_MS)


async def acts(human: Human, button: str, words: str, after: str) -> None:
    """Say something in a matter of conduct; the page then says where it stands."""
    label = "Your answer" if human.person.role == "admin" else "Your words"
    await human.page.reload()
    await human.page.get_by_label(label, exact=True).fill(words)
    await human.button(button).click()
    await expect(human.page.get_by_text(after, exact=True)).to_be_visible(timeout=ARRIVES_MS)


async def test_conduct_is_raised_answered_decided_and_decided_again_by_another_operator(theatre: Theatre) -> None:
    therapist, first, second = await theatre.therapist(), await theatre.operator(), await theatre.operator()
    await finds(first, therapist)
    await first.page.get_by_text("Raise a matter of conduct").click()
    await first.page.get_by_label("What it is about", exact=True).fill("Your picture")
    await first.page.get_by_label("What happened, and what you ask them").fill(
        "It shows the name of your own practice."
    )
    await flawless(first, "conduct")
    await first.button("Send it to them").click()
    await expect(first.page.get_by_text("Waits for their answer")).to_be_visible(timeout=ARRIVES_MS)
    await opens(therapist, "/support", "Support")
    await therapist.page.get_by_role("link", name=re.compile("Your picture")).click()
    await expect(therapist.page.get_by_text("Waits for your answer")).to_be_visible(timeout=ARRIVES_MS)
    await expect(therapist.button("Close it")).to_have_count(0)
    await flawless(therapist, "asked about conduct")
    await acts(therapist, "Send", "I have taken it down.", "With us")
    await acts(first, "Decide", "Please take the training on soliciting.", "Decided")
    await acts(therapist, "Appeal against it", "It was there for a day.", "Being looked at again")
    await first.page.reload()
    await first.page.get_by_label("Your answer", exact=True).fill("It stands.")
    await first.button("Decide").click()
    await expect(first.page.get_by_role("alert")).to_contain_text("somebody else than the first decision")
    await second.page.goto(first.page.url)
    await acts(second, "Decide", "No training is needed.", "Closed")
    await therapist.page.reload()
    await expect(therapist.page.get_by_text("No training is needed.")).to_be_visible(timeout=ARRIVES_MS)


async def test_people_change_their_name_and_a_therapist_says_how_it_is_to_work_here(theatre: Theatre) -> None:
    client, therapist, operator = await theatre.client(), await theatre.therapist(), await theatre.operator()
    await opens(client, "/account", "You")
    await client.page.get_by_label("Phone number").fill("not a number")
    await client.button("Save changes").click()
    await expect(client.page.get_by_text("That is no number we could text or ring")).to_be_visible()
    await client.button("Reset").click()
    await client.page.get_by_label("First name", exact=True).fill("Robin")
    await expect(client.page.get_by_text("Not saved yet.")).to_be_visible()
    await client.page.get_by_label("Phone number").fill("07700 900123")
    await client.button("Save changes").click()
    await expect(client.page.get_by_text("Saved.", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await client.page.reload()
    await expect(client.page.get_by_label("First name", exact=True)).to_have_value("Robin", timeout=ARRIVES_MS)
    await opens(therapist, "/feedback", "Working here")
    card = therapist.region("Working here")
    await card.get_by_role("button", name="Send").click()
    await expect(card.get_by_role("alert")).to_contain_text("Please choose")
    await card.get_by_role("radio", name="Good", exact=True).press("Space")
    await card.get_by_label("What should we change?").fill("More time between two sessions")
    await card.get_by_role("checkbox").press("Space")
    await flawless(therapist, "survey")
    await card.get_by_role("button", name="Send").click()
    await expect(card.get_by_text("Sent.")).to_be_visible(timeout=ARRIVES_MS)
    await opens(operator, "/feedback", "What therapists say of working here")
    said = operator.page.get_by_role("listitem").filter(has_text="More time between two sessions")
    await expect(said).to_contain_text("Without a name")
    await expect(said).not_to_contain_text(therapist.person.first_name)
