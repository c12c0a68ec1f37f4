"""A guardian's consent over HTTP: the client gives it, an operator reads it and says until when it holds.

Easy to break: nothing is accepted for longer than a year, so that it is reviewed; and the file stays under the
client's key, read by them, by operators (`/api/papers`) and by the therapists who see them alone.
"""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.ages import is_minor
from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.applications import paper_view, received
from rtc_server.api.dispatch import Handler, HttpCall, attachment
from rtc_server.errors import AlreadyDecided, BadMessage, NotFound, SealBroken, Unfinished, unfit
from rtc_server.outgoing.desk import Desk
from rtc_server.outgoing.letters import Template
from rtc_server.people.guardians import REMIND_DAYS, today
from rtc_server.store import guardians, papers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.guardians import Consent, Guardian
from rtc_server.wire.care import (
    ConsentOnFile,
    GuardianDecide,
    GuardianLine,
    Guardians,
    GuardianSend,
    GuardianState,
    GuardianView,
)
from rtc_server.wire.practice import PaperView

PURPOSE = "guardian"
GOOD_DAYS_MAX = 366
SHOWN_MAX = 200


class ConsentsOnFile:
    """What is on file of a client, for the therapists who see them; who does is for the caller to know."""

    def __init__(self, store: Store, keys: KeyStore, people: People, zone: str) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._zone = zone

    async def view(self, client_id: str) -> ConsentOnFile | None:
        """None for somebody of age, and for somebody whose data was erased."""
        on = today(self._zone)
        try:
            if not is_minor((await self._people.person(client_id)).date_of_birth, on):
                return None
            key = await self._keys.key_of(client_id)
        except (PersonNotFound, SealBroken):
            return None
        async with self._store.read() as connection:
            found = await guardians.on_file(connection, client_id, on.isoformat())
            paper = None if found is None else await papers.load(connection, key, found.document_id)
        if found is None:
            return ConsentOnFile(state="missing", good_until=None, name="", relation="", phone="", paper=None)
        by = found.guardian(key)
        return ConsentOnFile(
            state=_state(found, on),
            good_until=found.good_until,
            name=by.name,
            relation=by.relation,
            phone=by.phone,
            paper=None if paper is None else paper_view(paper[0]),
        )

    async def file(self, client_id: str) -> web.Response:
        """Raises NotFound when there is none."""
        on = today(self._zone)
        key = await self._keys.key_of(client_id)
        async with self._store.read() as connection:
            found = await guardians.on_file(connection, client_id, on.isoformat())
            paper = None if found is None else await papers.load(connection, key, found.document_id)
        if paper is None:
            raise NotFound("There is no such file.")
        return attachment(paper[1], paper[0].content_type, paper[0].name)


def _state(found: Consent, on: date) -> GuardianState:
    is_over = found.state == "accepted" and (found.good_until or "") < on.isoformat()
    return "expired" if is_over else found.state


class GuardianApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, zone: str, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._keys = keys
        self._people = people
        self._zone = zone

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/guardian": self.own,
            "POST /api/guardian/papers": self.add_paper,
            "POST /api/guardian": self.send,
            "GET /api/guardians": self.to_look_at,
            "POST /api/guardians/{id}/decide": self.decide,
        }

    async def own(self, call: HttpCall) -> GuardianView:
        client_id, on = call.viewer.person_id, today(self._zone)
        async with self._store.read() as connection:
            found = await guardians.newest(connection, client_id)
            is_good = await guardians.is_good(connection, client_id, on.isoformat())
        key = await self._keys.key_of(client_id)
        state: GuardianState = "missing" if found is None else _state(found, on)
        if not is_minor((await self._people.person(client_id)).date_of_birth, on):
            state = "none_needed"
        elif is_good:
            state = "accepted"
        return GuardianView(
            state=state,
            good_until=None if found is None else found.good_until,
            words="" if found is None or state == "accepted" else found.words(key),
        )

    async def add_paper(self, call: HttpCall) -> PaperView:
        """Raises FileRefused, QuotaFull."""
        return await received(self._store, self._keys, call, PURPOSE)

    async def send(self, call: HttpCall) -> GuardianView:
        """Raises NotFound when there is no such file of theirs."""
        if not isinstance(call.body, GuardianSend):
            raise BadMessage
        body, client_id = call.body, call.viewer.person_id
        async with self._store.read() as connection:
            owner_id = await papers.owner_of(connection, body.paper_id)
        if owner_id != client_id:
            raise NotFound("There is no such file.")
        key = await self._keys.key_of(client_id)
        by = Guardian(body.name.strip(), body.relation.strip(), body.phone)
        seals, now = await self._desk.seals(), now_ms()

        async def step(connection: AsyncConnection) -> None:
            await guardians.send(connection, key, str(uuid.uuid4()), client_id, body.paper_id, by, now)
            await self._desk.tell(connection, seals, Template.PAPERS_WAITING, "/guardians", now)

        await self._store.write(step)
        return await self.own(call)

    async def to_look_at(self, call: HttpCall) -> Guardians:
        before = (today(self._zone) + timedelta(days=REMIND_DAYS)).isoformat()
        async with self._store.read() as connection:
            found = await guardians.to_look_at(connection, before, SHOWN_MAX)
        return Guardians(consents=[line for one in found if (line := await self._line(one)) is not None])

    async def decide(self, call: HttpCall) -> Guardians:
        """Raises AlreadyDecided; Unfinished for a no without words."""
        if not isinstance(call.body, GuardianDecide):
            raise BadMessage
        body, on = call.body, today(self._zone)
        if body.good_until is None and not body.words.strip():
            raise Unfinished("Please say what is missing: the client reads it and can send another.")
        if body.good_until is not None:
            self._check_day(body.good_until, on)
        async with self._store.read() as connection:
            found = await guardians.find(connection, call.params["id"])
        if found is None:
            raise NotFound("There is no such consent.")
        key = await self._keys.key_of(found.client_id)
        sealed = key.seal_text(body.words.strip(), "guardian_consent", found.id, "words_sealed")
        is_decided = await self._store.write(
            guardians.decide,
            found.id,
            body.version,
            good_until=body.good_until,
            words_sealed=sealed,
            by_id=call.viewer.person_id,
            now_ms=now_ms(),
        )
        if not is_decided:
            raise AlreadyDecided("This consent has changed meanwhile. Look at it again.")
        return await self.to_look_at(call)

    def _check_day(self, day: str, on: date) -> None:
        try:
            until = date.fromisoformat(day)
        except ValueError as error:
            raise BadMessage(unfit("good_until")) from error
        if not on <= until <= on + timedelta(days=GOOD_DAYS_MAX):
            raise BadMessage("Please choose a day within a year from now, so that it is looked at again.")

    async def _line(self, consent: Consent) -> GuardianLine | None:
        person = await self._people.person(consent.client_id)
        key = await self._keys.key_of(consent.client_id)
        async with self._store.read() as connection:
            found = await papers.load(connection, key, consent.document_id)
        if found is None:
            return None
        by = consent.guardian(key)
        return GuardianLine(
            id=consent.id,
            version=consent.version,
            state=consent.state,
            client_name=f"{person.first_name} {person.last_name}",
            born=person.date_of_birth or "",
            name=by.name,
            relation=by.relation,
            phone=by.phone,
            paper=paper_view(found[0]),
            sent_at_ms=consent.sent_at_ms,
            good_until=consent.good_until,
        )
