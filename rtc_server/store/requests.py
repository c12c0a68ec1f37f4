"""Requests as rows. `version` is the fence: an UPDATE that finds another version is a loss, not an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import RequestNotFound
from rtc_server.pool import BEFORE_SESSION, OWNED, Request, State
from rtc_server.store.schema import OPEN_STATES, counter, event, request


def of_row(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        client_id=row.client_id,
        state=State(row.state),
        reason=row.reason,
        version=row.version,
        place=row.place,
        therapist_id=row.therapist_id,
        session_id=row.session_id,
        turned_away=frozenset(row.turned_away.split()),
        silences=row.silences,
        only_for=row.only_for,
        is_rehearsal=row.is_rehearsal,
        own_therapist_id=row.own_therapist_id,
        own_until_ms=row.own_until_ms,
        taken_out=row.taken_out,
        area=row.area,
        language=row.language,
        therapist_gender=row.therapist_gender,
        is_chat_only=row.is_chat_only,
        is_worried=row.is_worried,
        price_pence=row.price_pence,
        placed_at_ms=row.placed_at_ms,
        state_since_ms=row.state_since_ms,
        due_at_ms=row.due_at_ms,
    )


def _changing(record: Request) -> dict[str, Any]:
    return {
        "state": record.state.value,
        "reason": record.reason,
        "version": record.version,
        "therapist_id": record.therapist_id,
        "session_id": record.session_id,
        "turned_away": " ".join(sorted(record.turned_away)),
        "silences": record.silences,
        "language": record.language,
        "therapist_gender": record.therapist_gender,
        "own_until_ms": record.own_until_ms,
        "taken_out": record.taken_out,
        "state_since_ms": record.state_since_ms,
        "due_at_ms": record.due_at_ms,
    }


async def draw_place(connection: AsyncConnection) -> int:
    """The next place, drawn in the insert's own transaction."""
    drawn = await connection.execute(
        update(counter).where(counter.c.name == "place").values(value=counter.c.value + 1).returning(counter.c.value)
    )
    place = drawn.scalar_one_or_none()
    if place is None:
        await connection.execute(insert(counter).values(name="place", value=1))
        place = 1
    return int(place)


async def add(connection: AsyncConnection, record: Request, *, issue_sealed: bytes, note_sealed: bytes) -> None:
    """Raises IntegrityError when this client has an open request, or the id is taken."""
    await connection.execute(
        insert(request).values(
            id=record.id,
            client_id=record.client_id,
            place=record.place,
            only_for=record.only_for,
            is_rehearsal=record.is_rehearsal,
            own_therapist_id=record.own_therapist_id,
            area=record.area,
            is_chat_only=record.is_chat_only,
            is_worried=record.is_worried,
            price_pence=record.price_pence,
            placed_at_ms=record.placed_at_ms,
            issue_sealed=issue_sealed,
            note_sealed=note_sealed,
            **_changing(record),
        )
    )


async def save(connection: AsyncConnection, before: Request, after: Request) -> bool:
    """False when the row has moved on since `before` was read: the step is lost."""
    result = await connection.execute(
        update(request)
        .where(request.c.id == before.id, request.c.version == before.version, request.c.state == before.state.value)
        .values(**_changing(after))
    )
    return result.rowcount == 1


async def load(connection: AsyncConnection, request_id: str, *, is_locked: bool = False) -> Request | None:
    """`is_locked`: nobody else's step of it is between ours and its commit (PostgreSQL; SQLite has one writer)."""
    query = select(request).where(request.c.id == request_id)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).first()
    return None if row is None else of_row(row)


async def required(connection: AsyncConnection, request_id: str) -> Request:
    """Raises RequestNotFound."""
    found = await load(connection, request_id)
    if found is None:
        raise RequestNotFound("There is no such request.")
    return found


async def keep_note(connection: AsyncConnection, request_id: str, note_sealed: bytes) -> None:
    """What the operator wrote when taking it out."""
    await connection.execute(
        update(request).where(request.c.id == request_id).values(taken_out_note_sealed=note_sealed)
    )


