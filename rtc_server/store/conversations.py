"""Conversations as rows: who writes with whom, what was written in order, how far each has read, and the files.

Owns the tables `conversation`, `message` and `attached`. Opens nothing. Easy to break: the sequence is drawn by the
UPDATE of the conversation's row, so that two who write at once get two places and none is skipped; and a line of a
call's chat has its place here, but its words in `chat` alone.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import BadMessage, FileNotFound
from rtc_server.room import Seat
from rtc_server.store import events
from rtc_server.store.message_schema import attached, conversation, message
from rtc_server.store.schema import chat

TOPIC = "conversation"
FILE_FACTS = (
    attached.c.id,
    attached.c.conversation_id,
    attached.c.name_sealed,
    attached.c.content_type,
    attached.c.bytes,
    attached.c.width,
    attached.c.height,
)


@dataclass(frozen=True)
class Conversation:
    id: str
    client_id: str
    therapist_id: str
    version: int
    last_seq: int
    last_at_ms: int | None
    client_read_seq: int
    therapist_read_seq: int

    def seat_of(self, person_id: str) -> Seat | None:
        seats = {self.client_id: Seat.CLIENT, self.therapist_id: Seat.THERAPIST}
        return seats.get(person_id)

    def person(self, seat: Seat) -> str:
        return self.client_id if seat is Seat.CLIENT else self.therapist_id

    def read_seq(self, seat: Seat) -> int:
        return self.client_read_seq if seat is Seat.CLIENT else self.therapist_read_seq


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        client_id=row.client_id,
        therapist_id=row.therapist_id,
        version=row.version,
        last_seq=row.last_seq,
        last_at_ms=row.last_at_ms,
        client_read_seq=row.client_read_seq,
        therapist_read_seq=row.therapist_read_seq,
    )


async def ensure(connection: AsyncConnection, client_id: str, therapist_id: str, now_ms: int) -> str:
    """The id of these two's conversation, which is begun if there is none: with a session's yes, or a booking."""
    insert_into = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"id": str(uuid.uuid4()), "client_id": client_id, "therapist_id": therapist_id, "created_at_ms": now_ms}
    fresh = insert_into(conversation).values(**row)
    await connection.execute(fresh.on_conflict_do_nothing(index_elements=["client_id", "therapist_id"]))
    query = select(conversation.c.id).where(_pair(client_id, therapist_id))
    return str((await connection.execute(query)).scalar_one())


def _pair(client_id: str, therapist_id: str) -> ColumnElement[bool]:
    return and_(conversation.c.client_id == client_id, conversation.c.therapist_id == therapist_id)


async def load(connection: AsyncConnection, conversation_id: str) -> Conversation | None:
    row = (await connection.execute(select(conversation).where(conversation.c.id == conversation_id))).first()
    return None if row is None else _conversation(row)


async def between(connection: AsyncConnection, client_id: str, therapist_id: str) -> Conversation | None:
    row = (await connection.execute(select(conversation).where(_pair(client_id, therapist_id)))).first()
    return None if row is None else _conversation(row)


async def of_person(connection: AsyncConnection, person_id: str, seat: Seat, limit: int) -> list[Conversation]:
    """Newest first. A client sees all of theirs; a therapist those in which something was written."""
    query = select(conversation).where(_mine(person_id, seat))
    if seat is Seat.THERAPIST:
        query = query.where(conversation.c.last_at_ms.is_not(None))
    newest = func.coalesce(conversation.c.last_at_ms, conversation.c.created_at_ms)
    rows = await connection.execute(query.order_by(newest.desc(), conversation.c.id).limit(limit))
    return [_conversation(row) for row in rows]


def _mine(person_id: str, seat: Seat) -> ColumnElement[bool]:
    column = conversation.c.client_id if seat is Seat.CLIENT else conversation.c.therapist_id
    return column == person_id


async def unread(connection: AsyncConnection, person_id: str, seat: Seat) -> dict[str, int]:
    """By conversation, where there is something unread. What was typed in a call was read there."""
    read_seq = conversation.c.client_read_seq if seat is Seat.CLIENT else conversation.c.therapist_read_seq
    query = (
        select(message.c.conversation_id, func.count())
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            _mine(person_id, seat),
            message.c.seq > read_seq,
            message.c.seat == seat.other.value,
            message.c.session_id.is_(None),
        )
        .group_by(message.c.conversation_id)
    )
    return {row[0]: int(row[1]) for row in await connection.execute(query)}


# Messages


class Placed(NamedTuple):
    """Where a message stands, and the version of its conversation with it."""

    seq: int
    version: int
    is_new: bool


def _messages() -> Any:
    """Messages with the words of a call's chat and the facts of a file."""
    facts = [column.label(f"file_{column.name}") for column in FILE_FACTS if column is not attached.c.id]
    return (
        select(message, chat.c.text_sealed.label("chat_sealed"), *facts)
        .outerjoin(chat, and_(chat.c.id == message.c.id, message.c.session_id.is_not(None)))
        .outerjoin(attached, attached.c.id == message.c.file_id)
    )


async def since(connection: AsyncConnection, conversation_id: str, seq: int, limit: int) -> list[Row[Any]]:
    """The messages after `seq`, oldest first."""
    query = _messages().where(message.c.conversation_id == conversation_id, message.c.seq > seq)
    return list(await connection.execute(query.order_by(message.c.seq).limit(limit)))


