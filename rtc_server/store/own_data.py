"""What is kept about one person that is theirs to take along. Reads only.

Easy to break: nothing of anybody else. A client's record as their therapist wrote it, and what the other side said or
typed, are not in it, and the file says so. What the client said themselves is theirs (docs/decisions/0019).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema, wallet
from booking_core.booking_schema import booking
from rtc_server.adapters.seal import SealKey
from rtc_server.people.own_file import Row, Section
from rtc_server.room import Seat
from rtc_server.store import spoken, survey
from rtc_server.store.care_schema import matter, matter_line
from rtc_server.store.feedback_schema import feedback
from rtc_server.store.message_schema import attached, conversation, message
from rtc_server.store.schema import audit, chat, consent, request, session, sign_in, transcript
from rtc_server.store.spoken import Written

NOT_HERE = "What is not in this file"


def instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1_000, UTC)


async def of_client(connection: AsyncConnection, client_id: str, key: SealKey) -> list[Section]:
    """`key` is the client's."""
    return [
        await _requests(connection, client_id, key),
        await _bookings(connection, client_id, key),
        await _sessions_of_client(connection, client_id),
        await _consents(connection, client_id),
        await _chat(connection, client_id, key),
        await _messages(connection, client_id, key),
        await _feedback(connection, client_id, key),
        await to_support(connection, client_id, key),
        await _money(connection, client_id, "client"),
        await _sign_ins(connection, client_id),
        Section(
            "not_here",
            NOT_HERE,
            "Your therapist's notes, and what your therapist said and wrote to you, are the record of your care. Your "
            "practice gives you them when you ask.",
            None,
        ),
    ]


async def said_by_client(connection: AsyncConnection, client_id: str) -> list[tuple[int, Written]]:
    """The rows of what the client said in each session, newest first, still sealed; with when the call began."""
    began = func.coalesce(session.c.live_at_ms, session.c.agreed_at_ms).label("began_ms")
    query = select(session.c.id, began).join(transcript, transcript.c.session_id == session.c.id)
    query = query.where(session.c.client_id == client_id).order_by(began.desc())
    found = (await connection.execute(query)).all()
    return [(row.began_ms, await spoken.written(connection, row.id, Seat.CLIENT)) for row in found]


def words_of_client(said: Sequence[tuple[int, Written]], key: SealKey) -> Section:
    """`key` is the client's. Slow for many sessions: call it off the event loop. Raises SealBroken."""
    rows: list[Row] = [
        {
            "at": instant(began_ms + one.from_ms),
            "session": written.session_id,
            "text": one.text,
            "corrected": one.revision > 0,
        }
        for began_ms, written in said
        for one in spoken.opened(written, key.for_session(written.session_id))
        if one.text  # all of it may have been corrected away
    ]
    about = (
        "Your own words in the sessions where you both agreed to a transcript. A machine wrote them down and may be "
        "wrong; your therapist may have corrected a line. What your therapist said is part of the record of your care."
    )
    return Section("words", "What you said in your sessions", about, rows)


async def of_therapist(connection: AsyncConnection, therapist_id: str, key: SealKey) -> list[Section]:
    """`key` is the therapist's."""
    return [
        await _sessions_of_therapist(connection, therapist_id),
        await _survey(connection, therapist_id, key),
        await to_support(connection, therapist_id, key),
        await _money(connection, therapist_id, "therapist"),
        *await of_operator(connection, therapist_id),
        Section(
            "not_here",
            NOT_HERE,
            "Notes, chat, messages and transcripts are the record of your clients' care. What belongs to a session you "
            "take along by Export on its page.",
            None,
        ),
    ]


async def to_support(connection: AsyncConnection, person_id: str, key: SealKey) -> Section:
    """`key` is the person's."""
    query = select(matter_line, matter.c.kind).join(matter, matter.c.id == matter_line.c.matter_id)
    query = query.where(matter.c.person_id == person_id, matter_line.c.is_desk.is_(False))
    rows: list[Row] = [
        {
            "at": instant(row.at_ms),
            "about": row.kind,
            "what": row.act,
            "text": key.open_text(row.text_sealed, "matter_line", f"{row.matter_id}:{row.version}", "text_sealed"),
        }
        for row in await connection.execute(query.order_by(matter_line.c.at_ms))
    ]
    return Section("support", "What you wrote to us", "Our answers stand under Help.", rows)


