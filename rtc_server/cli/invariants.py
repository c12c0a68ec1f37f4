"""What must hold between rows, whatever happened: one SQL question each, whose answers are the rows that break it.

The numbers are those of the promises in the documentation (I1 … I8). The rule that is easy to break: a question names
ids only, never a name or words, because its answers are printed.
"""

from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import books
from rtc_server.store.schema import OPEN_STATES, OWNED_STATES

EXAMPLES_MAX = 5

# A worker that died leaves its lease to run out and another to take over; then there is this much time to finish.
FINISHING_MS = 600_000


class Invariant(NamedTuple):
    name: str
    sql: str  # rows of one column: the ids for which it does not hold


def _words(values: tuple[str, ...]) -> str:
    return ",".join(f"'{value}'" for value in values)


INVARIANTS = (
    Invariant(
        "I1 a request is waiting without a therapist or owned by one, and final exactly when nothing is due",
        f"""SELECT id FROM request
            WHERE (state IN ({_words(OWNED_STATES)})) AND (therapist_id IS NULL OR session_id IS NULL)
               OR state = 'waiting' AND therapist_id IS NOT NULL
               OR (state IN ({_words(OPEN_STATES)})) <> (due_at_ms IS NOT NULL)
               OR state NOT IN ({_words(OPEN_STATES)}, 'ended', 'cancelled', 'expired', 'failed')""",
    ),
    Invariant(
        "I1 a request's version never falls and its history reaches the version it stands at",
        """SELECT request.id FROM request LEFT JOIN event
            ON event.topic = 'request' AND event.subject_id = request.id
            GROUP BY request.id, request.version
            HAVING coalesce(max(event.version), 0) <> request.version
                OR count(DISTINCT event.version) <> request.version
            UNION SELECT later.subject_id FROM event AS later JOIN event AS earlier
                ON earlier.topic = later.topic AND earlier.subject_id = later.subject_id AND earlier.seq < later.seq
            WHERE later.topic = 'request' AND earlier.version > later.version""",
    ),
    Invariant(
        "I3 nobody is in two live sessions",
        """SELECT client_id FROM session WHERE ended_at_ms IS NULL GROUP BY client_id HAVING count(*) > 1
            UNION SELECT therapist_id FROM session WHERE ended_at_ms IS NULL
            GROUP BY therapist_id HAVING count(*) > 1""",
    ),
    *(Invariant(f"I4 {question.name}", question.sql.replace(":", "\\:")) for question in books.QUESTIONS),
    Invariant(
        "I4 no hold outlives its session",
        """SELECT hold.session_id FROM hold JOIN session ON session.id = hold.session_id
            WHERE hold.state = 'held' AND session.ended_at_ms IS NOT NULL""",
    ),
    Invariant(
        "I6 chat has no hole and reaches the number its session stands at",
        """SELECT session.id FROM session LEFT JOIN chat ON chat.session_id = session.id
            GROUP BY session.id, session.chat_seq
            HAVING count(chat.seq) <> session.chat_seq OR coalesce(max(chat.seq), 0) <> session.chat_seq""",
    ),
    Invariant(
        "I6 utterances have no hole",
        """SELECT session_id FROM utterance GROUP BY session_id
            HAVING count(*) <> max(seq) - min(seq) + 1 OR min(seq) > 1""",
    ),
    Invariant(
        "I7 a session that was agreed and has ended has a transcript that is settled or being finished",
        """SELECT session.id FROM session LEFT JOIN transcript ON transcript.session_id = session.id
            WHERE session.agreed_at_ms IS NOT NULL AND session.ended_at_ms IS NOT NULL
              AND (transcript.state IS NULL OR transcript.state = 'recording'
                   OR transcript.state = 'finishing' AND transcript.lease_until_ms < :now_ms
                      AND session.ended_at_ms < :now_ms - :finishing_ms)""",
    ),
)


async def broken(connection: AsyncConnection, now_ms: int) -> list[str]:
    """One line for each invariant that does not hold, with the first ids."""
    lines = []
    for invariant in INVARIANTS:
        known = {"now_ms": now_ms, "finishing_ms": FINISHING_MS}
        bound = [bindparam(name, value, BigInteger) for name, value in known.items() if f":{name}" in invariant.sql]
        ids = [str(row[0]) for row in await connection.execute(text(invariant.sql).bindparams(*bound))]
        if ids:
            more = f" and {len(ids) - EXAMPLES_MAX} more" if len(ids) > EXAMPLES_MAX else ""
            lines.append(f"{invariant.name}: {', '.join(ids[:EXAMPLES_MAX])}{more}")
    return lines
