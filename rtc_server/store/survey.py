"""SQL of the survey: what a therapist thinks of working here. Owns table `survey`."""

from typing import NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.feedback_schema import survey


class Answer(NamedTuple):
    therapist_id: str
    rating: int
    words_sealed: bytes
    is_named: bool
    at_ms: int


async def give(connection: AsyncConnection, answer: Answer) -> None:
    """In place of the one before."""
    mine = survey.c.therapist_id == answer.therapist_id
    replaced = await connection.execute(update(survey).where(mine).values(**answer._asdict()))
    if replaced.rowcount == 0:
        await connection.execute(insert(survey).values(**answer._asdict()))


async def of_therapist(connection: AsyncConnection, therapist_id: str) -> Answer | None:
    row = (await connection.execute(select(survey).where(survey.c.therapist_id == therapist_id))).first()
    return None if row is None else Answer(*row)


async def average(connection: AsyncConnection) -> tuple[int, float | None]:
    """How many have answered, and what they rated on average."""
    count, rating = (await connection.execute(select(func.count(), func.avg(survey.c.rating)))).one()
    return int(count), None if rating is None else round(float(rating), 1)


async def newest(connection: AsyncConnection, limit: int) -> list[Answer]:
    query = select(survey).order_by(survey.c.at_ms.desc()).limit(limit)
    return [Answer(*row) for row in await connection.execute(query)]
