"""Who is on duty, and the facts that decide what a therapist may see."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person, therapist
from rtc_server.pool import TherapistFacts
from rtc_server.store.schema import duty, session


def _in_session() -> ColumnElement[bool]:
    return exists().where(session.c.therapist_id == therapist.c.person_id, session.c.ended_at_ms.is_(None))


def _facts() -> Select[Any]:
    return select(
        therapist.c.person_id,
        therapist.c.languages,
        therapist.c.areas,
        therapist.c.gender,
        therapist.c.is_approved,
        func.coalesce(duty.c.is_on, literal(False)).label("is_on"),
        _in_session().label("in_session"),
    ).select_from(therapist.outerjoin(duty, duty.c.therapist_id == therapist.c.person_id))


def _record(row: Row[Any]) -> TherapistFacts:
    return TherapistFacts(
        id=row.person_id,
        languages=frozenset(row.languages.split()),
        areas=frozenset(row.areas.split()),
        gender=row.gender,
        is_on_duty=bool(row.is_on) and bool(row.is_approved),
        is_in_session=bool(row.in_session),
    )


async def facts(connection: AsyncConnection, therapist_id: str) -> TherapistFacts | None:
    row = (await connection.execute(_facts().where(therapist.c.person_id == therapist_id))).first()
    return None if row is None else _record(row)


async def approved(connection: AsyncConnection, therapist_ids: Collection[str]) -> list[TherapistFacts]:
    """Those of them who may work and can sign in."""
    query = (
        _facts()
        .join(person, person.c.id == therapist.c.person_id)
        .where(therapist.c.person_id.in_(therapist_ids), therapist.c.is_approved, person.c.is_disabled.is_(False))
    )
    return [_record(row) for row in await connection.execute(query)]


async def own_free(connection: AsyncConnection, client_id: str, language: str, gender: str) -> str | None:
    """The therapist named by this client's referral, when they are free for such a request now; else None."""
    named = select(person.c.own_therapist_id).where(person.c.id == client_id).scalar_subquery()
    row = (await connection.execute(_facts().where(therapist.c.person_id == named))).first()
    if row is None:
        return None
    own = _record(row)
    is_free = own.is_on_duty and not own.is_in_session
    return own.id if is_free and language in own.languages and gender in ("none", own.gender) else None


async def set_duty(connection: AsyncConnection, therapist_id: str, is_on: bool, now_ms: int) -> int | None:
    """Go on or off duty; returns the new version, or None when nothing changed."""
    row = (await connection.execute(select(duty).where(duty.c.therapist_id == therapist_id))).first()
    if row is None:
        if not is_on:
            return None
        await connection.execute(insert(duty).values(therapist_id=therapist_id, is_on=True, version=1, since_ms=now_ms))
        return 1
    if row.is_on == is_on:
        return None
    await connection.execute(
        update(duty)
        .where(duty.c.therapist_id == therapist_id)
        .values(is_on=is_on, version=row.version + 1, since_ms=now_ms)
    )
    return int(row.version) + 1


async def on_duty_ids(connection: AsyncConnection) -> Sequence[str]:
    return (await connection.execute(select(duty.c.therapist_id).where(duty.c.is_on.is_(True)))).scalars().all()


async def on_duty(connection: AsyncConnection) -> list[TherapistFacts]:
    """Everybody on duty, in a session or not."""
    found = _facts().where(duty.c.is_on.is_(True), therapist.c.is_approved.is_(True))
    return [_record(row) for row in await connection.execute(found)]


async def count_free(connection: AsyncConnection) -> int:
    """Therapists on duty and not in a session."""
    query = (
        select(func.count())
        .select_from(duty.join(therapist, therapist.c.person_id == duty.c.therapist_id))
        .where(duty.c.is_on.is_(True), therapist.c.is_approved.is_(True), ~_in_session())
    )
    return int((await connection.execute(query)).scalar_one())