async def before(connection: AsyncConnection, conversation_id: str, seq: int | None, limit: int) -> list[Row[Any]]:
    """The newest messages before `seq` (None: of all), oldest first."""
    query = _messages().where(message.c.conversation_id == conversation_id)
    if seq is not None:
        query = query.where(message.c.seq < seq)
    return list(await connection.execute(query.order_by(message.c.seq.desc()).limit(limit)))[::-1]


async def last(connection: AsyncConnection, conversation_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The newest message of each."""
    query = _messages().join(
        conversation, and_(conversation.c.id == message.c.conversation_id, conversation.c.last_seq == message.c.seq)
    )
    rows = await connection.execute(query.where(message.c.conversation_id.in_(list(conversation_ids))))
    return {row.conversation_id: row for row in rows}


async def add(
    connection: AsyncConnection,
    conversation_id: str,
    message_id: str,
    seat: Seat,
    text_sealed: bytes | None,
    now_ms: int,
    *,
    file_id: str | None = None,
    session_id: str | None = None,
) -> Placed:
    """Store a message once by its id. Raises BadMessage, FileNotFound.

    `session_id`: it was typed in that call, and `text_sealed` is None.
    """
    known = (
        await connection.execute(
            select(message.c.seq, message.c.conversation_id, message.c.seat).where(message.c.id == message_id)
        )
    ).first()
    if known is not None:
        if (known.conversation_id, known.seat) != (conversation_id, seat.value):
            raise BadMessage("That id belongs to another message.")
        found = await load(connection, conversation_id)
        assert found is not None, "a message stands in a conversation"
        return Placed(known.seq, found.version, False)
    if file_id is not None:
        await _check_file(connection, conversation_id, file_id, seat)
    drawn = await connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(last_seq=conversation.c.last_seq + 1, version=conversation.c.version + 1, last_at_ms=now_ms)
        .returning(conversation.c.last_seq, conversation.c.version)
    )
    seq, version = drawn.one()
    placed = Placed(seq, version, True)
    row = {
        "conversation_id": conversation_id,
        "seq": placed.seq,
        "id": message_id,
        "seat": seat.value,
        "text_sealed": text_sealed,
        "session_id": session_id,
        "file_id": file_id,
        "at_ms": now_ms,
    }
    await connection.execute(insert(message).values(**row))
    await events.append(connection, TOPIC, conversation_id, placed.version, "MessageAdded", None, now_ms)
    return placed


async def mark_read(connection: AsyncConnection, conversation_id: str, seat: Seat, seq: int, now_ms: int) -> int | None:
    """The conversation's new version; None when as much had been read already."""
    column = conversation.c.client_read_seq if seat is Seat.CLIENT else conversation.c.therapist_read_seq
    read_to = (
        func.min(seq, conversation.c.last_seq)
        if connection.dialect.name == "sqlite"
        else func.least(seq, conversation.c.last_seq)
    )
    changed = await connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, column < read_to)
        .values({column.name: read_to, "version": conversation.c.version + 1})
        .returning(conversation.c.version)
    )
    version: int | None = changed.scalar_one_or_none()
    if version is not None:
        await events.append(connection, TOPIC, conversation_id, version, "MessagesRead", None, now_ms)
    return version


# Files


async def _check_file(connection: AsyncConnection, conversation_id: str, file_id: str, seat: Seat) -> None:
    query = select(attached.c.seat).where(attached.c.id == file_id, attached.c.conversation_id == conversation_id)
    if (await connection.execute(query)).scalar_one_or_none() != seat.value:
        raise FileNotFound("This file is not there any more. Please add it again.")


async def add_file(connection: AsyncConnection, row: dict[str, Any]) -> None:
    """Store it once by its id. Raises BadMessage."""
    known = (
        await connection.execute(select(attached.c.conversation_id, attached.c.seat).where(attached.c.id == row["id"]))
    ).first()
    if known is None:
        await connection.execute(insert(attached).values(**row))
    elif (known.conversation_id, known.seat) != (row["conversation_id"], row["seat"]):
        raise BadMessage("That id belongs to another file.")


async def file_facts(connection: AsyncConnection, file_id: str) -> Row[Any] | None:
    query = select(*(column.label(column.name) for column in FILE_FACTS)).where(attached.c.id == file_id)
    found: Row[Any] | None = (await connection.execute(query)).first()
    return found


async def file_content(connection: AsyncConnection, file_id: str) -> bytes:
    query = select(attached.c.content_sealed).where(attached.c.id == file_id)
    return bytes((await connection.execute(query)).scalar_one())


async def bytes_of_client(connection: AsyncConnection, client_id: str) -> int:
    """What the files of all conversations of this client take."""
    query = (
        select(func.coalesce(func.sum(attached.c.bytes), 0))
        .join(conversation, conversation.c.id == attached.c.conversation_id)
        .where(conversation.c.client_id == client_id)
    )
    return int((await connection.execute(query)).scalar_one())


async def forget_unsent_files(connection: AsyncConnection, before_ms: int) -> int:
    """Delete files that no message came with; returns how many."""
    is_sent = select(message.c.id).where(message.c.file_id == attached.c.id).exists()
    gone = await connection.execute(delete(attached).where(attached.c.at_ms < before_ms, ~is_sent))
    return int(gone.rowcount)
