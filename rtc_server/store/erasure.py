"""What is deleted of a session's record, and what forbids it.

Owns table `legal_hold`. Easy to break: everything that deletes words, notes or chat goes through here, because a hold
is looked at in the same transaction; and the legs' cursors move with the words, so that a worker that still holds
sound of before stores nothing of it.
"""

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import NotEnded, UnderLegalHold
from rtc_server.store import events
from rtc_server.store.schema import audio, correction, gap, leg, legal_hold, mark, session, transcript, utterance

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
