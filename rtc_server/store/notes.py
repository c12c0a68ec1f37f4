"""A therapist's notes on a session: one text per session with a version, sealed with the client's key.

Both the call's socket handler and the call log save through here, so two tabs never overwrite each other unseen:
a save names the version it was made from, and an older one is refused. The text at the end of each sitting is kept as
a version; a save that takes much away begins a new one, so that nothing written is lost by one slip.
"""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.errors import NoteConflict
from rtc_server.store.schema import notes, notes_version

SITTING_MS = 300_000  # saves of this time are one version: pages save while people write
TAKEN_AWAY = 40  # characters fewer than before: the longer text stays a version of its own
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
        await _keep_version(connection, key, session_id, text, stored, now_ms)
        return 1
    result = await connection.execute(
        update(notes).where(notes.c.session_id == session_id, notes.c.version == version).values(**values)
    )
    if result.rowcount == 0:
        raise NoteConflict(CONFLICT)
    await _keep_version(connection, key, session_id, text, stored, now_ms)
    return version + 1


async def versions(connection: AsyncConnection, key: SealKey, session_id: str) -> list[SavedNotes]:
    """The notes as they stood at the end of each sitting, newest first."""
    query = select(notes_version).where(notes_version.c.session_id == session_id)
    rows = await connection.execute(query.order_by(notes_version.c.version.desc()))
    return [
        SavedNotes(
            key.open_text(row.text_sealed, "notes_version", f"{session_id}:{row.version}", "text_sealed"),
            row.version,
            row.saved_at_ms,
        )
        for row in rows
    ]


async def _keep_version(
    connection: AsyncConnection, key: SealKey, session_id: str, text: str, before: SavedNotes, now_ms: int
) -> None:
    """In place of the newest kept version while the sitting lasts, else beside it."""
    table = notes_version.c
    kept = select(table.version, table.begun_at_ms).where(table.session_id == session_id)
    newest = (await connection.execute(kept.order_by(table.version.desc()).limit(1))).first()
    begun_at_ms = now_ms
    if newest is None and before.saved_at_ms is not None:
        # Written before versions were kept.
        await _add_version(connection, key, session_id, before, before.saved_at_ms)
    elif newest is not None:
        is_sitting = now_ms - newest.begun_at_ms < SITTING_MS
        if is_sitting and len(before.text) - len(text) < TAKEN_AWAY:
            begun_at_ms = newest.begun_at_ms
            where = (table.session_id == session_id, table.version == newest.version)
            await connection.execute(delete(notes_version).where(*where))
    await _add_version(connection, key, session_id, SavedNotes(text, before.version + 1, now_ms), begun_at_ms)


async def _add_version(
    connection: AsyncConnection, key: SealKey, session_id: str, saved: SavedNotes, begun_at_ms: int
) -> None:
    place = f"{session_id}:{saved.version}"
    await connection.execute(
        insert(notes_version).values(
            session_id=session_id,
            version=saved.version,
            text_sealed=key.seal_text(saved.text, "notes_version", place, "text_sealed"),
            begun_at_ms=begun_at_ms,
            saved_at_ms=saved.saved_at_ms,
        )
    )


async def load_notes(connection: AsyncConnection, key: SealKey, session_id: str) -> SavedNotes:
    row = (await connection.execute(select(notes).where(notes.c.session_id == session_id))).first()
    if row is None:
        return SavedNotes("", 0, None)
    text = key.open_text(row.text_sealed, "notes", session_id, "text_sealed")
    return SavedNotes(text, row.version, row.saved_at_ms)
