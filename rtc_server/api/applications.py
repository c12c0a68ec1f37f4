"""A therapist's application with its papers, and the operator's page that decides it.

Easy to break: a paper is read by its owner and by operators alone, anybody else's is `not_found` like none at all; and
only what has been sent can be decided, on the version that was read.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People, TherapistProfile
from rtc_server import uploads
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.api.dispatch import Handler, HttpCall, attachment
from rtc_server.errors import AlreadyDecided, BadMessage, NotFound, TermsOutdated, Unfinished
from rtc_server.outgoing.desk import Desk
from rtc_server.outgoing.letters import Template
from rtc_server.store import agreements, applications, mail, papers
from rtc_server.store.applications import Application
from rtc_server.store.database import Store, now_ms
from rtc_server.store.papers import Paper
from rtc_server.views import card_of
from rtc_server.wire.practice import (
    ApplicationDecide,
    ApplicationDetail,
    ApplicationLine,
    Applications,
    ApplicationSend,
    ApplicationView,
    PaperView,
)
from rtc_server.wire.types import Role

PURPOSE = "application"
SHOWN_MAX = 100
NOT_HERE = "There is no such file."
NOT_YOURS_NOW = "Your application has been sent. Nothing in it can change until it is decided."


def paper_view(paper: Paper) -> PaperView:
    return PaperView(id=paper.id, name=paper.name, content_type=paper.content_type, size=paper.size, at_ms=paper.at_ms)


async def received(store: Store, keys: KeyStore, call: HttpCall, purpose: str) -> PaperView:
    """The file that was sent, kept for its sender. Raises FileRefused, QuotaFull."""
    owner_id, now = call.viewer.person_id, now_ms()
    key = await keys.key_of(owner_id)
    given = await asyncio.to_thread(uploads.examined, call.raw, call.file_name)
    paper_id = await store.write(papers.add, key, owner_id, purpose, given, now)
    return PaperView(id=paper_id, name=given.name, content_type=given.content_type, size=len(given.content), at_ms=now)


def missing(profile: TherapistProfile, has_papers: bool) -> list[str]:
    """What has to be there before an application can be sent."""
    there = {"title": profile.title, "areas": profile.areas, "bio": profile.bio, "papers": has_papers}
    return [name for name, value in there.items() if not value]


class ApplicationApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._keys = keys
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/application": self.own,
            "POST /api/application/papers": self.add_paper,
            "DELETE /api/application/papers/{id}": self.remove_paper,
            "POST /api/application/send": self.send,
            "GET /api/applications": self.every,
            "GET /api/applications/{id}": self.one,
            "POST /api/applications/{id}/decide": self.decide,
            "GET /api/papers/{id}/file": self.file,
        }

    # The therapist's

    async def own(self, call: HttpCall) -> ApplicationView:
        """Who works here already has none to make: it reads as approved."""
        therapist_id = call.viewer.person_id
        key = await self._keys.key_of(therapist_id)
        profile = await self._profile(therapist_id)
        async with self._store.read() as connection:
            found = await applications.find(connection, therapist_id)
            given = await papers.of_owner(connection, key, therapist_id, PURPOSE)
            conduct = await agreements.in_force(connection, "conduct", now_ms())
        return ApplicationView(
            state="approved" if found is None else found.state,
            papers=[paper_view(paper) for paper in given],
            words=_words(found, key),
            missing=missing(profile, bool(given)),
            conduct_version=conduct.version,
            conduct_text=conduct.text,
        )

    async def add_paper(self, call: HttpCall) -> ApplicationView:
        """Raises FileRefused, QuotaFull, AlreadyDecided."""
        therapist_id = call.viewer.person_id
        async with self._store.read() as connection:
            if not await applications.is_open(connection, therapist_id):
                raise AlreadyDecided(NOT_YOURS_NOW)
        await received(self._store, self._keys, call, PURPOSE)
        return await self.own(call)

    async def remove_paper(self, call: HttpCall) -> ApplicationView:
        """Raises NotFound, AlreadyDecided."""
        async with self._store.read() as connection:
            if not await applications.is_open(connection, call.viewer.person_id):
                raise AlreadyDecided(NOT_YOURS_NOW)
        if not await self._store.write(papers.remove, call.viewer.person_id, PURPOSE, [call.params["id"]]):
            raise NotFound(NOT_HERE)
        return await self.own(call)

    async def send(self, call: HttpCall) -> ApplicationView:
        """Raises Unfinished, TermsOutdated, AlreadyDecided."""
        if not isinstance(call.body, ApplicationSend):
            raise BadMessage
        before, therapist_id, version = await self.own(call), call.viewer.person_id, call.body.accepts_version
        if before.missing:
            raise Unfinished("Something is still missing: " + ", ".join(before.missing) + ".")
        if version != before.conduct_version:
            raise TermsOutdated("The rules of conduct have changed. Please read them again.")
        seals, now = await self._desk.seals(), now_ms()

        async def step(connection: AsyncConnection) -> bool:
            is_sent = await applications.send(connection, therapist_id, now, version)
            if is_sent:
                await self._desk.tell(connection, seals, Template.PAPERS_WAITING, "/applications", now)
            return is_sent

        if not await self._store.write(step):
            raise AlreadyDecided(NOT_YOURS_NOW)
        return await self.own(call)

    # The operator's

    async def every(self, call: HttpCall) -> Applications:
        async with self._store.read() as connection:
            found = await applications.newest(connection, SHOWN_MAX)
        return Applications(applications=[_line(one, await self._profile(one.therapist_id)) for one in found])

    async def one(self, call: HttpCall) -> ApplicationDetail:
        found = await self._sent(call.params["id"])
        therapist_id = found.therapist_id
        key = await self._keys.key_of(therapist_id)
        profile = await self._profile(therapist_id)
        async with self._store.read() as connection:
            given = await papers.of_owner(connection, key, therapist_id, PURPOSE)
        return ApplicationDetail(
            line=_line(found, profile),
            version=found.version,
            card=card_of(therapist_id, profile),
            email=await self._people.email(therapist_id),
            papers=[paper_view(paper) for paper in given],
            words=_words(found, key),
        )

    async def decide(self, call: HttpCall) -> ApplicationDetail:
        """Raises AlreadyDecided; Unfinished for a no without words."""
        if not isinstance(call.body, ApplicationDecide):
            raise BadMessage
        body, therapist_id = call.body, (await self._sent(call.params["id"])).therapist_id
        if not (body.is_approved or body.words.strip()):
            raise Unfinished("Please say what is missing: the therapist reads it and can send the application again.")
        key = await self._keys.key_of(therapist_id)
        sealed = key.seal_text(body.words.strip(), "application", therapist_id, "words_sealed")
        template = Template.APPLICATION_APPROVED if body.is_approved else Template.APPLICATION_REFUSED
        now = now_ms()

        async def step(connection: AsyncConnection) -> bool:
            is_decided = await applications.decide(
                connection,
                therapist_id,
                body.version,
                is_approved=body.is_approved,
                words_sealed=sealed,
                by_id=call.viewer.person_id,
                now_ms=now,
            )
            if is_decided:
                told = f"application:{therapist_id}:{body.version}"
                await mail.queue(connection, key, therapist_id, template, {"link": "/"}, key=told, now_ms=now)
            return is_decided

        if not await self._store.write(step):
            raise AlreadyDecided("This application has changed meanwhile. Look at it again.")
        return await self.one(call)

    async def file(self, call: HttpCall) -> web.Response:
        """Raises NotFound, also for somebody else's."""
        paper_id, viewer = call.params["id"], call.viewer
        async with self._store.read() as connection:
            owner_id = await papers.owner_of(connection, paper_id)
        if owner_id is None or (viewer.role != Role.ADMIN and owner_id != viewer.person_id):
            raise NotFound(NOT_HERE)
        key = await self._keys.key_of(owner_id)
        async with self._store.read() as connection:
            found = await papers.load(connection, key, paper_id)
        if found is None:
            raise NotFound(NOT_HERE)
        paper, content = found
        return attachment(content, paper.content_type, paper.name)

    async def _sent(self, therapist_id: str) -> Application:
        async with self._store.read() as connection:
            found = await applications.find(connection, therapist_id)
        if found is None or found.state == "draft":
            raise NotFound("There is no such application.")
        return found

    async def _profile(self, therapist_id: str) -> TherapistProfile:
        profile = await self._people.profile(therapist_id)
        if profile is None:
            raise NotFound("There is no such therapist.")
        return profile


def _words(found: Application | None, key: SealKey) -> str:
    if found is None or found.words_sealed is None:
        return ""
    return key.open_text(found.words_sealed, "application", found.therapist_id, "words_sealed")


def _line(found: Application, profile: TherapistProfile) -> ApplicationLine:
    return ApplicationLine(
        therapist_id=found.therapist_id,
        first_name=profile.first_name,
        last_name=profile.last_name,
        title=profile.title,
        state=found.state,
        sent_at_ms=found.sent_at_ms or 0,
        decided_at_ms=found.decided_at_ms,
    )
