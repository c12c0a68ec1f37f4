"""Concerns over HTTP: a therapist raises one about a session of theirs, operators see it through to its end.

Easy to break: a concern is open to its therapist and to operators; anybody else's is `not_found` like none at all, and
its client never sees that there is one.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import AlreadyDecided, BadMessage, NotAllowed, NotFound, SessionNotFound
from rtc_server.outgoing.desk import Desk
from rtc_server.outgoing.letters import Template
from rtc_server.store import call_log, concerns, spoken
from rtc_server.store.call_log import Logged
from rtc_server.store.concerns import Concern
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.care import (
    ConcernLine,
    ConcernRaise,
    Concerns,
    ConcernStep,
    ConcernStepLine,
    ConcernView,
    EvidenceLine,
)
from rtc_server.wire.types import Role, Seat

SHOWN_MAX = 200
NOT_HERE = "There is no such concern."


class ConcernApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._keys = keys
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/concerns": self.open_concern,
            "GET /api/concerns": self.every,
            "GET /api/concerns/{id}": self.one,
            "POST /api/concerns/{id}/steps": self.step,
        }

    async def open_concern(self, call: HttpCall) -> ConcernView:
        """Tell every operator, and keep the client's whole record from now on. May be repeated.

        Raises SessionNotFound, also for a session of somebody else.
        """
        if not isinstance(call.body, ConcernRaise):
            raise BadMessage
        body, by_id, now = call.body, call.viewer.person_id, now_ms()
        async with self._store.read() as connection:
            logged = await call_log.one(connection, body.session_id, by_id)
        if logged is None:
            raise SessionNotFound("There is no such session.")
        facts = {
            "who": body.who,
            "what": body.what.strip(),
            "where": body.where.strip(),
            "told": body.told.strip(),
            "evidence": await self._evidence(logged, body.lines),
        }
        key = await self._keys.key_of(logged.client_id)
        seals = await self._desk.seals()

        async def step(connection: AsyncConnection) -> None:
            opened = (body.id, logged.client_id, logged.session_id, by_id, facts, now)
            if not await concerns.open_concern(connection, key, *opened):
                return
            link = f"/concerns/{body.id}"
            await self._desk.tell(connection, seals, Template.CONCERN_RAISED, link, now, about=body.id)

        await self._store.write(step)
        return await self._view(await self._of(call, body.id))

    async def _evidence(self, logged: Logged, lines: list[int]) -> list[dict[str, Any]]:
        """The chosen lines as they read now: a copy, because a transcript may be corrected later."""
        if not lines:
            return []
        key = await self._keys.key_of(logged.client_id)
        async with self._store.read() as connection:
            written = await spoken.written(connection, logged.session_id)
        said = spoken.opened(written, key.for_session(logged.session_id))
        chosen = set(lines)
        return [{"seat": one.seat, "from_ms": one.from_ms, "text": one.text} for one in said if one.seq in chosen]

    async def every(self, call: HttpCall) -> Concerns:
        raised_by = None if call.viewer.role == Role.ADMIN else call.viewer.person_id
        async with self._store.read() as connection:
            found = await concerns.newest(connection, SHOWN_MAX, raised_by)
        return Concerns(concerns=[await self._line(one) for one in found])

    async def one(self, call: HttpCall) -> ConcernView:
        return await self._view(await self._of(call, call.params["id"]))

    async def step(self, call: HttpCall) -> ConcernView:
        """Raises NotFound, NotAllowed, AlreadyDecided."""
        if not isinstance(call.body, ConcernStep):
            raise BadMessage
        body, before = call.body, await self._of(call, call.params["id"])
        if body.kind != "note" and call.viewer.role != Role.ADMIN:
            raise NotAllowed("An operator decides this. You can add a note.")
        key, words = await self._keys.key_of(before.client_id), body.words.strip()
        by_id = call.viewer.person_id
        done = await self._store.write(concerns.step, key, before, body.version, body.kind, by_id, words, now_ms())
        if not done:
            raise AlreadyDecided("This concern has moved on meanwhile. Look at it again.")
        return await self._view(await self._of(call, before.id))

    async def _of(self, call: HttpCall, concern_id: str) -> Concern:
        async with self._store.read() as connection:
            found = await concerns.find(connection, concern_id)
        viewer = call.viewer
        if found is None or (viewer.role != Role.ADMIN and found.raised_by != viewer.person_id):
            raise NotFound(NOT_HERE)
        if (await self._people.person(found.client_id)).is_erased:
            raise NotFound("This client was erased, and what was said of them with it.")
        return found

    async def _name(self, person_id: str) -> str:
        found = await self._people.person(person_id)
        return f"{found.first_name} {found.last_name}".strip()

    async def _line(self, found: Concern) -> ConcernLine:
        return ConcernLine(
            id=found.id,
            state=found.state,
            client_name=await self._name(found.client_id),
            raised_by=await self._name(found.raised_by),
            raised_at_ms=found.raised_at_ms,
        )

    async def _view(self, found: Concern) -> ConcernView:
        key = await self._keys.key_of(found.client_id)
        facts = found.facts(key)
        async with self._store.read() as connection:
            done = await concerns.steps(connection, key, found.id)
        return ConcernView(
            line=await self._line(found),
            version=found.version,
            session_id=found.session_id,
            who=facts["who"],
            what=facts["what"],
            where=facts["where"],
            told=facts["told"],
            evidence=[
                EvidenceLine(seat=Seat(line["seat"]), from_ms=line["from_ms"], text=line["text"])
                for line in facts["evidence"]
            ],
            steps=[
                ConcernStepLine(kind=row.kind, by_name=await self._name(row.by_id), words=words, at_ms=row.at_ms)
                for row, words in done
            ],
            client_email=await self._people.email(found.client_id),
            client_phone=await self._people.phone(found.client_id) or "",
        )
