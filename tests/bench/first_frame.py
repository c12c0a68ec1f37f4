"""From the client's yes to the first remote frame on both sides, against two floors measured in the same run.

The floors are a cold connection and one that was built beforehand with null tracks, over a socket that does nothing
else. The product runs twice: as it is, and with a client whose page could prepare nothing before the yes. Rounds of the
four are interleaved, after one round that warms everything up. With a delay, every message from page to page takes as
long, half of it on either side of the server, for the floors as well. The rule that is easy to break: only frames that
a person could see count, so hidden videos are left out by `first_frame.js`.
"""

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from tests.bench.floor import Floor
from tests.bench.report import Row, median
from tests.bench.slow_line import SlowLine
from tests.browser import people
from tests.browser.people import DESK, PHONE, ClientHuman, TherapistHuman
from tests.cluster import Cluster, Person
from tests.eventually import eventually

ROUNDS = 15
FRAME_S = 10.0
WARM_S = 10.0
CLOCK = Path(__file__).with_name("first_frame.js").read_text(encoding="utf-8")
PREWARMED_MAX, COLD_MAX, CLIENT_COLD_MAX, UNPREPARED_COLD_MAX = 1.25, 0.9, 0.4, 1.2
DELAY_S = 0.05
DELAYED_COLD_MAX = 0.6

# A page whose word that it may prepare never reaches the server.
UNPREPARED = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const isLost = sessionStorage.unprepared && typeof data === "string" && data.includes('"room:warm"');
  if (!isLost) send.call(this, data);
};
"""

Sides = tuple[float, float]  # milliseconds until the client, and the therapist, see the other


async def yes_to_first_frame(cluster: Cluster) -> Row:
    async with async_playwright() as playwright, Floor() as floor:
        taken = await _rounds(cluster, playwright, floor.url)
    figures = _figures(taken)
    is_reached = (
        figures["× prewarmed"] <= PREWARMED_MAX
        and figures["× cold"] <= COLD_MAX
        and figures["client × cold"] <= CLIENT_COLD_MAX
        and figures["unprepared × cold"] <= UNPREPARED_COLD_MAX
    )
    return Row(
        f"the client's yes to the first remote frame, {ROUNDS} rounds",
        figures,
        "ms and ratios",
        f"≤ {PREWARMED_MAX} × prewarmed and ≤ {COLD_MAX} × cold; the client's side ≤ {CLIENT_COLD_MAX} × cold; "
        f"unprepared ≤ {UNPREPARED_COLD_MAX} × cold",
        is_reached,
        _samples(taken),
    )


async def yes_to_first_frame_afar(cluster: Cluster) -> Row:
    async with async_playwright() as playwright, Floor() as floor:
        with ExitStack() as lines:
            to_product = lines.enter_context(SlowLine(cluster.ports[0], DELAY_S / 2))
            to_floor = lines.enter_context(SlowLine(urlsplit(floor.url).port or 0, DELAY_S / 2))
            cluster.front(to_product.port)
            cluster.restart("web0")
            taken = await _rounds(cluster, playwright, f"http://127.0.0.1:{to_floor.port}/")
    figures = _figures(taken)
    return Row(
        f"the same with {DELAY_S * 1000:.0f} ms one-way from page to page, {ROUNDS} rounds",
        figures,
        "ms and ratios",
        f"≤ {DELAYED_COLD_MAX} × cold",
        figures["× cold"] <= DELAYED_COLD_MAX,
        _samples(taken),
    )


async def _rounds(cluster: Cluster, playwright: Playwright, floor_url: str) -> dict[str, list[Sides]]:
    browsers = await _browsers(playwright)
    product = await Product.open(cluster, browsers)
    taken: dict[str, list[Sides]] = {"cold": [], "prewarmed": [], "product": [], "unprepared": []}
    for number in range(ROUNDS + 1):
        for kind, sides in taken.items():
            if kind in ("product", "unprepared"):
                measured = await product.round(is_prepared=kind == "product")
            else:
                measured = await _floor_round(floor_url, browsers, kind)
            if number > 0:
                sides.append(measured)
    for browser in browsers:
        await browser.close()
    return taken


def _figures(taken: dict[str, list[Sides]]) -> dict[str, float]:
    both = {kind: median([max(sides) for sides in rounds]) for kind, rounds in taken.items()}
    client = median([sides[0] for sides in taken["product"]])
    return {
        "cold floor": both["cold"],
        "prewarmed floor": both["prewarmed"],
        "product, later side": both["product"],
        "product, client's side": client,
        "unprepared, later side": both["unprepared"],
        "× prewarmed": both["product"] / both["prewarmed"],
        "× cold": both["product"] / both["cold"],
        "client × cold": client / both["cold"],
        "unprepared × cold": both["unprepared"] / both["cold"],
    }


def _samples(taken: dict[str, list[Sides]]) -> dict[str, list[float]]:
    return {
        f"{kind}, {side}": [sides[at] for sides in rounds]
        for kind, rounds in taken.items()
        for at, side in enumerate(("client", "therapist"))
    }


async def _browsers(playwright: Playwright) -> tuple[Browser, Browser]:
    # A camera's full rate: with few pictures a second the wait for the next one would hide every difference.
    client = await people.launch(playwright, None, pictures_per_s=30)
    return client, await people.launch(playwright, None, pictures_per_s=30)


async def _first_frames(client: Page, therapist: Page) -> Sides:
    pressed_at = await client.evaluate("pressedAt")
    assert pressed_at is not None, "the button was pressed by its name"
    seen = []
    for page in (client, therapist):
        await _until(page, f"frames.some((at) => at >= {pressed_at})", FRAME_S)
        seen.append(await page.evaluate("(since) => frames.find((at) => at >= since) - since", pressed_at))
    return seen[0], seen[1]


async def _until(page: Page, is_so: str, timeout_s: float) -> None:
    """Asked from outside: the product's content security policy lets no page evaluate a text by itself."""

    async def ask() -> bool:
        return bool(await page.evaluate(is_so))

    await eventually(ask, timeout_s, is_so)


