"""What is deleted of a session's record, or of everything about a client, and what forbids it.

Owns table `legal_hold`. Easy to break: everything that deletes words, notes or chat goes through here, because a hold
is looked at in the same transaction; and the legs' cursors move with the words, so that a worker that still holds
sound of before stores nothing of it. A new table or column with words sealed for a client belongs into `CONTENT`,
`WRITTEN`, `OWN` or `BLANKED`; a test names those that stand in none.
"""

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.booking_schema import booking
from booking_core.payout_schema import top_up
from rtc_server.errors import NotEnded, UnderLegalHold
from rtc_server.store import audit as trail
from rtc_server.store import captions, events
from rtc_server.store.account_schema import challenge, recovery_code, second_step
from rtc_server.store.caption_schema import caption
from rtc_server.store.care_schema import guardian_consent, matter
from rtc_server.store.feedback_schema import feedback
from rtc_server.store.message_schema import attached, conversation, message
from rtc_server.store.papers_schema import document
from rtc_server.store.schema import (
    OPEN_STATES,
    audio,
    chat,
    correction,
    expired,
    gap,
    idempotency,
    leg,
    legal_hold,
    mail,
    mark,
    notes,
    notes_version,
    outbox,
    request,
    session,
    sign_in,
    transcript,
    utterance,
)

# Tables of a session's content, by session, in an order that foreign keys allow; `audio` goes by its leg.
CONTENT: tuple[Table, ...] = (correction, mark, utterance, gap, chat, notes, notes_version, feedback, caption)
# What was written in a client's conversations, by conversation, in such an order too.
WRITTEN: tuple[Table, ...] = (message, attached)
# What is somebody's own beside their sessions: table, and whose.
OWN = (
    (sign_in, sign_in.c.person_id),
    (idempotency, idempotency.c.person_id),
    (second_step, second_step.c.person_id),
    (recovery_code, recovery_code.c.person_id),
    (challenge, challenge.c.person_id),
    (guardian_consent, guardian_consent.c.client_id),
    (document, document.c.owner_id),
)
# Rows that stay as the fact that something happened, without the words in them: table, whose, and what is emptied.
BLANKED = (
    (matter, matter.c.person_id, {"subject_sealed": b""}),
    (request, request.c.client_id, {"issue_sealed": b"", "note_sealed": b"", "taken_out_note_sealed": None}),
    (outbox, outbox.c.person_id, {"number_sealed": None}),
    (mail, mail.c.person_id, {"content_sealed": None}),
    (top_up, top_up.c.client_id, {"reason_sealed": None}),
    (booking, booking.c.client_id, {"answers_sealed": b"", "words_sealed": None}),
)

HELD = "Nothing of this client can be deleted now: their record is kept for a legal matter."


async def is_held(connection: AsyncConnection, client_id: str) -> bool:
    found = await connection.execute(select(legal_hold.c.client_id).where(legal_hold.c.client_id == client_id))
    return found.first() is not None


async def place_hold(connection: AsyncConnection, client_id: str, now_ms: int) -> bool:
    """False when it stood already."""
    if await is_held(connection, client_id):
        return False
    await connection.execute(insert(legal_hold).values(client_id=client_id, placed_at_ms=now_ms))
    return True


async def lift_hold(connection: AsyncConnection, client_id: str) -> bool:
    """False when there was none."""
    result = await connection.execute(delete(legal_hold).where(legal_hold.c.client_id == client_id))
    return bool(result.rowcount)


