"""`loadtest`: therapists and clients as real sockets, and their media if wanted, against an installation.

The people are the actors of the tests and of rehearsals. Easy to break: every therapist tries every card of this test,
so that accepts race, and nobody else's; a client is only served when the room was live for both and has ended.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp

from rtc_server.actors.call import ActorCall, Tracks
from rtc_server.actors.people import Actor, ClientActor, TherapistActor, new_id
from rtc_server.actors.wire import Disconnected, Refused
from rtc_server.cli.load_report import Tally
from rtc_server.cli.seed import SeededPerson, seed
from rtc_server.config import CannotStart, Settings
from rtc_server.rehearsal.client import OPENING, Mouth, Picture, Voice
from rtc_server.rehearsal.worker import tls_to_web
from rtc_server.wire.pool import CardView, PoolView, RequestView
from rtc_server.wire.types import View

A = TypeVar("A", bound=Actor)
ENTER_AT_ONCE = 8
TOO_OFTEN_S = 1.0
TOO_OFTEN_TRIES = 90
BAR_S = 0.5
LEAVE_S = 20.0
MEDIA_S = 15.0
ANSWERED = ("joining", "waiting", "cancelled", "expired", "failed", "ended")
FOUND_LOST = (Refused, Disconnected, TimeoutError, aiohttp.ClientError)


@dataclass(frozen=True)
class Plan:
    """Seconds, and clients a second."""

    therapists: int
    clients: int
    rate: float
    stay_s: float
    patience_s: float
    has_media: bool
    url: str
    people_file: Path | None
    is_json: bool


async def loadtest(settings: Settings, plan: Plan) -> bool:
    """Run it and print the report, also of what was seen until Ctrl-C. False when something was lost or double."""
    people = await _people(settings, plan)
    url = plan.url or settings.resolved_web_url()
    origin = plan.url or settings.resolved_public_url()
    tally = Tally(plan.clients, plan.therapists, plan.has_media)
    began_s, is_whole = time.monotonic(), False
    tls = None if plan.url else tls_to_web(settings)
    connector = aiohttp.TCPConnector(limit=0, ssl=tls or True)
    try:
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
            async with _drawing(tally):
                await _Crowd(http, url, origin, plan, tally).run(people)
            is_whole = True
    except aiohttp.ClientConnectorError as error:
        raise CannotStart(f"Nothing answers at {url}: start it first, or name another with --url") from error
    finally:
        seconds = time.monotonic() - began_s
        if plan.is_json:
            print(json.dumps(tally.as_json(seconds, is_whole=is_whole), indent=1))
        else:
            print(tally.as_text(seconds, is_whole=is_whole))
    return tally.is_good


async def _people(settings: Settings, plan: Plan) -> list[SeededPerson]:
    if plan.people_file is None:
        if plan.url:
            raise CannotStart("--url needs --people FILE, what `seed --json` printed there")
        return await seed(settings, therapists=plan.therapists, clients=plan.clients)
    try:
        found: list[SeededPerson] = json.loads(plan.people_file.read_text())
        chosen = [
            person
            for role, count in (("therapist", plan.therapists), ("client", plan.clients))
            for person in [one for one in found if one["role"] == role][:count]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"{plan.people_file} is not what `seed --json` prints") from error
    if len(chosen) < plan.therapists + plan.clients:
        raise CannotStart(f"{plan.people_file} holds fewer people than asked for: seed more, or ask for fewer")
    return chosen


@contextlib.asynccontextmanager
async def _drawing(tally: Tally) -> AsyncIterator[None]:
    """A progress bar on a terminal, nothing elsewhere."""

    async def draw() -> None:
        while True:
            print(f"\r{tally.bar()}", end="", file=sys.stderr, flush=True)
            await asyncio.sleep(BAR_S)

    if not sys.stderr.isatty():
        yield
        return
    drawing = asyncio.create_task(draw())
    try:
        yield
    finally:
        drawing.cancel()
        print(f"\r{tally.bar()}", file=sys.stderr)


class _Crowd:
    """Everybody of one load test."""

    def __init__(self, http: aiohttp.ClientSession, url: str, origin: str, plan: Plan, tally: Tally) -> None:
        self._http = http
        self._url = url
        self._origin = origin
        self._plan = plan
        self._tally = tally
        self._is_over = asyncio.Event()
        self._entering = asyncio.Semaphore(ENTER_AT_ONCE)
        self._actors: list[Actor] = []

    async def run(self, people: list[SeededPerson]) -> None:
        try:
            desk_people = [person for person in people if person["role"] == "therapist"]
            clients = [person for person in people if person["role"] == "client"]
            therapists = await asyncio.gather(*(self._enter(TherapistActor, person) for person in desk_people))
            desks = [_Desk(actor, self._plan, self._tally, self._is_over) for actor in therapists]
            for actor in therapists:
                await actor.go_on_duty()
            serving = [asyncio.create_task(desk.serve()) for desk in desks]
            try:
                await asyncio.gather(*(self._arrive(number, person) for number, person in enumerate(clients)))
            finally:
                self._is_over.set()
                for actor in therapists:
                    actor.look()
                _, late = await asyncio.wait(serving, timeout=self._plan.stay_s + MEDIA_S)
                for task in late:
                    task.cancel()
                await asyncio.gather(*serving, return_exceptions=True)
        finally:
            # Whoever broke it off wants the report now, also from a server that answers no more.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_S):
                    await self._leave()

    async def _enter(self, kind: type[A], person: SeededPerson) -> A:
        actor = kind(self._http, self._url, origin=self._origin)
        async with self._entering:
            await _patiently(lambda: actor.sign_in(person["email"], person["password"]))
            await _patiently(actor.connect)
        self._actors.append(actor)
        return actor

    async def _arrive(self, number: int, person: SeededPerson) -> None:
        await asyncio.sleep(number / self._plan.rate)
        actor = await self._enter(ClientActor, person)
        visit = _Visit(actor, self._plan, self._tally)
        try:
            async with asyncio.timeout(self._plan.patience_s):
                await visit.run()
        except FOUND_LOST as error:
            self._tally.lost[f"{visit.waiting_for} ({type(error).__name__})"] += 1
            with contextlib.suppress(*FOUND_LOST):
                await actor.cancel(visit.request_id)
        finally:
            await visit.close()

    async def _leave(self) -> None:
        for actor in self._actors:
            if isinstance(actor, TherapistActor) and actor.is_connected:
                with contextlib.suppress(*FOUND_LOST):
                    await actor.go_off_duty()
        await asyncio.gather(*(actor.close() for actor in self._actors))


async def _patiently(enter: Callable[[], Awaitable[object]]) -> None:
    """Once more a second later for as long as the server says "too often": many come from one address here."""
    for _ in range(TOO_OFTEN_TRIES):
        try:
            await enter()
            return
        except Refused as error:
            if error.code != "too_often":
                raise CannotStart(f"Cannot sign in: {error.code}. Were these people seeded there?") from error
        await asyncio.sleep(TOO_OFTEN_S)
    raise CannotStart("The server takes no more from this address: raise SOCKETS_PER_MINUTE_ADDRESS for the test")


class _Media:
    """One side's media, or none."""

    def __init__(self, actor: Actor, session_id: str, plan: Plan, *, is_offering: bool) -> None:
        self._mouth = Mouth()
        self._call: ActorCall | None = None
        if plan.has_media:
            self._call = ActorCall(actor, session_id, is_offering=is_offering, tracks=self._tracks)
        self._actor = actor
        self._session_id = session_id

    def _tracks(self) -> Tracks:
        return Tracks(Voice(self._mouth), Picture(self._mouth))

    async def warm(self) -> None:
        if self._call is None:
            await self._actor.warm(self._session_id)
        else:
            await self._call.warm()

    async def join(self) -> None:
        if self._call is None:
            await self._actor.join(self._session_id)
        else:
            await self._call.join()
            self._mouth.begin(OPENING[0])

    async def until_heard(self) -> None:
        """Raises TimeoutError when no sound comes."""
        if self._call is not None:
            async with asyncio.timeout(MEDIA_S):
                await self._call.has_sound.wait()

    async def close(self) -> None:
        if self._call is not None:
            await self._call.close()


