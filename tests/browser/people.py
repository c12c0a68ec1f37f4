"""A client and a therapist in Chromium, each in a browser process of their own with their own microphone.

Everything is found by its accessible name (tests/browser/test_names.py). The only thing the product does not know
is `PEEK`, which remembers the page's peer connections so that a test can read their statistics. Chromium starts the
fake microphone's file when the page opens the microphone, and plays it again and again.
"""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, Playwright, ViewportSize, expect

from tests.cluster import Cluster, Person

# Debian's Chromium where there is one; None is Playwright's own.
CHROMIUM = next((path for path in ("/usr/bin/chromium",) if Path(path).exists()), None)
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 860}
ARRIVES_MS = 15_000
WORDS_MS = 500  # between two looks at a transcript: it is unsealed for each

PEEK = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
"""
NO_CAMERA = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wishes) =>
  wishes.video ? Promise.reject(new DOMException("none", "NotFoundError")) : open(wishes);
"""
NOTHING_ALLOWED = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
"""
# The link has three transceivers; the recorder's leg has one and only sends.
RECEIVED = """async () => {
  const links = connections.filter((one) => one.connectionState === "connected" && one.getReceivers().length >= 2);
  const link = links.at(-1);
  const found = { audio: 0, video: 0, frames: 0 };
  if (!link) return found;
  for (const report of (await link.getStats()).values()) {
    if (report.type !== "inbound-rtp") continue;
    found[report.kind] += report.packetsReceived;
    if (report.kind === "video") found.frames += report.framesDecoded ?? 0;
  }
  return found;
}"""


async def launch(
    playwright: Playwright,
    microphone: Path | None,
    *more: str,
    pictures_per_s: int = 10,
    program: str | None = CHROMIUM,
) -> Browser:
    """A browser process with a fake camera and this file as its microphone; `more` are further arguments.

    Few pictures a second: two browsers that encode and decode in software share two cores with everything else.
    """
    arguments = [
        f"--use-fake-device-for-media-stream=fps={pictures_per_s}",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=user-gesture-required",
        "--disable-background-networking",
        "--disable-gpu",
        "--no-sandbox",
        # Candidates name the loopback address instead of a multicast name that nobody here answers.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        *more,
    ]
    if microphone is not None:
        arguments.append(f"--use-file-for-fake-audio-capture={microphone}")
    return await playwright.chromium.launch(executable_path=program, args=arguments)


class Human:
    """One person at one browser."""

    def __init__(self, context: BrowserContext, page: Page, cluster: Cluster, person: Person) -> None:
        self.context = context
        self.page = page
        self.cluster = cluster
        self.person = person
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    async def sign_in(self) -> None:
        await self.page.goto(self.cluster.url())
        await self.page.get_by_label("Email", exact=True).fill(self.person.email)
        await self.page.get_by_label("Password", exact=True).fill(self.person.password)
        await self.button("Sign in").click()

    async def begins_anew(self, size: ViewportSize) -> None:
        """The same page in the same place, with nothing open and nothing chosen."""
        await self.page.set_viewport_size(size)
        await self.page.evaluate("localStorage.clear()")
        await self.page.reload()

    async def ask(self, path: str) -> Any:
        """The value of an HTTP route, asked by the page itself."""
        answer = await self.page.evaluate("async (path) => (await fetch(path)).json()", path)
        assert answer["ok"], answer
        return answer["value"]

    async def received(self) -> dict[str, int]:
        """Packets and frames this page has received from the other one on the link that stands now."""
        counted: dict[str, int] = await self.page.evaluate(RECEIVED)
        return counted

    async def until(
        self, ask: Callable[[], Awaitable[bool]], timeout_s: float, what: str, every_ms: float = 100
    ) -> float:
        """Wait until it is so; returns how long that took."""
        started = time.monotonic()
        while not await ask():
            if time.monotonic() - started > timeout_s:
                raise TimeoutError(f"{what}: not so within {timeout_s} s")
            await self.page.wait_for_timeout(every_ms)
        return time.monotonic() - started

    async def hears_and_sees(self, timeout_s: float = 15.0) -> float:
        """Wait until sound and picture arrive, more of both than before."""
        before = await self.received()

        async def more() -> bool:
            now = await self.received()
            # After a reload or on a new link the counters begin again.
            return now["audio"] > 5 and now["frames"] > 2 and now != before

        return await self.until(more, timeout_s, "sound and picture arrive")

    async def in_call(self) -> None:
        await expect(self.button("End session")).to_be_visible(timeout=ARRIVES_MS)

    async def write(self, text: str) -> None:
        message = self.page.get_by_role("textbox", name="Message", exact=True)
        if not await message.is_visible():
            await self.button("Chat").click()
        await message.fill(text)
        await self.button("Send").click()

    async def reads(self, text: str, timeout_ms: float = ARRIVES_MS) -> None:
        """The line stands in the chat, once."""
        if not await self.page.get_by_role("textbox", name="Message", exact=True).is_visible():
            await self.page.get_by_role("button", name="Chat").first.click()
        await expect(self.page.get_by_text(text, exact=True)).to_have_count(1, timeout=timeout_ms)


class ClientHuman(Human):
    async def ask_for_someone(self, note: str = "") -> None:
        await self.button("Talk to someone now").click()
        await self.page.get_by_role("group", name="Area").get_by_role("radio").first.press("Space")
        if note:
            await self.page.get_by_label("Your note", exact=True).fill(note)
        await self.button("Find someone").click()
        await expect(self.region("Waiting")).to_be_visible(timeout=ARRIVES_MS)

    async def opens_terms(self, *, wants_transcript: bool) -> None:
        """Accept who is offered, tick the terms and choose about the transcript; the yes is not yet said."""
        offer = self.region("Someone is here")
        await expect(offer).to_be_visible(timeout=ARRIVES_MS)
        await offer.get_by_role("button", name="Accept", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("checkbox", name="I accept the terms").press("Space")
        choice = "Make a transcript" if wants_transcript else "No transcript"
        await dialog.get_by_role("radio", name=choice).press("Space")

    async def agrees(self) -> None:
        await self.page.get_by_role("dialog").get_by_role("button", name="Agree and join", exact=True).click()

    async def says_yes(self, *, wants_transcript: bool) -> None:
        await self.opens_terms(wants_transcript=wants_transcript)
        await self.agrees()

    async def leaves(self) -> None:
        await self.button("End session").click()
        await self.page.get_by_role("dialog", name="Leave session?").get_by_role("button", name="Leave").click()


class TherapistHuman(Human):
    async def goes_on_duty(self) -> None:
        switch = self.page.get_by_role("switch", name="On duty", exact=True)
        # Until the server has said how it stands, the switch is there and disabled.
        await expect(switch).to_be_enabled(timeout=ARRIVES_MS)
        if not await switch.is_checked():
            await switch.click()
        await expect(switch).to_be_checked()

    def card(self, first_name: str) -> Locator:
        return self.region("Pool").get_by_role("group", name=first_name)

    async def accepts(self, first_name: str) -> None:
        await expect(self.card(first_name)).to_be_visible(timeout=ARRIVES_MS)
        await self.card(first_name).get_by_role("button", name="Accept", exact=True).click()
        await expect(self.button("Withdraw offer")).to_be_visible(timeout=ARRIVES_MS)

    async def ends_for_both(self) -> None:
        await self.button("End session").click()
        dialog = self.page.get_by_role("dialog", name="End session?")
        await dialog.get_by_role("button", name="End for both", exact=True).click()
        await expect(dialog).to_be_hidden()
        # The question goes at once; the page leaves the call once the server has ended it.
        await expect(self.button("End session")).to_have_count(0, timeout=ARRIVES_MS)

    async def session_id(self) -> str:
        """The newest session of the call log."""
        return str((await self.ask("/api/call-log"))["sessions"][0]["session_id"])

    async def session(self, session_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.ask(f"/api/sessions/{session_id}")
        return found

    async def transcript(self, session_id: str, timeout_s: float = 60.0) -> dict[str, Any]:
        """The session once nothing more is being made of it."""
        session: dict[str, Any] = {}

        async def is_settled() -> bool:
            nonlocal session
            session = await self.session(session_id)
            return session["transcript"] in ("ready", "empty", "failed")

        await self.until(is_settled, timeout_s, "the transcript is ready, empty or has failed")
        return session

    async def until_words(self, session_id: str, count: int, seat: str, timeout_s: float = 90.0) -> None:
        """Wait until so many words of one side have been written down."""

        async def enough() -> bool:
            return len(words_of(await self.session(session_id), seat)) >= count

        await self.until(enough, timeout_s, f"{count} words of the {seat}", WORDS_MS)

    async def until_words_since(self, session_id: str, at_ms: float, count: int, seat: str) -> None:
        """The same for words that begin after this moment of the call."""

        async def enough() -> bool:
            return len(words_since(await self.session(session_id), at_ms, seat)) >= count

        await self.until(enough, 90, f"{count} words of the {seat} after {at_ms:.0f} ms", WORDS_MS)


def words_since(session: dict[str, Any], at_ms: float, seat: str) -> list[dict[str, Any]]:
    """The words of one side that begin after this moment of the call."""
    return [word for word in words_of(session, seat) if word["from_ms"] > at_ms]


def words_of(session: dict[str, Any], seat: str) -> list[dict[str, Any]]:
    """The words of one side in order, each with its call time."""
    return [word for one in session["utterances"] if one["seat"] == seat for word in one["words"]]


def text_of(session: dict[str, Any], seat: str) -> str:
    return " ".join(word["text"].strip() for word in words_of(session, seat))
