"""The therapist's call log: sessions, one session with transcript, notes and chat, and notes after the call.

Easy to break: a session is found by its id and by its therapist together, so that somebody else's is not there at all.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import SessionNotFound
from rtc_server.store import call_log, events
from rtc_server.store.call_log import Kept, Logged
from rtc_server.store.database import Store, now_ms
from rtc_server.store.notes import load_notes, save_notes
from rtc_server.wire.room import ChatLine, NotesView
from rtc_server.wire.sessions import CallLogEntry, CallLogView, Gap, NotesChange, SessionView, Utterance, Word
from rtc_server.wire.types import Seat

UNSURE = 0.5  # words that the engine gives less than this are marked

Publish = Callable[[str, str, int], Awaitable[None]]

_words = msgspec.json.Decoder(list[tuple[str, int, float]])


class CallLogRoutes:
    """`publish(topic, subject_id, version)` tells the other processes after a commit."""

    def __init__(self, store: Store, keys: KeyStore, people: People, publish: Publish) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._publish = publish

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/api/call-log"): self.entries,
            ("GET", "/api/sessions/{id}"): self.session,
            ("PUT", "/api/sessions/{id}/notes"): self.save_notes,
        }

    async def entries(self, call: HttpCall) -> CallLogView:
        async with self._store.read() as connection:
            found = await call_log.of_therapist(connection, call.viewer.person_id)
        at_ms = now_ms()
        return CallLogView(
            sessions=[
                CallLogEntry(
                    session_id=one.session_id,
                    client_name=await self._name(one.client_id),
                    at_ms=one.agreed_at_ms,
                    length_s=one.length_s(at_ms),
                    area=one.area,
                    has_notes=one.notes_version is not None,
                    is_rehearsal=one.is_rehearsal,
                    transcript=one.transcript or "off",
                )
                for one in found
            ]
        )

    async def session(self, call: HttpCall) -> SessionView:
        async with self._store.read() as connection:
            logged = await self._logged(connection, call)
            kept = await call_log.kept(connection, logged.session_id)
            money = (await wallet.settlements(connection, [logged.session_id]))[logged.session_id]
        key = await self._keys.key_of(logged.client_id)
        return SessionView(
            session_id=logged.session_id,
            client_name=await self._name(logged.client_id),
            area=logged.area,
            at_ms=logged.agreed_at_ms,
            length_s=logged.length_s(now_ms()),
            ended_reason=logged.ended_reason,
            is_rehearsal=logged.is_rehearsal,
            transcript=logged.transcript or "off",
            transcript_reason=logged.transcript_reason or "",
            transcribed_to_ms=logged.transcribed_to_ms or 0,
            utterances=await self._utterances(logged, kept, key),
            gaps=[
                Gap(seat=Seat(row.seat), from_ms=row.from_ms, to_ms=row.to_ms, reason=row.reason) for row in kept.gaps
            ],
            notes=await self._notes(logged.session_id, key),
            chat=[_chat_line(row, key) for row in kept.chat],
            charged_pence=money.charged_pence,
            share_pence=money.share_pence,
        )

    async def save_notes(self, call: HttpCall) -> NotesView:
        body, person_id = call.body, call.viewer.person_id
        assert isinstance(body, NotesChange)
        async with self._store.read() as connection:
            logged = await self._logged(connection, call)
        key = await self._keys.key_of(logged.client_id)
        version = await self._store.write(_save, key, logged.session_id, person_id, body)
        await self._publish("notes", logged.session_id, version)
        return await self._notes(logged.session_id, key)

    async def _logged(self, connection: AsyncConnection, call: HttpCall) -> Logged:
        logged = await call_log.one(connection, call.params["id"], call.viewer.person_id)
        if logged is None:
            raise SessionNotFound("There is no such session.")
        return logged

    async def _name(self, person_id: str) -> str:
        person = await self._people.person(person_id)
        return f"{person.first_name} {person.last_name}".strip()

    async def _notes(self, session_id: str, key: SealKey) -> NotesView:
        async with self._store.read() as connection:
            saved = await load_notes(connection, key, session_id)
        return NotesView(session_id=session_id, text=saved.text, version=saved.version, saved_at_ms=saved.saved_at_ms)

    async def _utterances(self, logged: Logged, kept: Kept, key: SealKey) -> list[Utterance]:
        names = {
            Seat.CLIENT: (await self._people.person(logged.client_id)).first_name,
            Seat.THERAPIST: (await self._people.person(logged.therapist_id)).first_name,
        }
        session_key = key.for_session(logged.session_id)
        return [
            Utterance(
                seq=row.seq,
                seat=Seat(row.seat),
                name=names[Seat(row.seat)],
                from_ms=row.from_ms,
                to_ms=row.to_ms,
                words=_opened(row, session_key),
            )
            for row in kept.utterances
        ]


async def _save(connection: AsyncConnection, key: SealKey, session_id: str, person_id: str, body: NotesChange) -> int:
    at_ms = now_ms()
    version = await save_notes(connection, key, session_id, body.text, body.version, at_ms)
    await events.append(connection, "notes", session_id, version, "saved", person_id, at_ms)
    return version


def _opened(row: Row[Any], key: SealKey) -> list[Word]:
    plain = key.open(row.words_sealed, "utterance", f"{row.session_id}:{row.seq}", "words_sealed")
    return [
        Word(text=text, from_ms=from_ms, is_unsure=probability < UNSURE)
        for text, from_ms, probability in _words.decode(plain)
    ]


def _chat_line(row: Row[Any], key: SealKey) -> ChatLine:
    return ChatLine(
        session_id=row.session_id,
        id=row.id,
        seq=row.seq,
        seat=Seat(row.seat),
        text=key.open_text(row.text_sealed, "chat", row.id, "text_sealed"),
        at_ms=row.at_ms,
    )
