"""The ways in: a client signs up, a therapist applies and is approved; every page on the way is open to everybody."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Talk, Theatre
from tests.browser.people import ARRIVES_MS, DESK, PHONE, Human
from tests.browser.test_access import flawless
from tests.cluster import Person

PASSWORD = "quiet river lantern"
STRANGER = Person("stranger", "", "", "", "")


async def stranger(theatre: Theatre, *, is_phone: bool) -> Human:
    """Somebody who has no account."""
    browser = await theatre.browsers.of("stranger", None)
    context: BrowserContext = await browser.new_context(viewport=PHONE if is_phone else DESK)
    human = Human(context, await context.new_page(), theatre.cluster, STRANGER)
    theatre.watch(human)
    await human.page.goto(theatre.cluster.url())
    return human


async def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.get_by_label(name.replace("_", " "), exact=True).fill(value)


async def code_for(operator: Human, address: str) -> str:
    """What the mail says: without a mail server it is read in the operator's outbox."""
    found: list[dict[str, Any]] = (await operator.ask("/api/outbox"))["mails"]
    text = next(mail["text"] for mail in found if mail["to"] == address)
    return str(re.search(r"^\d{4} \d{4}$", text, re.MULTILINE)[0])  # type: ignore[index]


async def signs_up(human: Human, operator: Human, link: str, first_name: str, address: str) -> None:
    await human.page.get_by_role("link", name=link).click()
    await fill(human.page, First_name=first_name, Last_name="Newcomer", Date_of_birth="1990-05-04", Email=address)
    await human.page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    await human.page.get_by_role("checkbox").press("Space")
    await flawless(human, "sign-up")
    await human.button("Create my account").click()
    code = human.page.get_by_label("Code from the mail", exact=True)
    await expect(code).to_be_visible(timeout=ARRIVES_MS)
    await code.fill(await code_for(operator, address))
    await flawless(human, "code")
    await human.button("Go on").click()


