"""What is deleted because its time is over: transcripts, notes, chat, messages, and the sound of failed transcripts.

Easy to break: a client under a legal hold is left out of every search here, and each deletion looks again in its own
transaction (`erasure`). Each is a row of the audit trail, by the actor "retention". May be repeated: what is gone is
not found again.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.outgoing.sending import OPEN
from rtc_server.store import audit
from rtc_server.store.erasure import delete_transcript, is_held
from rtc_server.store.message_schema import attached, conversation, message
from rtc_server.store.schema import (
    audio,
    chat,
    expired,
    leg,
    legal_hold,
    notes,
    notes_version,
    outbox,
    session,
    transcript,
)

ACTOR = "retention"
AT_ONCE = 100
FINISHED = ("ready", "empty", "failed")


class Due(NamedTuple):
    """One thing whose time is over."""

    kind: str  # transcript, notes, chat, sound, messages
    session_id: str  # of messages: the conversation's id
    client_id: str


class Cuts(NamedTuple):
    """What ended before these instants is deleted; None: it is kept."""

    transcripts_ms: int | None
    notes_ms: int | None
    chat_ms: int | None
    sound_ms: int | None
    texts_ms: int | None  # texts that were over then
    messages_ms: int | None


async def due(connection: AsyncConnection, cuts: Cuts) -> list[Due]:
    """At most AT_ONCE of each kind, the oldest first."""
    state = select(transcript.c.state).where(transcript.c.session_id == session.c.id).scalar_subquery()
    saved = select(notes.c.saved_at_ms).where(notes.c.session_id == session.c.id).scalar_subquery()
    typed = select(chat.c.seq).where(chat.c.session_id == session.c.id).exists()
    sound = select(audio.c.seq).join(leg, leg.c.id == audio.c.leg_id).where(leg.c.session_id == session.c.id).exists()
    return [
        *await _over(connection, "transcript", cuts.transcripts_ms, state.in_(FINISHED)),
        *await _over(connection, "notes", cuts.notes_ms, saved < (cuts.notes_ms or 0)),
        *await _over(connection, "chat", cuts.chat_ms, typed),
        *await _over(connection, "sound", cuts.sound_ms, and_(state == "failed", sound)),
        *await _old_messages(connection, cuts.messages_ms),
    ]


async def _over(connection: AsyncConnection, kind: str, cut_ms: int | None, is_there: ColumnElement[bool]) -> list[Due]:
    if cut_ms is None:
        return []
    held = _held(session.c.client_id)
    query = select(session.c.id, session.c.client_id).where(session.c.ended_at_ms < cut_ms, is_there, ~held)
    rows = await connection.execute(query.order_by(session.c.ended_at_ms).limit(AT_ONCE))
    return [Due(kind, row.id, row.client_id) for row in rows]


async def _old_messages(connection: AsyncConnection, cut_ms: int | None) -> list[Due]:
    """Conversations with messages of before, but for what was typed in a call, which goes with the chat."""
    if cut_ms is None:
        return []
    old = select(message.c.seq).where(message.c.conversation_id == conversation.c.id, _is_old(cut_ms)).exists()
    query = select(conversation.c.id, conversation.c.client_id).where(old, ~_held(conversation.c.client_id))
    return [Due("messages", *row) for row in await connection.execute(query.limit(AT_ONCE))]


def _is_old(cut_ms: int) -> ColumnElement[bool]:
    return and_(message.c.at_ms < cut_ms, message.c.session_id.is_(None))


def _held(client_id: ColumnElement[str]) -> ColumnElement[bool]:
    return select(legal_hold.c.client_id).where(legal_hold.c.client_id == client_id).exists()


async def _delete_messages(connection: AsyncConnection, conversation_id: str, cut_ms: int) -> None:
    old = and_(message.c.conversation_id == conversation_id, _is_old(cut_ms))
    files = list((await connection.execute(select(message.c.file_id).where(old))).scalars())
    await connection.execute(delete(message).where(old))
    await connection.execute(delete(attached).where(attached.c.id.in_([one for one in files if one is not None])))


async def carry_out(connection: AsyncConnection, audit_key: bytes, one: Due, cuts: Cuts, now_ms: int) -> bool:
    """Delete it and say so on the audit trail; False when it was held meanwhile or is gone."""
    if await is_held(connection, one.client_id):
        return False
    if one.kind == "transcript":
        if not await delete_transcript(connection, one.session_id, None, now_ms, reason=ACTOR):
            return False
    elif one.kind == "sound":
        legs = select(leg.c.id).where(leg.c.session_id == one.session_id)
        await connection.execute(delete(audio).where(audio.c.leg_id.in_(legs)))
    elif one.kind == "messages":
        assert cuts.messages_ms is not None, "what is kept for good is never due"
        await _delete_messages(connection, one.session_id, cuts.messages_ms)
    else:
        for table in (notes, notes_version) if one.kind == "notes" else (chat,):
            await connection.execute(delete(table).where(table.c.session_id == one.session_id))
        mine = (expired.c.session_id == one.session_id, expired.c.kind == one.kind)
        await connection.execute(delete(expired).where(*mine))
        await connection.execute(insert(expired).values(session_id=one.session_id, kind=one.kind, at_ms=now_ms))
    await audit.append(connection, audit_key, ACTOR, f"{one.kind}:expire", one.session_id, "", now_ms)
    return True


async def delete_texts(connection: AsyncConnection, cut_ms: int) -> int:
    """Delete texts of which nothing more has been heard since, with the numbers they went to; returns how many."""
    held = select(legal_hold.c.client_id).where(legal_hold.c.client_id == outbox.c.person_id).exists()
    old = select(outbox.c.id).where(outbox.c.changed_at_ms < cut_ms, outbox.c.state.not_in(OPEN), ~held)
    gone = await connection.execute(delete(outbox).where(outbox.c.id.in_(old.limit(AT_ONCE))))
    return gone.rowcount
