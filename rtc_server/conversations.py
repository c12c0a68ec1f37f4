"""Writing with each other: sending, reading, files and search, and what each of the two sees of it.

Opens sealed words for one of a conversation's two people and nobody else; anybody else's conversation is not there.
Easy to break: a message, the news of it and the mail that may follow are one transaction, and reading drops that mail
in the transaction that notes the reading; so nobody is told of what they have read.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.config import Settings
from rtc_server.errors import BadMessage, ConversationNotFound, FileNotFound, QuotaFull, SealBroken
from rtc_server.fanout import Fanout
from rtc_server.finding import after, before, folded, places
from rtc_server.outgoing.letters import Template
from rtc_server.room import Seat
from rtc_server.store import conversations as rows
from rtc_server.store import mail
from rtc_server.store.conversations import TOPIC, Conversation
from rtc_server.store.database import Store, now_ms
from rtc_server.uploads import Upload, examined
from rtc_server.wire.messages import (
    ConversationsView,
    ConversationView,
    FileView,
    MessageHit,
    MessageHits,
    MessageSearch,
    MessageSend,
    MessagesFind,
    MessagesView,
    MessageView,
)

log = logging.getLogger(__name__)

HITS_MAX = 50
TEMPLATE = Template.NEW_MESSAGE


@dataclass(frozen=True)
class MessageRules:
    """Seconds, numbers and bytes. `mail_s`: how long a message is unread before its mail goes; `searched_max`: the
    newest so many of each; a search ends after `search_s` with what it has found."""

    mail_s: float
    page: int
    inbox_max: int
    searched_max: int
    search_s: float
    client_bytes_max: int


def rules_of(settings: Settings) -> MessageRules:
    return MessageRules(
        mail_s=settings.message_mail_s,
        page=settings.messages_page,
        inbox_max=settings.inbox_max,
        searched_max=settings.messages_searched_max,
        search_s=settings.search_s,
        client_bytes_max=settings.client_files_bytes_max,
    )


class Conversations:
    """One per web process."""

    def __init__(self, store: Store, keys: KeyStore, people: People, fanout: Fanout, rules: MessageRules) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._fanout = fanout
        self._rules = rules
        fanout.takers[TOPIC] = self.tell

    async def own(self, person_id: str, conversation_id: str) -> tuple[Conversation, Seat]:
        """Raises ConversationNotFound, also for somebody else's."""
        async with self._store.read() as connection:
            return _seated(await rows.load(connection, conversation_id), person_id)

    # Looking

    async def inbox(self, person_id: str, seat: Seat) -> ConversationsView:
        async with self._store.read() as connection:
            found = await rows.of_person(connection, person_id, seat, self._rules.inbox_max)
            counts = await rows.unread(connection, person_id, seat)
            newest = await rows.last(connection, [one.id for one in found])
        views = [await self._view(one, seat, counts.get(one.id, 0), newest.get(one.id)) for one in found]
        return ConversationsView(conversations=views, unread=sum(counts.values()))

    async def with_person(self, person_id: str, seat: Seat, other_id: str) -> ConversationView:
        """Raises ConversationNotFound."""
        pair = (person_id, other_id) if seat is Seat.CLIENT else (other_id, person_id)
        async with self._store.read() as connection:
            found = await rows.between(connection, *pair)
        return await self.view(*_seated(found, person_id))

    async def find(self, person_id: str, conversation_id: str, body: MessagesFind) -> MessagesView:
        """Raises ConversationNotFound."""
        limit = self._rules.page
        async with self._store.read() as connection:
            current, seat = _seated(await rows.load(connection, conversation_id), person_id)
            if body.since is not None:
                found = await rows.since(connection, conversation_id, body.since, limit + 1)
                kept = found[:limit]
            else:
                found = await rows.before(connection, conversation_id, body.before, limit + 1)
                kept = found[-limit:]
        key = await self._key(current)
        return MessagesView(
            conversation=await self.view(current, seat),
            messages=[_message(row, key) for row in kept],
            is_more=len(found) > limit,
        )

    async def search(self, person_id: str, seat: Seat, body: MessageSearch) -> MessageHits:
        """In this person's own conversations, the newest messages of each. Raises BadMessage."""
        wanted = folded(" ".join(body.words.split()))
        if len(wanted) < 2:
            raise BadMessage("Please type at least two letters to look for.")
        async with self._store.read() as connection:
            found = await rows.of_person(connection, person_id, seat, self._rules.inbox_max)
        hits: list[MessageHit] = []
        until, is_cut = time.monotonic() + self._rules.search_s, False
        for one in found:
            is_cut = len(hits) > HITS_MAX or time.monotonic() > until
            if is_cut:
                break
            hits += await self._in_conversation(one, seat, wanted)
        return MessageHits(hits=hits[:HITS_MAX], is_cut=is_cut or len(hits) > HITS_MAX)

    async def _in_conversation(self, current: Conversation, seat: Seat, wanted: str) -> list[MessageHit]:
        async with self._store.read() as connection:
            newest = await rows.before(connection, current.id, None, self._rules.searched_max)
        key = await self._key(current)
        if key is None:
            return []
        other = await self._people.person(current.person(seat.other))
        looked = await asyncio.to_thread(_look, newest, key, wanted)
        return [
            MessageHit(
                conversation_id=current.id,
                seq=one.seq,
                first_name=other.first_name,
                last_name=other.last_name,
                seat=one.seat,
                at_ms=one.at_ms,
                before=before(one.text, start),
                found=one.text[start:end],
                after=after(one.text, end),
            )
            for one, start, end in looked
        ]

    # Writing and reading

    async def send(self, person_id: str, conversation_id: str, body: MessageSend) -> MessageView:
        """The same id is the same message. Raises ConversationNotFound, FileNotFound, BadMessage."""
        if not body.text.strip() and body.file_id is None:
            raise BadMessage("Please write something first, or add a file.")
        current, seat = await self.own(person_id, conversation_id)
        other_id = current.person(seat.other)
        try:
            seal, other_seal = await self._keys.key_of(current.client_id), await self._keys.key_of(other_id)
        except SealBroken as error:
            raise ConversationNotFound("They have left, and nothing can be sent to them any more.") from error
        sealed = seal.seal_text(body.text.strip(), "message", body.id, "text_sealed")

        async def step(connection: AsyncConnection) -> tuple[Conversation, Row[Any]]:
            now = now_ms()
            placed = await rows.add(connection, conversation_id, body.id, seat, sealed, now, file_id=body.file_id)
            fresh, _ = _seated(await rows.load(connection, conversation_id), person_id)
            if placed.is_new:
                facts = {"link": f"/messages/{conversation_id}"}
                key, due_at_ms = _mail_key(fresh, seat.other), now + int(self._rules.mail_s * 1000)
                await mail.queue(
                    connection, other_seal, other_id, TEMPLATE, facts, key=key, now_ms=now, due_at_ms=due_at_ms
                )
            (row,) = await rows.since(connection, conversation_id, placed.seq - 1, 1)
            return fresh, row

        fresh, row = await self._store.write(step)
        await self._fanout.publish(TOPIC, conversation_id, fresh.version)
        return _message(row, seal)

    async def read(self, person_id: str, conversation_id: str, seq: int) -> ConversationView:
        """Everything up to `seq` has been read. May be repeated. Raises ConversationNotFound."""

        async def step(connection: AsyncConnection) -> tuple[Conversation, int | None]:
            current, seat = _seated(await rows.load(connection, conversation_id), person_id)
            version = await rows.mark_read(connection, conversation_id, seat, seq, now_ms())
            if version is not None:
                await mail.drop(connection, _mail_key(current, seat), "read", now_ms())
            return current, version

        _, version = await self._store.write(step)
        if version is not None:
            await self._fanout.publish(TOPIC, conversation_id, version)
        return await self.view(*await self.own(person_id, conversation_id))

    # Files

    async def attach(self, person_id: str, conversation_id: str, file_id: str, raw: bytes, name: str) -> FileView:
        """Keep a file for a message that is about to be sent; the same id is the same file.

        Raises ConversationNotFound, FileRefused, QuotaFull.
        """
        current, seat = await self.own(person_id, conversation_id)
        upload = await asyncio.to_thread(examined, raw, name)
        key = await self._keys.key_of(current.client_id)
        row = {
            "id": file_id,
            "conversation_id": conversation_id,
            "seat": seat.value,
            "name_sealed": key.seal_text(upload.name, "attached", file_id, "name_sealed"),
            "content_type": upload.content_type,
            "bytes": len(upload.content),
            "width": upload.width,
            "height": upload.height,
            "content_sealed": key.seal(upload.content, "attached", file_id, "content_sealed"),
            "at_ms": now_ms(),
        }

        async def step(connection: AsyncConnection) -> None:
            taken = await rows.bytes_of_client(connection, current.client_id)
            if taken + len(upload.content) > self._rules.client_bytes_max:
                raise QuotaFull("There is no room for more files here. Please send what matters as text.")
            await rows.add_file(connection, row)

        await self._store.write(step)
        return FileView(
            id=file_id,
            name=upload.name,
            content_type=upload.content_type,
            bytes=len(upload.content),
            width=upload.width,
            height=upload.height,
        )

    async def file(self, person_id: str, file_id: str) -> Upload:
        """Raises FileNotFound, also for somebody else's."""
        async with self._store.read() as connection:
            facts = await rows.file_facts(connection, file_id)
            current = None if facts is None else await rows.load(connection, facts.conversation_id)
            if facts is None or current is None or current.seat_of(person_id) is None:
                raise FileNotFound("There is no such file.")
            sealed = await rows.file_content(connection, file_id)
        key = await self._key(current)
        if key is None:
            raise FileNotFound("This file is kept no longer.")
        name = key.open_text(facts.name_sealed, "attached", file_id, "name_sealed")
        return Upload(name, facts.content_type, key.open(sealed, "attached", file_id, "content_sealed"))

    # Telling

    async def tell(self, conversation_id: str) -> None:
        """A conversation changed: both see it as it stands, on every page they have open here."""
        async with self._store.read() as connection:
            current = await rows.load(connection, conversation_id)
        if current is None:
            return
        for seat in Seat:
            sockets = list(self._fanout.of(current.person(seat)))
            if sockets:
                await self._fanout.emit("conversation:changed", await self.view(current, seat), sockets)

    async def view(self, current: Conversation, seat: Seat) -> ConversationView:
        async with self._store.read() as connection:
            counts = await rows.unread(connection, current.person(seat), seat)
            newest = await rows.last(connection, [current.id])
        return await self._view(current, seat, counts.get(current.id, 0), newest.get(current.id))

    async def _view(self, current: Conversation, seat: Seat, unread: int, last: Row[Any] | None) -> ConversationView:
        key = await self._key(current)
        with_id = current.person(seat.other)
        first_name, last_name, photo = await self._named(with_id, seat.other)
        return ConversationView(
            id=current.id,
            version=current.version,
            seat=seat,
            with_id=with_id,
            first_name=first_name,
            last_name=last_name,
            photo=photo,
            last_seq=current.last_seq,
            last=None if last is None else _message(last, key),
            unread=unread,
            read_seq=current.read_seq(seat),
            other_read_seq=current.read_seq(seat.other),
        )

    async def _named(self, person_id: str, seat: Seat) -> tuple[str, str, str | None]:
        if seat is Seat.THERAPIST:
            profile = await self._people.profile(person_id)
            assert profile is not None, "a conversation has a therapist"
            return profile.first_name, profile.last_name, profile.photo
        try:
            person = await self._people.person(person_id)
        except SealBroken:
            return "Somebody", "who has left", None
        return person.first_name, person.last_name, None

    async def _key(self, current: Conversation) -> SealKey | None:
        """None when the client was erased, and their words with them."""
        try:
            return await self._keys.key_of(current.client_id)
        except SealBroken:
            return None


