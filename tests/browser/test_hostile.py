"""Whatever people write is words: in every field, on every page where it is read, nothing of it runs."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, Human

SCRIPT = "<script>window.ran=1</script>"
IMAGE = '"><img src=x onerror="window.ran=1">'
SVG = "<svg/onload=window.ran=1>{{7*7}}${7*7}"
LINK = "javascript:window.ran=1 https://evil.example/<b>x</b>"
WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""


async def put(human: Human, path: str, body: dict[str, object]) -> None:
    script = """async ([path, body]) => (await fetch(path, {
        method: "PUT", headers: {"content-type": "application/json"}, body: JSON.stringify(body) })).json()"""
    answer = await human.page.evaluate(script, [path, body])
    assert answer["ok"], answer


async def unharmed(human: Human, *words: str) -> None:
    """The words stand there as they were written, none of them ran, and the policy had nothing to forbid."""
    for text in words:
        await expect(human.page.get_by_text(text).first).to_be_attached(timeout=ARRIVES_MS)
    found = await human.page.evaluate("[window.ran ?? null, window.refused]")
    assert found == [None, []], (human.person.role, human.page.url, found)
    assert await human.page.locator("img[src=x]").count() == 0


async def test_nothing_that_anybody_writes_runs_anywhere(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(None, WATCH), await theatre.client(None, WATCH)
    operator = await theatre.operator()
    await operator.context.add_init_script(WATCH)
    dialogs: list[str] = []
    for human in (therapist, client, operator):
        human.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    card = (await therapist.ask("/api/account"))["card"]
    own = ("languages", "areas", "experience_years", "gender")
    shown = {**{name: card[name] for name in own if name in card}, "gender": "none", "first_name": "Amara"}
    await put(therapist, "/api/account/card", {**shown, "last_name": SVG, "title": SCRIPT, "bio": IMAGE + LINK})
    await put(client, "/api/account/details", {"first_name": SCRIPT, "last_name": IMAGE, "phone": None})

    await client.ask_for_someone(IMAGE)
    await unharmed(therapist, SCRIPT, IMAGE)
    await therapist.accepts(SCRIPT)
    await unharmed(therapist, SCRIPT, IMAGE)
    await expect(client.region("Someone is here")).to_be_visible(timeout=ARRIVES_MS)
    await unharmed(client, SVG, SCRIPT)
    await client.says_yes(wants_transcript=False)
    for human in (client, therapist):
        await human.in_call()
    await client.write(LINK)
    await therapist.write(SVG)
    await therapist.reads(LINK)
    await client.reads(SVG)
    for human in (client, therapist):
        await expect(human.page.get_by_role("log").get_by_role("link")).to_have_count(1)
        await unharmed(human)
    session_id = await therapist.session_id()
    await therapist.button("Notes").click()
    await therapist.page.get_by_role("textbox", name="Session notes").fill(SCRIPT + IMAGE)
    await expect(therapist.page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=ARRIVES_MS)
    await therapist.ends_for_both()

    url = theatre.cluster.url()
    for human, pages in (
        (therapist, ("/call-log", f"/sessions/{session_id}", "/users", "/messages", "/transactions", "/account")),
        (client, ("/", "/sessions", "/messages", "/wallet", "/account")),
        (operator, ("/", "/outbox", "/queue")),
    ):
        for path in pages:
            await human.page.goto(url + path)
            await expect(human.page.get_by_role("heading", level=1)).to_be_visible(timeout=ARRIVES_MS)
            await human.page.wait_for_load_state("networkidle")
            await unharmed(human)
    assert dialogs == []
