"""The therapist's call log: the list, one session with transcript, notes and chat, and notes after the call.

Easy to break: a session is found by its id and by its therapist together, so that somebody else's is not there at all.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, SessionNotFound, unfit
from rtc_server.store import call_log, erasure, events, spoken, transcripts
from rtc_server.store.call_log import Choice, Logged, Place
from rtc_server.store.database import Store, now_ms
from rtc_server.store.notes import SavedNotes, load_notes, save_notes, versions
from rtc_server.store.spoken import Spoken
from rtc_server.wire.room import ChatLine, NotesView
from rtc_server.wire.sessions import (
    CallLogEntry,
    CallLogFind,
    CallLogView,
    Gap,
    LoggedClient,
    NotesChange,
    NotesVersions,
    SessionView,
    Utterance,
    Word,
)
from rtc_server.wire.types import Seat

UNSURE = 0.5  # words that the engine gives less than this are marked

Publish = Callable[[str, str, int], Awaitable[None]]


class Records:
    """A therapist's own sessions, opened for them and for nobody else."""

    def __init__(self, store: Store, keys: KeyStore, people: People) -> None:
        self.store = store
        self.keys = keys
        self._people = people

    async def of(self, call: HttpCall) -> Logged:
        """The session the call is about. Raises SessionNotFound."""
        async with self.store.read() as connection:
            logged = await call_log.one(connection, call.params["id"], call.viewer.person_id)
        if logged is None:
            raise SessionNotFound("There is no such session.")
        return logged

    async def name(self, person_id: str) -> str:
        person = await self._people.person(person_id)
        return f"{person.first_name} {person.last_name}".strip()

    async def is_erased(self, client_id: str) -> bool:
        return (await self._people.person(client_id)).is_erased

    async def first_names(self, logged: Logged) -> dict[Seat, str]:
        return {
            Seat.CLIENT: (await self._people.person(logged.client_id)).first_name,
            Seat.THERAPIST: (await self._people.person(logged.therapist_id)).first_name,
        }


class CallLogRoutes:
    """`publish(topic, subject_id, version)` tells the other processes after a commit; a page of the list has `page`."""

    def __init__(self, records: Records, publish: Publish, *, page: int) -> None:
        self._records = records
        self._store = records.store
        self._keys = records.keys
        self._publish = publish
        self._page = page

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/call-log": self.newest,
            "POST /api/call-log/find": self.find,
            "GET /api/sessions/{id}": self.session,
            "PUT /api/sessions/{id}/notes": self.save_notes,
            "GET /api/sessions/{id}/notes/versions": self.notes_versions,
        }

    async def newest(self, call: HttpCall) -> CallLogView:
        return await self._list(call.viewer.person_id, Choice(), None)

    async def find(self, call: HttpCall) -> CallLogView:
        body = call.body
        assert isinstance(body, CallLogFind)
        choice = Choice(body.client_id, body.from_ms, body.to_ms, body.transcript, body.is_unwritten)
        return await self._list(call.viewer.person_id, choice, _place(body.after))

    async def _list(self, person_id: str, choice: Choice, after: Place | None) -> CallLogView:
        async with self._store.read() as connection:
            found = await call_log.of_therapist(connection, person_id, choice, after, self._page + 1)
            total = await call_log.count(connection, person_id, choice)
            everything = await call_log.count(connection, person_id, Choice())
            unwritten = await call_log.count(connection, person_id, Choice(is_unwritten=True))
            client_ids = await call_log.clients_of(connection, person_id)
        shown = found[: self._page]
        names = {client_id: await self._records.name(client_id) for client_id in client_ids}
        return CallLogView(
            sessions=[_entry(one, names[one.client_id]) for one in shown],
            total=total,
            unwritten=unwritten,
            all=everything,
            clients=[LoggedClient(id=client_id, name=name) for client_id, name in names.items()],
            next=f"{shown[-1].agreed_at_ms}/{shown[-1].session_id}" if len(found) > len(shown) else "",
        )

    async def session(self, call: HttpCall) -> SessionView:
        logged = await self._records.of(call)
        async with self._store.read() as connection:
            kept = await call_log.kept(connection, logged)
            written = await spoken.written(connection, logged.session_id)
            money = (await wallet.settlements(connection, [logged.session_id]))[logged.session_id]
            can_retry = await transcripts.can_retry(connection, logged.session_id)
            is_held = await erasure.is_held(connection, logged.client_id)
        key = await self._keys.key_of(logged.client_id)
        names = await self._records.first_names(logged)
        said = spoken.opened(written, key.for_session(logged.session_id))
        return SessionView(
            session_id=logged.session_id,
            client_id=logged.client_id,
            client_name=await self._records.name(logged.client_id),
            area=logged.area,
            at_ms=logged.agreed_at_ms,
            length_s=logged.together_s,
            ended_reason=logged.ended_reason,
            is_rehearsal=logged.is_rehearsal,
            transcript=logged.transcript or "off",
            transcript_reason=logged.transcript_reason or "",
            transcribed_to_ms=logged.transcribed_to_ms or 0,
            can_retry=can_retry,
            is_held=is_held,
            is_erased=await self._records.is_erased(logged.client_id),
            utterances=[utterance_view(one, names) for one in said],
            gaps=[
                Gap(seat=Seat(one.seat), from_ms=one.from_ms, to_ms=one.to_ms, reason=one.reason)
                for one in kept.missing
            ],
            notes=await self._notes(logged.session_id, key),
            are_notes_expired=logged.are_notes_expired,
            chat=[_chat_line(row, key) for row in kept.chat],
            charged_pence=money.charged_pence,
            share_pence=money.share_pence,
        )

    async def save_notes(self, call: HttpCall) -> NotesView:
        body, person_id = call.body, call.viewer.person_id
        assert isinstance(body, NotesChange)
        logged = await self._records.of(call)
        key = await self._keys.key_of(logged.client_id)
        version = await self._store.write(_save, key, logged.session_id, person_id, body)
        await self._publish("notes", logged.session_id, version)
        return await self._notes(logged.session_id, key)

    async def notes_versions(self, call: HttpCall) -> NotesVersions:
        logged = await self._records.of(call)
        key = await self._keys.key_of(logged.client_id)
        async with self._store.read() as connection:
            kept = await versions(connection, key, logged.session_id)
        return NotesVersions(versions=[_notes_view(logged.session_id, one) for one in kept])

    async def _notes(self, session_id: str, key: SealKey) -> NotesView:
        async with self._store.read() as connection:
            return _notes_view(session_id, await load_notes(connection, key, session_id))