async def _survey(connection: AsyncConnection, therapist_id: str, key: SealKey) -> Section:
    given = await survey.of_therapist(connection, therapist_id)
    rows: list[Row] = []
    if given is not None:
        words = key.open_text(given.words_sealed, "survey", therapist_id, "words_sealed")
        rows.append({"at": instant(given.at_ms), "rating": given.rating, "words": words})
    return Section("survey", "What you said of working here", "Your newest answer.", rows)


async def of_operator(connection: AsyncConnection, person_id: str) -> list[Section]:
    columns = (audit.c.at_ms, audit.c.action, audit.c.object_id, audit.c.address)
    query = select(*columns).where(audit.c.actor_id == person_id).order_by(audit.c.seq.desc())
    rows: list[Row] = [
        {"at": instant(row.at_ms), "action": row.action, "about": row.object_id, "from_address": row.address}
        for row in await connection.execute(query)
    ]
    about = "Your lines of the audit trail. Sessions and people stand there by their ids."
    return [Section("actions", "What you did with records", about, rows), await _sign_ins(connection, person_id)]


async def _requests(connection: AsyncConnection, client_id: str, key: SealKey) -> Section:
    query = select(request).where(request.c.client_id == client_id).order_by(request.c.placed_at_ms.desc())
    rows: list[Row] = [
        {
            "asked_at": instant(row.placed_at_ms),
            "area": row.area,
            "issue": key.open_text(row.issue_sealed, "request", row.id, "issue_sealed"),
            "your_note": key.open_text(row.note_sealed, "request", row.id, "note_sealed"),
            "language": row.language,
            "wished_gender": row.therapist_gender,
            "chat_only": bool(row.is_chat_only),
            "worried_about_safety": bool(row.is_worried),
            "price_pence": row.price_pence,
            "what_became_of_it": row.state,
        }
        for row in await connection.execute(query)
    ]
    return Section("requests", "What you asked for", "Each time you asked to talk to someone.", rows)


async def _feedback(connection: AsyncConnection, client_id: str, key: SealKey) -> Section:
    query = select(feedback).join(session, session.c.id == feedback.c.session_id)
    rows: list[Row] = [
        {
            "session": row.session_id,
            "said_at": instant(row.at_ms),
            "rating_of_5": row.rating,
            "words": key.open_text(row.words_sealed, "feedback", row.session_id, "words_sealed"),
            "with_your_name": bool(row.is_named),
        }
        for row in await connection.execute(query.where(session.c.client_id == client_id).order_by(feedback.c.at_ms))
    ]
    return Section(
        "feedback", "What you said of sessions", "How you left each call, and a sentence if you wrote one.", rows
    )


async def _bookings(connection: AsyncConnection, client_id: str, key: SealKey) -> Section:
    name = (schema.therapist.c.first_name + " " + schema.therapist.c.last_name).label("therapist")
    query = select(booking, name).join(schema.therapist, schema.therapist.c.person_id == booking.c.therapist_id)
    query = query.where(booking.c.client_id == client_id).order_by(booking.c.starts_at_ms.desc())
    rows: list[Row] = []
    for row in await connection.execute(query):
        answers = json.loads(key.open_text(row.answers_sealed, "booking", row.id, "answers_sealed"))
        rows.append(
            {
                "starts": instant(row.starts_at_ms),
                "ends": instant(row.ends_at_ms),
                "with": row.therapist,
                "area": row.area,
                "your_answers": "\n".join(f"{question} {answer}" for question, answer in answers),
                "price_pence": row.price_pence,
                "what_became_of_it": row.state,
            }
        )
    return Section("bookings", "What you booked", "Times that were booked for you, and what you wrote with it.", rows)


async def _sessions_of_client(connection: AsyncConnection, client_id: str) -> Section:
    name = (schema.therapist.c.first_name + " " + schema.therapist.c.last_name).label("therapist")
    query = _sessions(name, transcript.c.state.label("transcript"))
    query = query.outerjoin(transcript, transcript.c.session_id == session.c.id)
    query = query.join(schema.therapist, schema.therapist.c.person_id == session.c.therapist_id)
    found = (await connection.execute(query.where(session.c.client_id == client_id))).all()
    settled = await wallet.settlements(connection, [row.id for row in found])
    rows: list[Row] = [
        {
            "session": row.id,
            "began": instant(row.live_at_ms or row.agreed_at_ms),
            "ended": instant(row.ended_at_ms),
            "with": row.therapist,
            "area": row.area,
            "charged_pence": settled[row.id].charged_pence,
            "transcript": row.transcript or "off",
        }
        for row in found
    ]
    return Section("sessions", "Your sessions", "With whom you talked and when, and what it cost.", rows)


