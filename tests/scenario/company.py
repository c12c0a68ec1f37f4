"""Clients and therapists with pages on two web processes, driven from plain functions, and what must be so of them.

Knows no outcome in advance: whatever was done, `assert_all_is_well` compares the rows with each other, with what they
were, and with every open page. The rule that is easy to break: actors live on one event loop in a thread of its own.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import aiohttp

from rtc_server.actors.people import Actor, ClientActor, TherapistActor, of_role
from rtc_server.actors.wire import Disconnected, Refused
from tests.cluster import Cluster, Person, is_answering
from tests.eventually import eventually

TOLD_S = 5.0
ANSWERED_S = 30.0
OWNED = ("accepted", "joining", "in_call")
OPEN = ("waiting", *OWNED)
# What somebody may be told who comes late, or asks for what is not theirs to do now.
NO = {
    "taken", "cancelled", "expired", "not_on_duty", "in_session", "open_request_exists", "illegal_transition",
    "request_not_found", "session_not_found", "session_ended", "not_agreed", "seat_replaced", "not_allowed",
}  # fmt: skip
CLIENT_VERBS = ("place", "cancel", "decline", "agree", "join", "leave")
THERAPIST_VERBS = ("accept", "withdraw", "join", "end", "go_on_duty", "go_off_duty")


class Row(NamedTuple):
    """A request as it stands in the database."""

    id: str
    client_id: str
    state: str
    version: int
    place: int
    therapist_id: str | None
    session_id: str | None
    turned_away: str
    due_at_ms: int | None
    timers: int  # its own, that run
    live_with: str | None  # the therapist of its session while that has not ended


@dataclass
class Page:
    """One page of somebody, on web process `web`."""

    actor: Actor
    web: int

    @property
    def session_id(self) -> str | None:
        request, room = self.actor.request, self.actor.room
        return (request.session_id if request else None) or (room.session_id if room else None)


@dataclass
class History:
    """What was seen of the requests before: what may never change, and what only grows."""

    places: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)


class Company:
    def __init__(self, cluster: Cluster, people: list[Person]) -> None:
        self.cluster = cluster
        self.people = people
        self.clients: list[Page] = []
        self.therapists: list[Page] = []
        self.journal: list[str] = []
        self._history = History()
        self._closed = 0  # requests up to this row are of orders that are over
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def begin(self, what: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(what, self._loop)

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.begin(what).result(ANSWERED_S)

    # Coming and going

    def enter(self) -> None:
        self.run(self._enter())

    async def _enter(self) -> None:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())
        for number, person in enumerate(self.people):
            actor = of_role(person.role)(self._http, self.cluster.url(number % 2))
            await actor.sign_in(person.email, person.password)
            (self.clients if person.role == "client" else self.therapists).append(Page(actor, number % 2))

    def assemble(self) -> None:
        """Everybody has one page, therapists are on duty, and nobody asks for anything."""
        self.journal.clear()
        for web in (0, 1):
            self.cluster.wait_ready(f"web{web}")
        self.run(self._assemble())
        assert not [row for row in self._requests() if row.state in OPEN], "somebody still asks"
        ((self._closed,),) = self.cluster.rows("SELECT coalesce(max(rowid), 0) FROM request")
        self._history = History()

    async def _assemble(self) -> None:
        for pages in (self.clients, self.therapists):
            for extra in pages[len(self.people) // 2 :]:
                await extra.actor.close()
            del pages[len(self.people) // 2 :]
        for page in (*self.clients, *self.therapists):
            await self.load(page, page.web)
        for page in self.clients:
            current = page.actor.request
            if current is not None and current.state == "in_call":
                owner = next(other.actor for other in self.therapists if other.session_id == current.session_id)
                assert isinstance(owner, TherapistActor) and current.session_id is not None
                await owner.end(current.session_id)
            elif current is not None and current.state in OPEN:
                await self.act(page, "cancel")
        for page in self.therapists:
            await self.act(page, "go_on_duty")

    def leave(self) -> None:
        async def close() -> None:
            await asyncio.gather(*(page.actor.close() for page in (*self.clients, *self.therapists)))
            await self._http.close()

        self.run(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # What a page does

    def is_up(self, web: int) -> bool:
        name = f"web{web}"
        return self.cluster.is_running(name) and is_answering(self.cluster.url(web) + "/readyz")

    async def load(self, page: Page, web: int) -> None:
        """The page is loaded, from whichever web process: it remembers nothing and asks for what is."""
        page.web = web
        page.actor.url = page.actor.origin = self.cluster.url(web)
        await page.actor.reload()
        await self._catch_up(page)

    async def come_back(self, page: Page, web: int) -> None:
        """The page lost its socket and opens another: the same page, which takes its seat again."""
        page.web = web
        page.actor.url = page.actor.origin = self.cluster.url(web)
        room = page.actor.room
        await page.actor.close()
        await page.actor.connect()
        await self._catch_up(page)
        if room is not None:
            page.actor.room = None
            await self.act(page, "join")

    async def _catch_up(self, page: Page) -> None:
        await page.actor.current()
        if isinstance(page.actor, TherapistActor):
            await page.actor.duty_now()
            await page.actor.pool()

    async def open_tab(self, page: Page, web: int) -> Page:
        """Another page of the same sign-in."""
        actor = type(page.actor)(page.actor.http, self.cluster.url(web))
        actor.token, actor.person_id = page.actor.token, page.actor.person_id
        tab = Page(actor, web)
        await actor.connect()
        await self._catch_up(tab)
        (self.clients if isinstance(actor, ClientActor) else self.therapists).append(tab)
        return tab

    async def act(self, page: Page, verb: str) -> None:
        """Do one thing as far as this page can know of it. A no is an answer; a lost socket is not."""
        try:
            await self._do(page.actor, verb, page.session_id)
        except Refused as refusal:
            assert refusal.code in NO, f"{verb} was answered {refusal}"
            self.journal.append(f"   {verb}: {refusal.code}")

    async def _do(self, actor: Actor, verb: str, session_id: str | None) -> None:
        request_id = actor.request.id if actor.request is not None else None
        if verb == "join":
            if session_id is not None:
                await actor.join(session_id)
        elif isinstance(actor, TherapistActor):
            shown = [card for card in actor.cards.values() if card.state == "waiting"]
            if verb == "accept" and shown:
                await actor.accept(min(shown, key=lambda card: card.place).id)
            elif verb == "withdraw" and request_id is not None:
                await actor.withdraw(request_id)
            elif verb == "end" and session_id is not None:
                await actor.end(session_id)
            elif verb in ("go_on_duty", "go_off_duty"):
                await getattr(actor, verb)()
        elif isinstance(actor, ClientActor):
            if verb == "place":
                await actor.place()
            elif verb == "leave" and session_id is not None:
                await actor.leave(session_id)
            elif verb in ("cancel", "decline", "agree") and request_id is not None:
                await getattr(actor, verb)(request_id)

    async def act_and_maybe_lose(self, page: Page, verb: str) -> None:
        with contextlib.suppress(Disconnected, aiohttp.ClientError):
            await self.act(page, verb)

    def kill(self, web: int, page: Page, verb: str, after_ms: int) -> None:
        """A web process dies while `page` is doing something; its pages go to the other one, it is started again."""
        doing = self.begin(self.act_and_maybe_lose(page, verb))
        time.sleep(after_ms / 1000)
        self.cluster.kill(f"web{web}")
        doing.result(ANSWERED_S)
        self.cluster.start(f"web{web}")
        for other in (*self.clients, *self.therapists):
            if other.web == web:
                self.run(self.come_back(other, 1 - web))

    async def until_its_time_has_passed(self, page: Page) -> None:
        """Nobody does anything until the request of this page has left its state by itself."""
        request = page.actor.request
        if request is not None and request.state in ("accepted", "joining"):
            await page.actor.until(lambda: page.actor.request is not None and page.actor.request.state != request.state)

    # What must be so

    def assert_all_is_well(self) -> None:
        rows = self._requests()
        self._assert_requests(rows)
        self._assert_history(rows)
        assert not self.cluster.rows(
            """SELECT client_id FROM session WHERE ended_at_ms IS NULL GROUP BY client_id HAVING count(*) > 1
               UNION ALL
               SELECT therapist_id FROM session WHERE ended_at_ms IS NULL GROUP BY therapist_id HAVING count(*) > 1"""
        ), "somebody is in two sessions"
        assert self.run(self._until_told())

    def _requests(self) -> list[Row]:
        # One statement, so that what is compared stood there at one instant.
        query = """
            SELECT id, client_id, state, version, place, therapist_id, session_id, turned_away, due_at_ms,
                (SELECT count(*) FROM timer
                    WHERE kind = 'request' AND subject_id = request.id AND fired_at_ms IS NULL),
                (SELECT session.therapist_id FROM session
                    WHERE session.id = request.session_id AND session.ended_at_ms IS NULL)
            FROM request WHERE rowid > ? ORDER BY rowid"""
        return [Row(*row) for row in self.cluster.rows(query, str(self._closed))]

    def _assert_requests(self, rows: list[Row]) -> None:
        owners = [row.therapist_id for row in rows if row.state in OWNED]
        assert len(owners) == len(set(owners)), "somebody owns two requests"
        waiting = [row.client_id for row in rows if row.state in OPEN]
        assert len(waiting) == len(set(waiting)), "somebody has two open requests"
        for row in rows:
            is_open = row.state in OPEN
            is_timed = (row.due_at_ms is not None, row.timers == 1, row.timers == 0)
            assert is_timed == (is_open, is_open, not is_open), f"{row}: final exactly when there is no timer"
            if row.state in OWNED:
                assert row.therapist_id is not None and row.session_id is not None, f"{row} has no owner"
                assert row.live_with == row.therapist_id, f"{row}: its session is not live with its owner"
            elif row.state == "waiting":
                assert (row.therapist_id, row.session_id) == (None, None), f"{row} waits and has an owner"

    def _assert_history(self, rows: list[Row]) -> None:
        for row in rows:
            assert self._history.places.setdefault(row.id, row.place) == row.place, f"{row}: its place has changed"
            known = self._history.versions.get(row.id, 1)
            assert row.version >= known, f"{row}: its version fell from {known}"
            if row.version == known and row.id in self._history.versions:
                continue
            self._history.versions[row.id] = row.version
            told = self.cluster.rows(
                "SELECT version FROM event WHERE topic = 'request' AND subject_id = ? ORDER BY seq", row.id
            )
            versions = [0, *(version for (version,) in told)]
            assert {after - before for before, after in pairwise(versions)} <= {0, 1}, f"{row}: steps {versions}"
            assert versions[1] == 1 and versions[-1] >= row.version, f"{row}: a step without its event"

    async def _until_told(self) -> bool:
        """Every page shows what the rows say, within the seconds that were promised."""
        wrong: list[str] = []

        async def is_told() -> bool:
            wrong[:] = self._untold()
            return not wrong

        try:
            return await eventually(is_told, TOLD_S, "every page shows what is")
        except TimeoutError as error:
            raise AssertionError("\n".join(wrong)) from error

    def _untold(self) -> list[str]:
        rows = self._requests()
        wrong = [problem for page in self.clients if (problem := _client_sees(page, rows))]
        duty = dict(self.cluster.rows("SELECT therapist_id, is_on FROM duty"))
        rooms: dict[str, tuple[int, str]] = {
            session_id: (version, therapist_id)
            for session_id, version, therapist_id in self.cluster.rows(
                "SELECT id, version, therapist_id FROM session WHERE ended_at_ms IS NULL"
            )
        }
        busy = {therapist_id for _, therapist_id in rooms.values()}
        for page in self.therapists:
            is_on = bool(duty.get(page.actor.person_id))
            problem = _therapist_sees(page, rows, is_on, page.actor.person_id in busy)
            wrong += [problem] if problem else []
        for page in (*self.clients, *self.therapists):
            room = page.actor.room
            if room is not None and room.phase != "ended" and rooms.get(room.session_id, (0, ""))[0] != room.version:
                wrong.append(f"{page.actor.person_id}: room at {room.version}, is {rooms.get(room.session_id)}")
        return wrong


def _client_sees(page: Page, rows: list[Row]) -> str:
    own = [row for row in rows if row.client_id == page.actor.person_id]
    seen = page.actor.request
    if not own:  # in this order; what it was shown of the one before may still stand there
        return "" if seen is None or seen.state not in OPEN else f"{seen.id} is not there"
    last = own[-1]
    if last.state not in OPEN and (seen is None or seen.id != last.id):
        is_over = seen is None or seen.state not in OPEN
        return "" if is_over else f"client: shown {seen.state}, which is over"  # type: ignore[union-attr]
    if seen is None or (seen.id, seen.version, seen.state) != (last.id, last.version, last.state):
        shown = None if seen is None else (seen.id, seen.version, seen.state)
        return f"client on web{page.web}: shown {shown}, is {last}"
    return ""


def _therapist_sees(page: Page, rows: list[Row], is_on: bool, is_busy: bool) -> str:
    actor = page.actor
    assert isinstance(actor, TherapistActor)
    who = f"therapist on web{page.web}"
    is_free = is_on and not is_busy
    line = {row.id for row in rows if row.state == "waiting" and actor.person_id not in row.turned_away.split()}
    due = line if is_free else set()
    shown = {card.id for card in actor.cards.values() if card.state == "waiting"}
    if shown != due:
        return f"{who}: shown the cards {shown}, should be {due}"
    status = "off" if not is_on else "in_session" if is_busy else "on_duty"
    if actor.duty is None or actor.duty.status != status:
        return f"{who}: shown {actor.duty}, is {status}"
    seen = actor.request
    owned = next((row for row in rows if row.therapist_id == actor.person_id and row.state in OWNED), None)
    if owned is None:
        return (
            "" if seen is None or seen.state not in OWNED else f"{who}: shown {seen.state} of {seen.id}, owns nothing"
        )
    if seen is None or (seen.id, seen.version, seen.state) != (owned.id, owned.version, owned.state):
        return f"{who}: shown {seen and (seen.id, seen.version, seen.state)}, owns {owned}"
    return ""