async def asks_and_is_answered(human: Human, operator: Human) -> None:
    """By way of Help, and through the operator's pages."""
    page, desk = human.page, operator.page
    await page.goto(human.cluster.url() + "/help")
    await page.get_by_text("Who can read what I say?").click()
    await flawless(human, "help")
    await page.get_by_role("link", name="Write to us").click()
    await fill(page, In_a_few_words="The sound", What_happened="It went away.")
    await flawless(human, "write to support")
    await human.button("Send").click()
    await expect(page.get_by_role("heading", name="The sound")).to_be_visible(timeout=ARRIVES_MS)
    await desk.get_by_role("link", name="Support").click()
    await desk.get_by_role("link", name=re.compile("The sound")).click()
    await fill(desk, Your_answer="Please press Refresh.")
    await flawless(operator, "support")
    await operator.button("Answer").click()
    await expect(desk.get_by_text("Answered", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await page.reload()
    await expect(page.get_by_text("Please press Refresh.")).to_be_visible(timeout=ARRIVES_MS)
    await desk.goto(human.cluster.url())


async def test_people_sign_up_apply_and_are_approved(theatre: Theatre, tmp_path: Path) -> None:
    operator = await theatre.operator()
    await expect(operator.page.get_by_role("heading", name="Operator")).to_be_visible(timeout=ARRIVES_MS)

    # A client, from the door to home, and out again everywhere.
    client = await stranger(theatre, is_phone=True)
    await signs_up(client, operator, "Create an account", "Noor", "noor@people.example")
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await client.page.goto(theatre.cluster.url() + "/account")
    await expect(client.page.get_by_text("This one.")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "account")
    await asks_and_is_answered(client, operator)
    await client.page.goto(theatre.cluster.url() + "/account")
    await client.button("Sign out everywhere").click()
    await expect(client.page.get_by_role("heading", name="Welcome back")).to_be_visible(timeout=ARRIVES_MS)

    # A therapist, from the application to the dashboard.
    therapist = await stranger(theatre, is_phone=False)
    await therapist.page.get_by_role("link", name="Create an account").click()
    await signs_up(therapist, operator, "Apply to work with us", "Ines", "ines@people.example")
    page = therapist.page
    await expect(page.get_by_role("heading", name="Your application")).to_be_visible(timeout=ARRIVES_MS)
    await fill(page, Title="Psychotherapist", Years_of_experience="7", Bio="I listen first.")
    await page.get_by_role("checkbox", name="Mind").press("Space")
    await therapist.button("Save changes").click()
    await expect(page.get_by_text("Saved. Clients see it")).to_be_visible(timeout=ARRIVES_MS)
    paper = tmp_path / "diploma.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    async with page.expect_file_chooser() as chooser:
        await therapist.button("Add a paper").click()
    await (await chooser.value).set_files(paper)
    await expect(page.get_by_role("link", name="diploma.pdf")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "application")
    await page.get_by_role("checkbox", name="I have read this").press("Space")
    await therapist.button("Send my application").click()
    await expect(page.get_by_role("heading", name="Your application is with us")).to_be_visible(timeout=ARRIVES_MS)

    # The operator reads it and approves.
    desk = operator.page
    await desk.get_by_role("link", name="Applications").click()
    await desk.get_by_role("link", name="Ines Newcomer").click()
    await expect(operator.button("Approve")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(operator, "application to decide")
    await operator.button("Approve").click()
    await expect(desk.get_by_text("Approved", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await page.reload()
    await expect(page.get_by_role("switch", name="On duty", exact=True)).to_be_visible(timeout=ARRIVES_MS)

    # The operator's other pages.
    for path, shown in (
        ("people", "Invite a therapist"),
        ("referrals", "Referral codes"),
        ("agreements", "Terms of a session"),
        ("audit", "Is the trail whole?"),
    ):
        await desk.goto(f"{theatre.cluster.url()}/{path}")
        await expect(desk.get_by_role("heading", name=shown)).to_be_visible(timeout=ARRIVES_MS)
        await flawless(operator, path)
    await operator.button("Verify").click()
    await expect(desk.get_by_text("Whole.")).to_be_visible(timeout=ARRIVES_MS)


async def test_a_concern_is_raised_in_the_call_and_closed_by_an_operator(talk: Talk, theatre: Theatre) -> None:
    client, therapist = talk.client, talk.therapist
    operator = await theatre.operator()
    await therapist.button("More").click()
    await therapist.button("Raise a concern").click()
    dialog = therapist.page.get_by_role("dialog", name="Raise a concern")
    await dialog.get_by_label("What was said or seen", exact=True).fill("Says they have a plan.")
    await flawless(therapist, "concern in the call")
    await dialog.get_by_role("button", name="Raise it", exact=True).click()
    await expect(dialog.get_by_text("It is raised.")).to_be_visible(timeout=ARRIVES_MS)
    await dialog.get_by_role("button", name="Close", exact=True).click()
    await therapist.hears_and_sees()
    desk = operator.page
    await desk.get_by_role("link", name="Concerns").click()
    await desk.get_by_role("link", name=re.compile(client.person.first_name)).click()
    words = desk.get_by_label("In your words", exact=True)
    await words.fill("Rang 999 with the address.")
    await flawless(operator, "concern")
    await operator.button("I act on it").click()
    await expect(desk.get_by_text("Being acted on", exact=True)).to_be_visible(timeout=ARRIVES_MS)
    await words.fill("They are safe with their family.")
    await operator.button("Close it").click()
    await expect(desk.get_by_text("Closed", exact=True).first).to_be_visible(timeout=ARRIVES_MS)


async def link_for(operator: Human, address: str) -> str:
    found: list[dict[str, Any]] = (await operator.ask("/api/outbox"))["mails"]
    text = next(mail["text"] for mail in found if mail["to"] == address)
    return str(re.search(r"/invited/\w+", text)[0])  # type: ignore[index]


async def invites(therapist: Human, address: str) -> None:
    await therapist.page.goto(therapist.cluster.url() + "/users")
    await therapist.page.get_by_label("Their e-mail address", exact=True).fill(address)
    await therapist.button("Send an invitation").click()
    await expect(therapist.page.get_by_text(f"The invitation is on its way to {address}.")).to_be_visible(
        timeout=ARRIVES_MS
    )


async def test_a_therapists_own_clients_come_by_invitation_with_a_new_account_or_their_own(theatre: Theatre) -> None:
    therapist, operator = await theatre.therapist(), await theatre.operator()
    url, name = theatre.cluster.url(), therapist.person.first_name
    await invites(therapist, "kim@people.example")
    await flawless(therapist, "invited")

    newcomer = await stranger(theatre, is_phone=True)
    await newcomer.page.goto(url + await link_for(operator, "kim@people.example"))
    await expect(newcomer.page.get_by_role("heading", name=re.compile(f"{name} .*invites you"))).to_be_visible(
        timeout=ARRIVES_MS
    )
    await flawless(newcomer, "invitation")
    await signs_up(newcomer, operator, "Create an account", "Kim", "kim@people.example")
    await expect(newcomer.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)

    client = await theatre.client()
    await invites(therapist, client.person.email)
    link = await link_for(operator, client.person.email)
    other = await stranger(theatre, is_phone=True)
    other.person = client.person
    await other.page.goto(url + link)
    await other.page.get_by_role("link", name="I have an account").click()
    await fill(other.page, Email=client.person.email, Password=client.person.password)
    await other.button("Sign in").click()
    await other.button("Accept the invitation").click()
    await expect(other.page.get_by_text("is your therapist here from now on")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(other, "accepted invitation")

    await therapist.page.reload()
    for user in ("Kim N.", client.person.first_name):
        await expect(therapist.page.get_by_role("link", name=re.compile(user)).first).to_be_visible(timeout=ARRIVES_MS)
    await expect(therapist.page.get_by_role("list", name="Invited, not here yet")).to_have_count(0)
    await newcomer.page.goto(url + link)
    await newcomer.page.reload()
    await expect(newcomer.page.get_by_role("alert")).to_contain_text("This invitation is over")