async def delete_transcript(
    connection: AsyncConnection,
    session_id: str,
    person_id: str | None,
    now_ms: int,
    *,
    is_in_call: bool = False,
    reason: str = "",
) -> bool:
    """Delete the words, their corrections and marks, the gaps and any sound. False when there was no transcript.

    `person_id` None: nobody did, its time was over. Raises UnderLegalHold; NotEnded while the call is on, unless
    `is_in_call` says that it is meant.
    """
    row = (
        await connection.execute(
            select(session.c.client_id, session.c.ended_at_ms, transcript.c.state)
            .join(transcript, transcript.c.session_id == session.c.id)
            .where(session.c.id == session_id)
        )
    ).first()
    if row is None or row.state in ("off", "deleted"):
        return False
    if await is_held(connection, row.client_id):
        raise UnderLegalHold(HELD)
    if row.ended_at_ms is None and not is_in_call:
        raise NotEnded("The call is still going on.")
    legs = select(leg.c.id).where(leg.c.session_id == session_id)
    await connection.execute(delete(audio).where(audio.c.leg_id.in_(legs)))
    await captions.forget(connection, session_id)
    for table in (correction, mark, utterance, gap):
        await connection.execute(delete(table).where(table.c.session_id == session_id))
    await connection.execute(
        update(leg)
        .where(leg.c.session_id == session_id)
        .values(transcribed_to_ms=func.coalesce(leg.c.heard_to_ms, 0) + 1)
    )
    await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id)
        .values(
            state="deleted",
            reason=reason,
            transcribed_to_ms=0,
            worker="",
            lease_until_ms=0,
            version=transcript.c.version + 1,
        )
    )
    await events.append(connection, "transcript", session_id, now_ms, "deleted", person_id, now_ms)
    return True


async def erase_record(connection: AsyncConnection, audit_key: bytes, client_id: str, now_ms: int) -> int:
    """Delete everything that anybody said, wrote or typed about a client; returns how many sessions stay as facts.

    Their key and their name go next (`People.erase`). Money, consents, times and ids stay: the ledger says only that
    somebody paid. May be repeated. Raises UnderLegalHold; NotEnded while they ask, meet, are booked for a session or
    have money set aside.
    """
    if await is_held(connection, client_id):
        raise UnderLegalHold(HELD)
    asks = select(request.c.id).where(request.c.client_id == client_id, request.c.state.in_(OPEN_STATES))
    meets = select(session.c.id).where(session.c.client_id == client_id, session.c.ended_at_ms.is_(None))
    comes = select(booking.c.id).where(
        booking.c.client_id == client_id,
        booking.c.state.in_(("requested", "confirmed")),
        booking.c.ends_at_ms > now_ms,
    )
    is_busy = [(await connection.execute(query)).first() is not None for query in (asks, meets, comes)]
    if any(is_busy) or (await wallet.balances(connection, client_id, "client")).held_pence:
        raise NotEnded(
            "This client is asking for somebody, in a session, booked for one, or has money set aside for one."
        )
    met = list((await connection.execute(select(session.c.id).where(session.c.client_id == client_id))).scalars())
    for session_id in met:
        await _erase_session(connection, session_id, now_ms)
    written = select(conversation.c.id).where(conversation.c.client_id == client_id)
    for table in WRITTEN:
        await connection.execute(delete(table).where(table.c.conversation_id.in_(written)))
    await connection.execute(delete(conversation).where(conversation.c.client_id == client_id))
    for table in (outbox, mail):
        unsent = (table.c.person_id == client_id, table.c.state == "queued")
        await connection.execute(update(table).where(*unsent).values(state="dropped", reason="erased"))
    for table, owner, emptied in BLANKED:
        await connection.execute(update(table).where(owner == client_id).values(**emptied))
    for table, owner in OWN:
        await connection.execute(delete(table).where(owner == client_id))
    await trail.append(connection, audit_key, "operator", "client:erase", client_id, "", now_ms)
    return len(met)


async def _erase_session(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    await delete_transcript(connection, session_id, None, now_ms, reason="erased")
    for table in CONTENT:
        await connection.execute(delete(table).where(table.c.session_id == session_id))
    # So that nobody is asked to write notes about somebody who is gone.
    mine = (expired.c.session_id == session_id, expired.c.kind == "notes")
    await connection.execute(delete(expired).where(*mine))
    await connection.execute(insert(expired).values(session_id=session_id, kind="notes", at_ms=now_ms))
