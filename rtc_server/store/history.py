"""Sessions that were agreed, as their client and the wallet look back on them. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema
from booking_core.booking_schema import booking
from rtc_server.store import rooms
from rtc_server.store.database import now_ms
from rtc_server.store.schema import session


@dataclass(frozen=True)
class Past:
    session_id: str
    kind: str
    client_id: str
    therapist_id: str
    therapist_name: str
    agreed_at_ms: int
    live_at_ms: int | None
    ended_at_ms: int | None
    ended_reason: str
    together_s: int = 0


@dataclass(frozen=True)
class Service:
    price_pence: int
    length_minutes: int


async def service(connection: AsyncConnection, service_id: str) -> Service:
    query = select(schema.service.c.price_pence, schema.service.c.length_minutes).where(
        schema.service.c.id == service_id
    )
    return Service(*(await connection.execute(query)).one())


async def languages(connection: AsyncConnection) -> list[str]:
    """Those that at least one approved therapist speaks; English first, always."""
    query = select(schema.therapist.c.languages).where(schema.therapist.c.is_approved.is_(True)).distinct()
    spoken = {code for text in (await connection.execute(query)).scalars() for code in text.split()}
    return ["en", *sorted(spoken - {"en"})]


async def live_session_id(connection: AsyncConnection, client_id: str) -> str | None:
    """The agreed session a client can go back to."""
    query = select(session.c.id).where(
        session.c.client_id == client_id, session.c.agreed_at_ms.is_not(None), session.c.ended_at_ms.is_(None)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def completed(connection: AsyncConnection, client_id: str, limit: int) -> list[Past]:
    """A client's agreed sessions that have ended, newest first; of booked ones those that were attended."""
    is_attended = (session.c.kind == "quick") | (
        select(booking.c.id).where(booking.c.id == session.c.id, booking.c.state == "completed").exists()
    )
    where = (session.c.client_id == client_id) & session.c.ended_at_ms.is_not(None) & is_attended
    return await _past(connection, where, limit)


async def of_client(connection: AsyncConnection, session_id: str, client_id: str) -> Past | None:
    found = await _past(connection, (session.c.id == session_id) & (session.c.client_id == client_id), 1)
    return found[0] if found else None


async def by_id(connection: AsyncConnection, session_ids: Iterable[str]) -> dict[str, Past]:
    wanted = list(session_ids)
    return {past.session_id: past for past in await _past(connection, session.c.id.in_(wanted), len(wanted))}


async def _past(connection: AsyncConnection, where: ColumnElement[bool], limit: int) -> list[Past]:
    query = (
        select(
            session.c.id,
            session.c.kind,
            session.c.client_id,
            session.c.therapist_id,
            schema.therapist.c.first_name + " " + schema.therapist.c.last_name,
            session.c.agreed_at_ms,
            session.c.live_at_ms,
            session.c.ended_at_ms,
            session.c.ended_reason,
        )
        .join(schema.therapist, schema.therapist.c.person_id == session.c.therapist_id)
        .where(where, session.c.agreed_at_ms.is_not(None))
        .order_by(session.c.agreed_at_ms.desc())
        .limit(limit)
    )
    found = [Past(*row) for row in (await connection.execute(query))]
    together = await rooms.together_s(connection, [one.session_id for one in found], now_ms())
    return [replace(one, together_s=together[one.session_id]) for one in found]