async def _floor_round(url: str, browsers: tuple[Browser, Browser], kind: str) -> Sides:
    pages = []
    for browser, role, size in zip(browsers, ("client", "therapist"), (PHONE, DESK), strict=True):
        page = await browser.new_page(viewport=size)
        await page.add_init_script(CLOCK)
        await page.goto(f"{url}#{role},{kind}")
        await _until(page, "window.isReady === true", WARM_S)
        pages.append(page)
    client, therapist = pages
    if kind == "prewarmed":
        for page in pages:
            await _until(page, "window.linkState === 'connected'", WARM_S)
    await client.get_by_role("button", name="Agree and join").click()
    sides = await _first_frames(client, therapist)
    for page in pages:
        await page.close()
    return sides


class Product:
    """The same two browsers at the product: one client and one therapist who meet again and again."""

    def __init__(self, client: ClientHuman, therapist: TherapistHuman) -> None:
        self.client = client
        self.therapist = therapist

    @classmethod
    async def open(cls, cluster: Cluster, browsers: tuple[Browser, Browser]) -> "Product":
        by_role: dict[str, Person] = {person.role: person for person in cluster.people}
        client_context = await browsers[0].new_context(viewport=PHONE)
        therapist_context = await browsers[1].new_context(viewport=DESK)
        for context in (client_context, therapist_context):
            await context.add_init_script(CLOCK)
        await client_context.add_init_script(UNPREPARED)
        client = ClientHuman(client_context, await client_context.new_page(), cluster, by_role["client"])
        therapist = TherapistHuman(therapist_context, await therapist_context.new_page(), cluster, by_role["therapist"])
        await client.sign_in()
        await therapist.sign_in()
        return cls(client, therapist)

    async def round(self, *, is_prepared: bool) -> Sides:
        await self.client.page.evaluate("(flag) => { sessionStorage.unprepared = flag; }", "" if is_prepared else "yes")
        for human in (self.client, self.therapist):
            await human.page.goto(human.cluster.url())
        await self.therapist.goes_on_duty()
        await self.client.ask_for_someone()
        await self.therapist.accepts(self.client.person.first_name)
        await self.client.opens_terms(wants_transcript=False)
        if is_prepared:
            # A person reads for a while; the connection is built meanwhile.
            await _until(self.client.page, "connections.some((one) => one.connectionState === 'connected')", WARM_S)
        await self.client.agrees()
        sides = await _first_frames(self.client.page, self.therapist.page)
        await self.client.in_call()
        await self.therapist.in_call()
        await self.therapist.ends_for_both()
        await expect(self.client.button("End session")).to_be_hidden()
        return sides
