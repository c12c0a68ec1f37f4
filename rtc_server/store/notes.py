"""A therapist's notes on a session: one text per session with a version, sealed with the client's key.

Both the call's socket handler and the call log save through here, so two tabs never overwrite each other unseen:
a save names the version it was made from, and an older one is refused.
"""

from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.errors import NoteConflict
from rtc_server.store.schema import notes

CONFLICT = "These notes were changed in another window. Look at the newer text before saving."


class SavedNotes(NamedTuple):
    text: str
    version: int
    saved_at_ms: int | None  # None: never saved


async def save_notes(
    connection: AsyncConnection, key: SealKey, session_id: str, text: str, version: int, now_ms: int
) -> int:
    """Store `text` made from `version` (0: from nothing) and return the new version. `key` is the client's.

    Raises NoteConflict when another version is stored; saving the very text that is stored is that version again, so
    a retry after a lost answer is no conflict.
    """
    stored = await load_notes(connection, key, session_id)
    if stored.version == version + 1 and stored.text == text:
        return stored.version
    if stored.version != version:
        raise NoteConflict(CONFLICT)
    values = {
        "version": version + 1,
        "text_sealed": key.seal_text(text, "notes", session_id, "text_sealed"),
        "saved_at_ms": now_ms,
    }
    if version == 0:
        try:
            await connection.execute(insert(notes).values(session_id=session_id, **values))
        except IntegrityError as error:
            raise NoteConflict(CONFLICT) from error
        return 1
    result = await connection.execute(
        update(notes).where(notes.c.session_id == session_id, notes.c.version == version).values(**values)
    )
    if result.rowcount == 0:
        raise NoteConflict(CONFLICT)
    return version + 1


async def load_notes(connection: AsyncConnection, key: SealKey, session_id: str) -> SavedNotes:
    row = (await connection.execute(select(notes).where(notes.c.session_id == session_id))).first()
    if row is None:
        return SavedNotes("", 0, None)
    text = key.open_text(row.text_sealed, "notes", session_id, "text_sealed")
    return SavedNotes(text, row.version, row.saved_at_ms)
