"""Requests as rows. `version` is the fence: an UPDATE that finds another version is a loss, not an error."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import RequestNotFound
from rtc_server.pool import BEFORE_SESSION, OWNED, Request, State, TherapistFacts
from rtc_server.store.schema import OPEN_STATES, counter, event, request

# The words stay sealed in their rows until somebody asks for them; a record does without.
WORDS = ("issue_sealed", "note_sealed", "taken_out_note_sealed")
RECORD = [column for column in request.c if column.name not in WORDS]


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
    query = _records().where(request.c.id == request_id)
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


def _records() -> Select[Any]:
    return select(*RECORD)


async def _first(connection: AsyncConnection, query: Select[Any]) -> Request | None:
    row = (await connection.execute(query)).first()
    return None if row is None else of_row(row)


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[Request]:
    return [of_row(row) for row in await connection.execute(query)]


async def open_of_client(connection: AsyncConnection, client_id: str) -> Request | None:
    query = _records().where(request.c.client_id == client_id, request.c.state.in_(OPEN_STATES))
    return await _first(connection, query)


async def owned_by_therapist(connection: AsyncConnection, therapist_id: str) -> Request | None:
    query = _records().where(request.c.therapist_id == therapist_id, request.c.state.in_(OWNED))
    return await _first(connection, query)


async def first_waiting(connection: AsyncConnection, limit: int) -> list[Request]:
    """The first of the line, rehearsals apart."""
    query = _records().where(request.c.state == State.WAITING, request.c.is_rehearsal.is_(False))
    return await _all(connection, query.order_by(request.c.place).limit(limit))


async def offered(connection: AsyncConnection, therapist: TherapistFacts, limit: int) -> list[Request]:
    """The first of those who wait and could be this therapist's; whom they may see now is for `pool.may_see`."""
    query = _records().where(_could_be_of(therapist)).order_by(request.c.place).limit(limit)
    return await _all(connection, query)


async def count_offered(connection: AsyncConnection, therapist: TherapistFacts) -> int:
    """How many wait who could be this therapist's."""
    query = select(func.count()).select_from(request).where(_could_be_of(therapist))
    return int((await connection.execute(query)).scalar_one())


def _could_be_of(therapist: TherapistFacts) -> ColumnElement[bool]:
    own = request.c.only_for == therapist.id
    fits = and_(
        request.c.only_for.is_(None),
        request.c.language.in_(sorted(therapist.languages)),
        request.c.therapist_gender.in_(("none", therapist.gender)),
    )
    return and_(request.c.state == State.WAITING, or_(own, fits) if therapist.is_on_duty else own)


class InLine(NamedTuple):
    """As much of somebody who waits as the line itself is made of."""

    id: str
    client_id: str
    language: str
    place: int


async def line(connection: AsyncConnection) -> list[InLine]:
    """Everybody who waits, oldest first; rehearsals apart."""
    query = select(request.c.id, request.c.client_id, request.c.language, request.c.place).where(
        request.c.state == State.WAITING, request.c.is_rehearsal.is_(False)
    )
    return [InLine._make(row) for row in await connection.execute(query.order_by(request.c.place))]


async def ranks(connection: AsyncConnection, client_ids: Container[str]) -> dict[str, int]:
    """By the request of each of these clients who waits: how many wait before it in the same language."""
    found: dict[str, int] = {}
    before: Counter[str] = Counter()
    for one in await line(connection):
        if one.client_id in client_ids:
            found[one.id] = before[one.language]
        before[one.language] += 1
    return found


class Watched(NamedTuple):
    """What is needed to act on somebody's absence."""

    id: str
    client_id: str
    therapist_id: str | None
    state: str
    version: int


async def watched(connection: AsyncConnection) -> list[Watched]:
    """The open ones in which an absence matters: their clients wait, or decide about who has come."""
    query = select(request.c.id, request.c.client_id, request.c.therapist_id, request.c.state, request.c.version)
    rows = await connection.execute(query.where(request.c.state.in_((State.WAITING, State.ACCEPTED))))
    return [Watched._make(row) for row in rows]


async def in_own_time(connection: AsyncConnection, now_ms: int) -> list[Request]:
    """Those that may be offered to the client's own therapist alone just now."""
    query = _records().where(request.c.state == State.WAITING, request.c.own_until_ms > now_ms)
    return await _all(connection, query)


async def waiting_of(connection: AsyncConnection, request_ids: Sequence[str]) -> list[Request]:
    """Those of them who still wait, oldest first."""
    query = _records().where(request.c.id.in_(request_ids), request.c.state == State.WAITING)
    return await _all(connection, query.order_by(request.c.place))


async def before_session(connection: AsyncConnection, limit: int) -> list[Request]:
    """The oldest that are not yet a session, oldest first; rehearsals apart."""
    query = _records().where(request.c.state.in_(BEFORE_SESSION), request.c.is_rehearsal.is_(False))
    return await _all(connection, query.order_by(request.c.place).limit(limit))


async def closed_lately(connection: AsyncConnection, limit: int) -> list[Request]:
    """Those that wait no longer, newest first; rehearsals apart."""
    query = _records().where(request.c.state.not_in(BEFORE_SESSION), request.c.is_rehearsal.is_(False))
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