class _Visit:
    """One client, from asking to the end of their session. `waiting_for` names what is missing when it fails."""

    def __init__(self, actor: ClientActor, plan: Plan, tally: Tally) -> None:
        self._actor = actor
        self._plan = plan
        self._tally = tally
        self._media: _Media | None = None
        self.request_id = ""
        self.waiting_for = "the answer to asking"

    async def run(self) -> None:
        # Known before it is asked, because therapists take nobody but who belongs to this test.
        self.request_id = request_id = new_id()
        self._tally.placed_at_s[request_id] = placed_s = time.monotonic()
        await self._actor.place(request_id=request_id)
        self._tally.took("placed", time.monotonic() - placed_s)
        while True:
            self.waiting_for = "a therapist"
            offered = await self._actor.until_request("accepted", timeout_s=self._plan.patience_s)
            self._tally.took("offered", time.monotonic() - placed_s)
            if await self._meet(offered):
                break
        self.waiting_for = "the end"
        await self._actor.until_phase("ended", timeout_s=self._plan.patience_s)
        self._tally.served.add(request_id)

    async def _meet(self, offered: RequestView) -> bool:
        """False when the therapist withdrew before the yes."""
        assert offered.session_id is not None
        await self.close()
        self._media = media = _Media(self._actor, offered.session_id, self._plan, is_offering=False)
        self.waiting_for = "both in the room"
        try:
            await media.warm()
            agreed_s = time.monotonic()
            await self._actor.agree(offered.id)
            await media.join()
        except Refused:
            current = await self._actor.current()
            if current is not None and current.state == "waiting":
                return False
            raise
        await self._actor.until_phase("live", "ended", timeout_s=self._plan.patience_s)
        live_s = time.monotonic()
        self._tally.sessions[offered.session_id] += 1
        self._tally.took("live", live_s - agreed_s)
        if self._plan.has_media:
            self.waiting_for = "sound"
            await media.until_heard()
            self._tally.took("media", time.monotonic() - live_s)
        return True

    async def close(self) -> None:
        if self._media is not None:
            await self._media.close()


