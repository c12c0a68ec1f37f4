"""SQL of feedback: what a client thought of a session.

Easy to break: whoever reads an unnamed one must not learn which session it was about; that is for `api/feedback.py`,
and nothing else reads this table. Averages are figures alone: operators never read the words.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import therapist
from rtc_server.errors import NotEnded, SessionNotFound
from rtc_server.store.feedback_schema import feedback
from rtc_server.store.schema import session

READ_MAX = 200


class Given(NamedTuple):
    session_id: str
    client_id: str
    rating: int
    words_sealed: bytes
    is_named: bool
    at_ms: int


class Average(NamedTuple):
    therapist_id: str
    name: str
    ratings: int
    rating: float


async def give(connection: AsyncConnection, given: Given) -> None:
    """Keep a client's answer in place of the one before. Raises SessionNotFound, NotEnded."""
    query = select(session.c.ended_at_ms).where(
        session.c.id == given.session_id,
        session.c.client_id == given.client_id,
        session.c.agreed_at_ms.is_not(None),
        session.c.is_rehearsal.is_(False),
    )
    found = (await connection.execute(query)).first()
    if found is None:
        raise SessionNotFound("There is no such session.")
    if found.ended_at_ms is None:
        raise NotEnded("The call is still going on.")
    values = given._asdict()
    del values["client_id"]
    replaced = await connection.execute(
        update(feedback).where(feedback.c.session_id == given.session_id).values(**values)
    )
    if replaced.rowcount == 0:
        await connection.execute(insert(feedback).values(**values))


async def of_session(connection: AsyncConnection, session_id: str, client_id: str) -> Given | None:
    found = await _given(connection, feedback.c.session_id == session_id, session.c.client_id == client_id)
    return found[0] if found else None


async def of_therapist(connection: AsyncConnection, therapist_id: str) -> Sequence[Given]:
    """The newest first, at most READ_MAX."""
    return await _given(connection, session.c.therapist_id == therapist_id)


async def averages(connection: AsyncConnection) -> list[Average]:
    """Each therapist who has any, the most often rated first."""
    name = therapist.c.first_name + " " + therapist.c.last_name
    count = func.count(feedback.c.session_id)
    rows = await connection.execute(
        select(session.c.therapist_id, name, count, func.avg(feedback.c.rating))
        .join(session, session.c.id == feedback.c.session_id)
        .join(therapist, therapist.c.person_id == session.c.therapist_id)
        .group_by(session.c.therapist_id, name)
        .order_by(count.desc(), name)
    )
    return [Average(row[0], row[1], row[2], round(float(row[3]), 1)) for row in rows]


async def _given(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Given]:
    query = (
        select(
            feedback.c.session_id,
            session.c.client_id,
            feedback.c.rating,
            feedback.c.words_sealed,
            feedback.c.is_named,
            feedback.c.at_ms,
        )
        .join(session, session.c.id == feedback.c.session_id)
        .where(*where)
        .order_by(feedback.c.at_ms.desc())
        .limit(READ_MAX)
    )
    return [Given(*row) for row in await connection.execute(query)]
