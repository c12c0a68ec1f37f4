"""Support over HTTP: people ask, report and complain, operators answer, decide and ask therapists to account for what
they did; and the guide.

Easy to break: a matter is its person's and the operators', anybody else's is `not_found` like none at all; and an
appeal is decided by another operator than the first decision, wherever there is another.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from booking_core.schema import person as person_table
from rtc_server import guide
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.api.applications import paper_view, received
from rtc_server.api.dispatch import Handler, HttpCall, attachment
from rtc_server.errors import AlreadyDecided, BadMessage, NotAllowed, NotFound
from rtc_server.outgoing.desk import Desk
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import mail, matters, papers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.matters import Line, Matter
from rtc_server.store.schema import session
from rtc_server.wire.practice import PaperView
from rtc_server.wire.support import (
    ConductBegin,
    GuideItem,
    GuideSection,
    GuideView,
    MatterBegin,
    MatterLine,
    Matters,
    MatterSaid,
    MatterStep,
    MatterView,
)
from rtc_server.wire.types import Role

PURPOSE = "support"
LINK = "/support"
SHOWN_MAX = 200


class SupportApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._keys = keys
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/support": self.every,
            "POST /api/support": self.begin,
            "POST /api/people/{id}/conduct": self.begin_conduct,
            "POST /api/support/papers": self.add_paper,
            "GET /api/support/{id}": self.one,
            "POST /api/support/{id}/steps": self.step,
            "GET /api/guide": self.guide,
            "GET /api/guide.pdf": self.guide_pdf,
        }

    async def every(self, call: HttpCall) -> Matters:
        viewer = call.viewer
        async with self._store.read() as connection:
            if viewer.role == Role.ADMIN:
                found = await matters.for_desk(connection, SHOWN_MAX)
            else:
                found = await matters.of_person(connection, viewer.person_id, SHOWN_MAX)
        return Matters(matters=[await self._line(one, viewer.role == Role.ADMIN) for one in found])

    async def add_paper(self, call: HttpCall) -> PaperView:
        """Raises FileRefused, QuotaFull."""
        return await received(self._store, self._keys, call, PURPOSE)

    async def begin(self, call: HttpCall) -> MatterView:
        """May be repeated. Raises NotFound for a session or a file that is not theirs."""
        if not isinstance(call.body, MatterBegin):
            raise BadMessage
        body, person_id = call.body, call.viewer.person_id
        key = await self._keys.key_of(person_id)
        async with self._store.read() as connection:
            await _check_own(connection, person_id, body.session_id, body.paper_id)
        first = Line("write", body.text.strip(), person_id, False, body.paper_id)
        seals, now = await self._desk.seals(), now_ms()

        async def step(connection: AsyncConnection) -> None:
            said = (body.id, person_id, body.kind, body.subject.strip(), body.session_id, first, now)
            if await matters.begin(connection, key, *said):
                await self._desk.tell(connection, seals, Template.SUPPORT_WAITING, LINK, now)

        await self._store.write(step)
        return await self._view(call, await self._of(call, body.id))

    async def begin_conduct(self, call: HttpCall) -> MatterView:
        """May be repeated. Raises NotFound for somebody who is no therapist."""
        if not isinstance(call.body, ConductBegin):
            raise BadMessage
        body, person_id = call.body, call.params["id"]
        person = await self._people.person(person_id)
        if person.role != Role.THERAPIST or person.is_erased:
            raise NotFound("There is no such therapist.")
        key, now = await self._keys.key_of(person_id), now_ms()
        first = Line("write", body.text.strip(), call.viewer.person_id, True, None)

        async def step(connection: AsyncConnection) -> None:
            if await matters.begin(
                connection, key, body.id, person_id, "conduct", body.subject.strip(), None, first, now
            ):
                facts: Facts = {"link": f"/support/{body.id}"}
                told = f"support:{body.id}:0"
                await mail.queue(connection, key, person_id, Template.SUPPORT_BEGUN, facts, key=told, now_ms=now)

        await self._store.write(step)
        return await self._view(call, await self._of(call, body.id))

    async def one(self, call: HttpCall) -> MatterView:
        return await self._view(call, await self._of(call, call.params["id"]))

    async def step(self, call: HttpCall) -> MatterView:
        """Raises NotFound, NotAllowed, AlreadyDecided."""
        if not isinstance(call.body, MatterStep):
            raise BadMessage
        body, viewer, before = call.body, call.viewer, await self._of(call, call.params["id"])
        is_desk = viewer.role == Role.ADMIN
        if body.act not in (matters.DESKS if is_desk else matters.PERSONS):
            raise NotAllowed("That is the other side's to do.")
        async with self._store.read() as connection:
            await _check_own(connection, viewer.person_id, None, body.paper_id)
            if body.act == "decide" and before.decided_by == viewer.person_id and await _others(connection):
                raise NotAllowed("An appeal is decided by somebody else than the first decision.")
        key, now = await self._keys.key_of(before.person_id), now_ms()
        line = Line(body.act, body.text.strip(), viewer.person_id, is_desk, body.paper_id)
        seals = {} if is_desk or body.act == "close" else await self._desk.seals()

        async def step(connection: AsyncConnection) -> bool:
            if before.version != body.version or not await matters.step(connection, key, before, line, now):
                return False
            if is_desk:
                facts: Facts = {"link": f"/support/{before.id}"}
                told, receiver = f"support:{before.id}:{body.version}", before.person_id
                await mail.queue(connection, key, receiver, Template.SUPPORT_ANSWERED, facts, key=told, now_ms=now)
            await self._desk.tell(connection, seals, Template.SUPPORT_WAITING, LINK, now)
            return True

        if not await self._store.write(step):
            raise AlreadyDecided("This has moved on meanwhile. Look at it again.")
        return await self._view(call, await self._of(call, before.id))

    async def _of(self, call: HttpCall, matter_id: str) -> Matter:
        async with self._store.read() as connection:
            found = await matters.find(connection, matter_id)
        viewer = call.viewer
        if found is None or (viewer.role != Role.ADMIN and found.person_id != viewer.person_id):
            raise NotFound("There is no such conversation.")
        if (await self._people.person(found.person_id)).is_erased:
            raise NotFound("Its person was erased, and what was said with it.")
        return found

    async def _line(self, found: Matter, for_desk: bool) -> MatterLine:
        person = await self._people.person(found.person_id)
        key = await self._keys.key_of(found.person_id)
        return MatterLine(
            id=found.id,
            kind=found.kind,
            state=found.state,
            subject="" if person.is_erased else found.subject(key),
            person_name=f"{person.first_name} {person.last_name}".strip() if for_desk else "",
            person_role=person.role,
            changed_at_ms=found.changed_at_ms,
        )

    async def _view(self, call: HttpCall, found: Matter) -> MatterView:
        is_desk = call.viewer.role == Role.ADMIN
        key = await self._keys.key_of(found.person_id)
        async with self._store.read() as connection:
            said = await matters.lines(connection, key, found.id)
        return MatterView(
            line=await self._line(found, is_desk),
            version=found.version,
            session_id=found.session_id,
            said=[
                MatterSaid(
                    act=row.act,
                    is_desk=row.is_desk,
                    by_name=(await self._people.person(row.by_id)).first_name,
                    text=text,
                    paper=await self._paper(row.document_id, row.by_id, key if row.by_id == found.person_id else None),
                    at_ms=row.at_ms,
                )
                for row, text in said
            ],
            may=matters.allowed(found.kind, found.state, is_desk),
        )

    async def _paper(self, paper_id: str | None, owner_id: str, key: SealKey | None) -> PaperView | None:
        if paper_id is None:
            return None
        seal = key or await self._keys.key_of(owner_id)
        async with self._store.read() as connection:
            found = await papers.load(connection, seal, paper_id)
        return None if found is None else paper_view(found[0])

    # The guide

    async def guide(self, call: HttpCall) -> GuideView:
        found = guide.of_role(call.viewer.role)
        return GuideView(
            title=found.title,
            sections=[
                GuideSection(
                    title=section.title,
                    items=[GuideItem(question=item.question, answer=item.answer) for item in section.items],
                )
                for section in found.sections
            ],
        )

    async def guide_pdf(self, call: HttpCall) -> web.Response:
        # The writer of PDFs is loaded with the first of them.
        from rtc_server.adapters.guide_pdf import guide_as_pdf

        found = guide.of_role(call.viewer.role)
        content = await asyncio.to_thread(guide_as_pdf, found)
        return attachment(content, "application/pdf", f"{found.title}.pdf")


async def _check_own(connection: AsyncConnection, person_id: str, session_id: str | None, paper_id: str | None) -> None:
    """Raises NotFound."""
    if session_id is not None:
        mine = or_(session.c.client_id == person_id, session.c.therapist_id == person_id)
        query = select(session.c.id).where(session.c.id == session_id, mine, session.c.agreed_at_ms.is_not(None))
        if (await connection.execute(query)).first() is None:
            raise NotFound("There is no such session.")
    if paper_id is not None and await papers.owner_of(connection, paper_id) != person_id:
        raise NotFound("There is no such file.")


async def _others(connection: AsyncConnection) -> bool:
    """Whether there is another operator who may sign in."""
    query = select(func.count()).where(person_table.c.role == "admin", person_table.c.is_disabled.is_(False))
    return int((await connection.execute(query)).scalar_one()) > 1
