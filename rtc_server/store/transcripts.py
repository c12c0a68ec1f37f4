"""SQL of transcripts: their state, the workers' leases, utterances and gaps.

States: off, recording, finishing, ready, empty, failed, deleted. Every function takes an open connection. The rule
that is easy to break: words, the cursor of their leg and the removal of their audio are one transaction, fenced by
the lease and by the cursor's old value, so that a worker that was paused or killed stores nothing twice.
"""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.schema import transcript


async def open_transcript(connection: AsyncConnection, session_id: str, is_on: bool, now_ms: int) -> None:
    """Make the session's transcript row: recording when both agreed, else off. May be repeated; on during the call
    turns an off one to recording, off during the call keeps what was said so far (the recorder closes the legs)."""
    state = (
        await connection.execute(select(transcript.c.state).where(transcript.c.session_id == session_id))
    ).scalar_one_or_none()
    if state is None:
        await connection.execute(
            insert(transcript).values(session_id=session_id, state="recording" if is_on else "off", version=1)
        )
    elif is_on and state == "off":
        await connection.execute(
            update(transcript)
            .where(transcript.c.session_id == session_id)
            .values(state="recording", version=transcript.c.version + 1)
        )


async def finish_transcript(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    """The room has ended: recording becomes finishing, which a worker completes; off stays off. May be repeated."""
    await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id, transcript.c.state == "recording")
        .values(state="finishing", version=transcript.c.version + 1)
    )