def utterance_view(one: Spoken, names: Mapping[Seat, str]) -> Utterance:
    return Utterance(
        seq=one.seq,
        seat=Seat(one.seat),
        name=names[Seat(one.seat)],
        from_ms=one.from_ms,
        to_ms=one.to_ms,
        words=[
            Word(
                text=word.text,
                from_ms=word.from_ms,
                is_unsure=word.probability < UNSURE,
                is_corrected=word.is_corrected,
            )
            for word in one.words
        ],
        revision=one.revision,
        corrected_at_ms=one.corrected_at_ms,
        is_marked=one.is_marked,
    )


def _entry(one: Logged, client_name: str) -> CallLogEntry:
    return CallLogEntry(
        session_id=one.session_id,
        client_name=client_name,
        at_ms=one.agreed_at_ms,
        length_s=one.together_s,
        area=one.area,
        has_notes=one.notes_version is not None,
        are_notes_expired=one.are_notes_expired,
        is_rehearsal=one.is_rehearsal,
        transcript=one.transcript or "off",
    )


def _place(text: str) -> Place | None:
    if not text:
        return None
    at_ms, _, session_id = text.partition("/")
    if not at_ms.isascii() or not at_ms.isdigit() or len(at_ms) > 15:
        raise BadMessage(unfit("after"))
    return Place(int(at_ms), session_id)


def _notes_view(session_id: str, saved: SavedNotes) -> NotesView:
    return NotesView(session_id=session_id, text=saved.text, version=saved.version, saved_at_ms=saved.saved_at_ms)


async def _save(connection: AsyncConnection, key: SealKey, session_id: str, person_id: str, body: NotesChange) -> int:
    at_ms = now_ms()
    version = await save_notes(connection, key, session_id, body.text, body.version, at_ms)
    await events.append(connection, "notes", session_id, version, "saved", person_id, at_ms)
    return version


def _chat_line(row: Row[Any], key: SealKey) -> ChatLine:
    return ChatLine(
        session_id=row.session_id,
        id=row.id,
        seq=row.seq,
        seat=Seat(row.seat),
        text=key.open_text(row.text_sealed, "chat", row.id, "text_sealed"),
        at_ms=row.at_ms,
    )