class _Desk:
    """One therapist: tries every card at once, and is with whoever they have won until the session is over."""

    def __init__(self, actor: TherapistActor, plan: Plan, tally: Tally, is_over: asyncio.Event) -> None:
        self._actor = actor
        self._plan = plan
        self._tally = tally
        self._is_over = is_over
        self._tried: set[tuple[str, int]] = set()
        self._seen: set[str] = set()
        actor.heard.append(self._hear)

    def _hear(self, name: str, view: View) -> None:
        cards = view.cards if isinstance(view, PoolView) else [view] if isinstance(view, CardView) else []
        for card in cards:
            if card.state == "waiting" and card.id not in self._seen:
                self._seen.add(card.id)
                self._tally.seen(card.id, time.monotonic())

    def _next(self) -> CardView | None:
        """The oldest card not tried yet."""
        cards = [
            card
            for card in self._actor.cards.values()
            if card.state == "waiting"
            and card.id in self._tally.placed_at_s
            and (card.id, card.version) not in self._tried
        ]
        return min(cards, key=lambda card: card.place, default=None)

    async def serve(self) -> None:
        while not self._is_over.is_set():
            await self._actor.until(lambda: self._next() is not None or self._is_over.is_set(), self._plan.patience_s)
            card = self._next()
            if card is not None and not self._is_over.is_set():
                self._tried.add((card.id, card.version))
                with contextlib.suppress(*FOUND_LOST):
                    await self._try(card)

    async def _try(self, card: CardView) -> None:
        began_s = time.monotonic()
        try:
            won = await self._actor.accept(card.id)
        except Refused as error:
            self._tally.took("refused", time.monotonic() - began_s)
            self._tally.losers[error.code] += 1
            return
        self._tally.took("won", time.monotonic() - began_s)
        self._tally.wins[(won.id, won.version)] += 1
        assert won.session_id is not None
        media = _Media(self._actor, won.session_id, self._plan, is_offering=True)
        try:
            await media.warm()
            answered = await self._actor.until_request(*ANSWERED, timeout_s=self._plan.patience_s)
            if answered.state != "joining":
                return
            await media.join()
            await self._actor.until_phase("live", "ended", timeout_s=self._plan.patience_s)
            await media.until_heard()
            await asyncio.sleep(self._plan.stay_s)
        finally:
            with contextlib.suppress(*FOUND_LOST):
                await self._actor.end(won.session_id)
            await media.close()
