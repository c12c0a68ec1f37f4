"""The accessible names that black-box tests rely on, each found exactly where it is promised.

*Tap to hear*, *Use here instead*, *Join* and the buttons of booking stand only where their own tests bring them up.
"""

import re
from collections.abc import Mapping

from playwright.async_api import Locator, expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, DESK, Human

Names = Mapping[str, tuple[str, ...]]  # by role

DOOR: Names = {"textbox": ("Email", "Password"), "button": ("Sign in",)}
HOME: Names = {"button": ("Talk to someone now", "Sign out"), "link": ("Wallet", "Messages", "Sessions", "Account")}
FORM: Names = {
    "group": ("Area",),
    "combobox": ("Issue", "Therapist gender", "Language"),
    "textbox": ("Your note",),
    "checkbox": ("Chat only", "I am worried about my safety"),
    "button": ("Find someone", "Leave quickly"),
}
WAITING: Names = {"region": ("Waiting",), "button": ("Cancel",)}
DASHBOARD: Names = {
    "switch": ("On duty",),
    "region": ("Pool",),
    "link": ("Call log", "Transactions", "Users", "Availability", "Messages", "Account"),
}
OFFER: Names = {"region": ("Someone is here",), "button": ("Accept", "Not this one")}
TERMS: Names = {
    "checkbox": ("I accept the terms",),
    "radio": ("No transcript", "Make a transcript"),
    "button": ("Agree and join",),
}
CALL: Names = {
    "button": ("Refresh", "Full screen", "Mute", "Camera", "Chat", "More", "End session"),
    "status": ("Connection",),
}
CHAT: Names = {"textbox": ("Message",), "button": ("Send",)}
MENU: Names = {"button": ("Stop the transcript",)}
LEAVING: Names = {"dialog": ("Leave session?",), "button": ("Leave", "Keep talking")}
ENDING: Names = {"dialog": ("End session?",), "button": ("End for both", "Keep talking")}
SESSION: Names = {"region": ("Transcript", "Session notes"), "button": ("Export",)}


async def has(place: Human | Locator, names: Names) -> None:
    """Each is there to be seen, by its role and exactly this name."""
    within = place.page if isinstance(place, Human) else place
    for role, wanted in names.items():
        for name in wanted:
            found = within.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
            await expect(found.first, f"{role} {name}").to_be_visible(timeout=ARRIVES_MS)


async def opens(human: Human, path: str) -> None:
    await human.page.goto(human.cluster.url() + path)


async def test_every_promised_name_stands_where_it_is_promised(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await client.page.set_viewport_size(DESK)
    await client.page.locator("summary[aria-label=Menu]").click()
    await has(client, HOME)
    await client.button("Sign out").click()
    await has(client, DOOR)
    await client.sign_in()
    await client.button("Talk to someone now").click()
    await has(client, FORM)
    await client.page.get_by_role("group", name="Area").get_by_role("radio").first.press("Space")
    await client.button("Find someone").click()
    await has(client, WAITING)
    await has(therapist, DASHBOARD)
    await therapist.accepts(client.person.first_name)
    await has(therapist, {"button": ("Withdraw offer",)})
    await has(client, OFFER)
    await client.opens_terms(wants_transcript=True)
    await has(client.page.get_by_role("dialog"), TERMS)
    await client.agrees()
    both: tuple[Human, ...] = (client, therapist)
    for human in both:
        await human.in_call()
        await has(human, CALL)
        await human.button("More").click()
        await has(human, MENU)
    await has(client, {"button": ("Leave quickly",)})
    await has(therapist, {"button": ("Raise a concern",)})
    for human in both:
        await human.button("Chat").click()
        await has(human, CHAT)
    await therapist.button("Notes").click()
    await has(therapist, {"textbox": ("Session notes",)})
    for human, question in ((therapist, ENDING), (client, LEAVING)):
        await human.button("End session").click()
        await has(human, question)
    await client.page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    await opens(client, "/")
    await has(client, {"button": ("Rejoin",), "link": ("Book therapy",)})
    await therapist.button("End for both").click()
    await has(therapist, SESSION)
    for path, names in (
        ("/call-log", {"list": ("Call log",)}),
        ("/account", {"switch": ("Transcripts of my sessions",)}),
        ("/transactions", {"button": ("Withdraw",)}),
    ):
        await opens(therapist, path)
        await has(therapist, names)
    await opens(client, "/wallet")
    await has(client, {"button": ("Top up",)})


async def test_a_link_leads_where_it_says_by_way_of_the_sign_in_and_a_wrong_one_says_so(theatre: Theatre) -> None:
    client = await theatre.client()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await client.context.clear_cookies()
    await opens(client, "/sessions")
    await has(client, DOOR)
    await client.page.get_by_label("Email", exact=True).fill(client.person.email)
    await client.page.get_by_label("Password", exact=True).fill(client.person.password)
    await client.button("Sign in").click()
    await expect(client.page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await opens(client, "/call-log")
    await expect(client.page.get_by_role("heading", name="There is nothing here")).to_be_visible(timeout=ARRIVES_MS)
    await expect(client.page).to_have_title(re.compile("^Nothing here"))
    await client.page.get_by_role("link", name="Go to the first page").click()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)


async def test_without_a_network_there_are_the_crisis_numbers_and_the_page_comes_back_by_itself(
    theatre: Theatre,
) -> None:
    client = await theatre.client()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await client.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await client.context.set_offline(True)
    await client.page.reload()
    await expect(client.page.get_by_role("heading", name="No connection just now")).to_be_visible()
    await has(client, {"link": ("Call 999", "Samaritans 116 123", "Text SHOUT to 85258"), "button": ("Leave quickly",)})
    await client.context.set_offline(False)
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await client.context.set_offline(True)
    await client.button("Leave quickly").click()
    await expect(client.page).to_have_title("Boiling an egg")