async def _sessions_of_therapist(connection: AsyncConnection, therapist_id: str) -> Section:
    found = (await connection.execute(_sessions().where(session.c.therapist_id == therapist_id))).all()
    settled = await wallet.settlements(connection, [row.id for row in found])
    rows: list[Row] = [
        {
            "session": row.id,
            "began": instant(row.live_at_ms or row.agreed_at_ms),
            "ended": instant(row.ended_at_ms),
            "share_pence": settled[row.id].share_pence,
            "test_session": bool(row.is_rehearsal),
        }
        for row in found
    ]
    return Section("sessions", "Your sessions", "When they were and what your share was, without the clients.", rows)


def _sessions(*more: object) -> Select[tuple[object, ...]]:
    columns = (session.c.id, session.c.agreed_at_ms, session.c.live_at_ms, session.c.ended_at_ms, session.c.area)
    query: Select[tuple[object, ...]] = select(*columns, session.c.is_rehearsal, *more)
    return query.where(session.c.agreed_at_ms.is_not(None)).order_by(session.c.agreed_at_ms.desc())


async def _consents(connection: AsyncConnection, client_id: str) -> Section:
    query = select(consent).where(consent.c.person_id == client_id).order_by(consent.c.seq.desc())
    rows: list[Row] = [
        {
            "at": instant(row.at_ms),
            "session": row.session_id,
            "to": row.purpose,
            "agreed": bool(row.is_given),
            "version_of_the_text": row.text_version,
        }
        for row in await connection.execute(query)
    ]
    about = "Each of your answers: to the terms, and to a transcript of what is said."
    return Section("consents", "What you agreed to", about, rows)


async def _chat(connection: AsyncConnection, client_id: str, key: SealKey) -> Section:
    query = select(chat).join(session, session.c.id == chat.c.session_id)
    query = query.where(session.c.client_id == client_id, chat.c.seat == "client").order_by(chat.c.at_ms.desc())
    rows: list[Row] = [
        {
            "at": instant(row.at_ms),
            "session": row.session_id,
            "text": key.open_text(row.text_sealed, "chat", row.id, "text_sealed"),
        }
        for row in await connection.execute(query)
    ]
    about = "Your own lines. What your therapist wrote to you is part of the record of your care."
    return Section("chat", "What you wrote in the chat of your sessions", about, rows)


async def _messages(connection: AsyncConnection, client_id: str, key: SealKey) -> Section:
    """Without those typed in a call, which stand with its chat."""
    query = select(message, attached.c.name_sealed)
    query = query.join(conversation, conversation.c.id == message.c.conversation_id)
    query = query.outerjoin(attached, attached.c.id == message.c.file_id)
    query = query.where(conversation.c.client_id == client_id, message.c.seat == "client")
    query = query.where(message.c.session_id.is_(None)).order_by(message.c.at_ms.desc())
    rows: list[Row] = [
        {
            "at": instant(row.at_ms),
            "text": key.open_text(row.text_sealed, "message", row.id, "text_sealed"),
            "file": key.open_text(row.name_sealed, "attached", row.file_id, "name_sealed") if row.file_id else None,
        }
        for row in await connection.execute(query)
    ]
    about = "Your own. What your therapists wrote to you is part of the record of your care. Files are under Messages."
    return Section("messages", "The messages you wrote", about, rows)


async def _money(connection: AsyncConnection, person_id: str, role: str) -> Section:
    rows: list[Row] = [
        {
            "at": instant(line.at_ms),
            "kind": line.kind,
            "amount_pence": line.amount_pence,
            "state": line.state,
            "session": line.session_id,
        }
        for line in await wallet.lines(connection, person_id, role)
    ]
    return Section("money", "Your wallet", "Its newest lines.", rows)


async def _sign_ins(connection: AsyncConnection, person_id: str) -> Section:
    query = select(sign_in.c.created_at_ms, sign_in.c.used_at_ms, sign_in.c.ended_at_ms)
    query = query.where(sign_in.c.person_id == person_id).order_by(sign_in.c.created_at_ms.desc())
    rows: list[Row] = [
        {
            "signed_in": instant(row.created_at_ms),
            "last_used": instant(row.used_at_ms),
            "signed_out": instant(row.ended_at_ms),
        }
        for row in await connection.execute(query)
    ]
    return Section("sign_ins", "Your sign-ins", "When you were signed in lately.", rows)
