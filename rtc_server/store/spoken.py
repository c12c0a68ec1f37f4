"""What was said in a session, as it reads now: the machine's words and the corrections people made.

Owns tables `correction` and `mark`. Easy to break: the machine's words stay as they are; whoever corrects names the
revision they saw, so that two corrections of one utterance are never mixed.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.errors import TranscriptChanged
from rtc_server.store.schema import correction, mark, utterance

CHANGED = "This line was corrected in another window. Look at it again before you correct it."


class SaidWord(NamedTuple):
    text: str
    from_ms: int
    probability: float
    is_corrected: bool = False


class Spoken(NamedTuple):
    """One utterance as it reads at one revision; 0 is what the machine wrote."""

    seq: int
    seat: str
    from_ms: int
    to_ms: int
    words: list[SaidWord]
    revision: int
    corrected_at_ms: int | None
    is_marked: bool

    @property
    def text(self) -> str:
        return " ".join(word.text.strip() for word in self.words)


class Written(NamedTuple):
    """The rows of one session's words, still sealed."""

    session_id: str
    utterances: list[Row[Any]]
    corrections: list[Row[Any]]  # by utterance, oldest first
    marked: set[int]


class Fix(NamedTuple):
    """`length` words from `place` on read `text` now, as seen in `revision`; empty text removes them."""

    seq: int
    revision: int
    place: int
    length: int
    text: str


_decoder = msgspec.json.Decoder(list[SaidWord])


async def written(connection: AsyncConnection, session_id: str, seat: str | None = None) -> Written:
    """Utterances in the order in which they were said; with `seat` those of this one alone."""
    said = select(utterance).where(utterance.c.session_id == session_id).order_by(utterance.c.from_ms, utterance.c.seq)
    if seat is not None:
        said = said.where(utterance.c.seat == seat)
    fixed = select(correction).where(correction.c.session_id == session_id)
    marked = select(mark.c.seq).where(mark.c.session_id == session_id)
    return Written(
        session_id,
        list(await connection.execute(said)),
        list(await connection.execute(fixed.order_by(correction.c.seq, correction.c.revision))),
        set((await connection.execute(marked)).scalars()),
    )


def opened(rows: Written, key: SealKey) -> list[Spoken]:
    """As it reads now. `key` is the session's. Raises SealBroken."""
    newest = {row.seq: row for row in rows.corrections}
    return [_read(row, newest.get(row.seq), row.seq in rows.marked, key) for row in rows.utterances]


def history(rows: Written, key: SealKey) -> list[Spoken]:
    """Every revision of every utterance that was corrected, the machine's first. Raises SealBroken."""
    corrected = {row.seq for row in rows.corrections}
    said = {row.seq: row for row in rows.utterances}
    first = [_read(said[seq], None, False, key) for seq in sorted(corrected)]
    later = [_read(said[row.seq], row, False, key) for row in rows.corrections]
    return sorted(first + later, key=lambda spoken: (spoken.from_ms, spoken.seq, spoken.revision))


async def correct(
    connection: AsyncConnection, key: SealKey, session_id: str, fix: Fix, person_id: str, now_ms: int
) -> None:
    """Add a revision. `key` is the session's. Raises TranscriptChanged when it was made from an older one, or when
    there are no such words."""
    rows = await written(connection, session_id)
    before = next((spoken for spoken in opened(rows, key) if spoken.seq == fix.seq), None)
    if before is None or before.revision != fix.revision or fix.place + fix.length > len(before.words):
        raise TranscriptChanged(CHANGED)
    from_ms = before.words[fix.place].from_ms
    typed = [SaidWord(text, from_ms, 1.0, True) for text in fix.text.split()]
    words = [*before.words[: fix.place], *typed, *before.words[fix.place + fix.length :]]
    revision = fix.revision + 1
    place = f"{session_id}:{fix.seq}:{revision}"
    try:
        await connection.execute(
            insert(correction).values(
                session_id=session_id,
                seq=fix.seq,
                revision=revision,
                words_sealed=key.seal(msgspec.json.encode(words), "correction", place, "words_sealed"),
                person_id=person_id,
                at_ms=now_ms,
            )
        )
    except IntegrityError as error:
        raise TranscriptChanged(CHANGED) from error


async def set_mark(
    connection: AsyncConnection, session_id: str, seq: int, is_marked: bool, person_id: str, now_ms: int
) -> None:
    """May be repeated. Raises TranscriptChanged when nothing was said there."""
    where = (mark.c.session_id == session_id, mark.c.seq == seq)
    await connection.execute(delete(mark).where(*where))
    if not is_marked:
        return
    said = select(utterance.c.seq).where(utterance.c.session_id == session_id, utterance.c.seq == seq)
    if (await connection.execute(said)).first() is None:
        raise TranscriptChanged(CHANGED)
    await connection.execute(insert(mark).values(session_id=session_id, seq=seq, person_id=person_id, at_ms=now_ms))


def _read(said: Row[Any], corrected: Row[Any] | None, is_marked: bool, key: SealKey) -> Spoken:
    if corrected is None:
        plain = key.open(said.words_sealed, "utterance", f"{said.session_id}:{said.seq}", "words_sealed")
    else:
        place = f"{said.session_id}:{said.seq}:{corrected.revision}"
        plain = key.open(corrected.words_sealed, "correction", place, "words_sealed")
    return Spoken(
        seq=said.seq,
        seat=said.seat,
        from_ms=said.from_ms,
        to_ms=said.to_ms,
        words=_decoder.decode(plain),
        revision=0 if corrected is None else corrected.revision,
        corrected_at_ms=None if corrected is None else corrected.at_ms,
        is_marked=is_marked,
    )