def _seated(found: Conversation | None, person_id: str) -> tuple[Conversation, Seat]:
    seat = None if found is None else found.seat_of(person_id)
    if found is None or seat is None:
        raise ConversationNotFound("There is no such conversation.")
    return found, seat


def _mail_key(current: Conversation, seat: Seat) -> str:
    """One mail for everything unread since that seat has last read."""
    return f"message:{current.id}:{seat.value}:{current.read_seq(seat)}"


def _look(newest: list[Row[Any]], key: SealKey, wanted: str) -> list[tuple[MessageView, int, int]]:
    """Runs in a thread: the first hit in each message, newest first."""
    opened = [_message(row, key) for row in reversed(newest)]
    return [(one, *place) for one in opened for place in list(places(one.text, wanted))[:1]]


def _message(row: Row[Any], key: SealKey | None) -> MessageView:
    text = None if key is None else _words(row, key)
    return MessageView(
        conversation_id=row.conversation_id,
        id=row.id,
        seq=row.seq,
        seat=Seat(row.seat),
        text=text or "",
        file=None if key is None or row.file_id is None else _file(row, key),
        at_ms=row.at_ms,
        is_from_call=row.session_id is not None,
        is_gone=text is None,
    )


def _words(row: Row[Any], key: SealKey) -> str | None:
    if row.session_id is None:
        return key.open_text(row.text_sealed, "message", row.id, "text_sealed")
    if row.chat_sealed is None:
        return None
    return key.open_text(row.chat_sealed, "chat", row.id, "text_sealed")


def _file(row: Row[Any], key: SealKey) -> FileView:
    return FileView(
        id=row.file_id,
        name=key.open_text(row.file_name_sealed, "attached", row.file_id, "name_sealed"),
        content_type=row.file_content_type,
        bytes=row.file_bytes,
        width=row.file_width,
        height=row.file_height,
    )
