"""The worker's sweeper: deletes what the practice's settings say is over. Owns when; `store/retention.py` owns what."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from rtc_server.config import Settings
from rtc_server.errors import StorageRefused
from rtc_server.store import retention as rows
from rtc_server.store.conversations import forget_unsent_files
from rtc_server.store.database import Store, now_ms
from rtc_server.store.referrals import forget_invitations
from rtc_server.store.retention import Cuts

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
UNSENT_FILES_KEPT_MS = DAY_MS  # a page that was closed before it sent the message is not coming back
INVITATIONS_KEPT_MS = 30 * DAY_MS  # that ran out: until then they are sent again by a press


@dataclass(frozen=True)
class KeptFor:
    """Days; 0: for good."""

    transcripts: float
    notes: float
    chat: float
    failed_sound: float
    texts: float
    messages: float = 0

    def cuts(self, at_ms: int) -> Cuts:
        days = (self.transcripts, self.notes, self.chat, self.failed_sound, self.texts, self.messages)
        return Cuts._make(None if kept == 0 else at_ms - round(kept * DAY_MS) for kept in days)


def kept_for(settings: Settings) -> KeptFor:
    return KeptFor(
        settings.transcripts_kept_days,
        settings.notes_kept_days,
        settings.chat_kept_days,
        settings.failed_sound_kept_days,
        settings.texts_kept_days,
        settings.messages_kept_days,
    )


class Sweeper:
    """`audit_key` is `ring.derive("audit")`."""

    def __init__(self, store: Store, audit_key: bytes, kept: KeptFor, every_s: float) -> None:
        self._store = store
        self._audit_key = audit_key
        self._kept = kept
        self._every_s = every_s

    async def run(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                await self.sweep(now_ms())
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("nothing can be deleted now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._every_s)

    async def sweep(self, at_ms: int) -> int:
        """Delete everything whose time is over, one short transaction each; returns how much that was."""
        deleted = await self._store.write(forget_unsent_files, at_ms - UNSENT_FILES_KEPT_MS)
        deleted += await self._store.write(forget_invitations, at_ms - INVITATIONS_KEPT_MS)
        cuts = self._kept.cuts(at_ms)
        while True:
            async with self._store.read() as connection:
                found = await rows.due(connection, cuts)
            done = [await self._store.write(rows.carry_out, self._audit_key, one, cuts, at_ms) for one in found]
            deleted += sum(done)
            if not any(done):
                break
        deleted += await self._delete_texts(at_ms)
        if deleted:
            log.info("time over deleted=%d", deleted)
        return deleted

    async def _delete_texts(self, at_ms: int) -> int:
        cut_ms, deleted = self._kept.cuts(at_ms).texts_ms, 0
        while cut_ms is not None and (some := await self._store.write(rows.delete_texts, cut_ms)):
            deleted += some
        return deleted