async def sealed_words(connection: AsyncConnection, request_id: str) -> tuple[bytes, bytes]:
    """The sealed issue and note of a request that exists."""
    row = (
        await connection.execute(
            select(request.c.issue_sealed, request.c.note_sealed).where(request.c.id == request_id)
        )
    ).one()
    return row.issue_sealed, row.note_sealed


async def _first(connection: AsyncConnection, query: Select[Any]) -> Request | None:
    row = (await connection.execute(query)).first()
    return None if row is None else of_row(row)


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[Request]:
    return [of_row(row) for row in await connection.execute(query)]


async def open_of_client(connection: AsyncConnection, client_id: str) -> Request | None:
    query = select(request).where(request.c.client_id == client_id, request.c.state.in_(OPEN_STATES))
    return await _first(connection, query)


async def owned_by_therapist(connection: AsyncConnection, therapist_id: str) -> Request | None:
    query = select(request).where(request.c.therapist_id == therapist_id, request.c.state.in_(OWNED))
    return await _first(connection, query)


async def waiting(connection: AsyncConnection, limit: int | None = None) -> list[Request]:
    """Oldest first."""
    query = select(request).where(request.c.state == State.WAITING).order_by(request.c.place).limit(limit)
    return await _all(connection, query)


async def waiting_of(connection: AsyncConnection, request_ids: Sequence[str]) -> list[Request]:
    """Those of them who still wait, oldest first."""
    query = select(request).where(request.c.id.in_(request_ids), request.c.state == State.WAITING)
    return await _all(connection, query.order_by(request.c.place))


async def in_state(connection: AsyncConnection, states: Sequence[State]) -> list[Request]:
    return await _all(connection, select(request).where(request.c.state.in_(states)).order_by(request.c.place))


async def before_session(connection: AsyncConnection, limit: int) -> list[Request]:
    """The oldest that are not yet a session, oldest first; rehearsals apart."""
    query = select(request).where(request.c.state.in_(BEFORE_SESSION), request.c.is_rehearsal.is_(False))
    return await _all(connection, query.order_by(request.c.place).limit(limit))


async def closed_lately(connection: AsyncConnection, limit: int) -> list[Request]:
    """Those that wait no longer, newest first; rehearsals apart."""
    query = select(request).where(request.c.state.not_in(BEFORE_SESSION), request.c.is_rehearsal.is_(False))
    return await _all(connection, query.order_by(request.c.state_since_ms.desc()).limit(limit))


async def history(connection: AsyncConnection, request_id: str) -> Sequence[Row[Any]]:
    """Its steps as they were taken, oldest first."""
    query = select(event).where(event.c.topic == "request", event.c.subject_id == request_id).order_by(event.c.seq)
    return (await connection.execute(query)).all()


async def taken_out_note(connection: AsyncConnection, request_id: str) -> bytes | None:
    query = select(request.c.taken_out_note_sealed).where(request.c.id == request_id)
    return (await connection.execute(query)).scalar_one_or_none()


@dataclass(frozen=True)
class WaitingNow:
    """The whole line in figures, rehearsals apart."""

    count: int
    worried: int
    oldest_ms: int | None  # when whoever waits longest asked


async def waiting_now(connection: AsyncConnection) -> WaitingNow:
    query = select(
        func.count(), func.count().filter(request.c.is_worried.is_(True)), func.min(request.c.placed_at_ms)
    ).where(request.c.state == State.WAITING.value, request.c.is_rehearsal.is_(False))
    count, worried, oldest_ms = (await connection.execute(query)).one()
    return WaitingNow(count, worried, oldest_ms)


async def rank(connection: AsyncConnection, record: Request) -> int:
    """How many wait before this request in the same language, rehearsals apart; Redis answers this unless it is
    away."""
    query = (
        select(func.count())
        .select_from(request)
        .where(
            request.c.state == State.WAITING.value,
            request.c.is_rehearsal.is_(False),
            request.c.language == record.language,
            request.c.place < record.place,
        )
    )
    return int((await connection.execute(query)).scalar_one())
