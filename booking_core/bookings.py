"""Bookings as rows, and the services they are of. `version` is the fence: a step counts only on the row it read.

Functions take an open transaction and open no seal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema as core
from booking_core.booking import LIVE, Booking, Kind, Method, Policy, State
from booking_core.booking_schema import booking as table
from booking_core.booking_schema import service_terms

_LIVE = [state.value for state in LIVE]
COUNTED = [State.REQUESTED.value, State.CONFIRMED.value, State.COMPLETED.value, State.NO_SHOW_CLIENT.value]
LISTED_MAX = 200


@dataclass(frozen=True)
class Service:
    """What may be booked."""

    id: str
    name: str
    kind: Kind
    therapist_id: str | None  # None: every therapist offers it
    price_pence: int
    minutes: int
    methods: tuple[Method, ...]
    questions: tuple[str, ...]
    is_paid: bool
    is_confirmed_by_hand: bool
    is_offered: bool
    policy: Policy


_SERVICES: Select[Any] = select(
    core.service.c.name, core.service.c.price_pence, core.service.c.length_minutes, service_terms
).join(service_terms, service_terms.c.service_id == core.service.c.id)


def _service(row: Row[Any]) -> Service:
    return Service(
        id=row.service_id,
        name=row.name,
        kind=row.kind,
        therapist_id=row.therapist_id,
        price_pence=row.price_pence,
        minutes=row.length_minutes,
        methods=tuple(row.methods.split()),
        questions=tuple(filter(None, row.questions.split("\n"))),
        is_paid=bool(row.is_paid),
        is_confirmed_by_hand=bool(row.is_confirmed_by_hand),
        is_offered=bool(row.is_offered),
        policy=_policy(row),
    )


def _policy(row: Row[Any]) -> Policy:
    return Policy(row.move_minutes, row.cancel_minutes, bool(row.is_late_returned), row.moves_max)


async def service(connection: AsyncConnection, service_id: str) -> Service | None:
    row = (await connection.execute(_SERVICES.where(core.service.c.id == service_id))).first()
    return None if row is None else _service(row)


async def services_by_id(connection: AsyncConnection, service_ids: Iterable[str]) -> dict[str, Service]:
    found = await _services(connection, core.service.c.id.in_(list(service_ids)))
    return {one.id: one for one in found}


async def services_of(connection: AsyncConnection, therapist_id: str) -> list[Service]:
    """What is offered with this therapist: the practice's services and their own, cheapest first."""
    is_theirs = service_terms.c.therapist_id.is_(None) | (service_terms.c.therapist_id == therapist_id)
    return await _services(connection, is_theirs & service_terms.c.is_offered.is_(True))


async def practice_services(connection: AsyncConnection, therapist_id: str | None) -> list[Service]:
    """The practice's own catalogue (None) or a practitioner's, with what is no longer offered."""
    is_owned = (
        service_terms.c.therapist_id.is_(None) if therapist_id is None else service_terms.c.therapist_id == therapist_id
    )
    return await _services(connection, is_owned)


async def _services(connection: AsyncConnection, where: ColumnElement[bool]) -> list[Service]:
    query = _SERVICES.where(where).order_by(
        service_terms.c.kind.desc(), core.service.c.length_minutes, core.service.c.id
    )
    return [_service(row) for row in await connection.execute(query)]


async def save_service(connection: AsyncConnection, one: Service) -> None:
    """Add a service or change it; the caller has checked whose it is."""
    basic = {"name": one.name, "price_pence": one.price_pence, "length_minutes": one.minutes}
    terms = {
        "kind": one.kind,
        "therapist_id": one.therapist_id,
        "methods": " ".join(one.methods),
        "questions": "\n".join(one.questions),
        "is_paid": one.is_paid,
        "is_confirmed_by_hand": one.is_confirmed_by_hand,
        "is_offered": one.is_offered,
        **_policy_row(one.policy),
    }
    if await service(connection, one.id) is None:
        await connection.execute(insert(core.service).values(id=one.id, **basic))
        await connection.execute(insert(service_terms).values(service_id=one.id, **terms))
        return
    await connection.execute(update(core.service).where(core.service.c.id == one.id).values(**basic))
    await connection.execute(update(service_terms).where(service_terms.c.service_id == one.id).values(**terms))


def _policy_row(policy: Policy) -> dict[str, Any]:
    return {
        "move_minutes": policy.move_minutes,
        "cancel_minutes": policy.cancel_minutes,
        "is_late_returned": policy.is_late_returned,
        "moves_max": policy.moves_max,
    }


def _record(row: Row[Any]) -> Booking:
    return Booking(
        id=row.id,
        client_id=row.client_id,
        therapist_id=row.therapist_id,
        service_id=row.service_id,
        kind=row.kind,
        method=row.method,
        state=State(row.state),
        version=row.version,
        starts_at_ms=row.starts_at_ms,
        ends_at_ms=row.ends_at_ms,
        area=row.area,
        language=row.language,
        price_pence=row.price_pence,
        paid_with=row.paid_with,
        policy=_policy(row),
        created_at_ms=row.created_at_ms,
        reason=row.reason,
        moves=row.moves,
        follows_id=row.follows_id,
        successor_id=row.successor_id,
    )


async def add(
    connection: AsyncConnection, one: Booking, *, answers_sealed: bytes, words_sealed: bytes | None = None
) -> None:
    await connection.execute(
        insert(table).values(
            id=one.id,
            client_id=one.client_id,
            therapist_id=one.therapist_id,
            service_id=one.service_id,
            kind=one.kind,
            method=one.method,
            state=one.state.value,
            reason=one.reason,
            version=one.version,
            starts_at_ms=one.starts_at_ms,
            ends_at_ms=one.ends_at_ms,
            area=one.area,
            language=one.language,
            price_pence=one.price_pence,
            paid_with=one.paid_with,
            **_policy_row(one.policy),
            moves=one.moves,
            follows_id=one.follows_id,
            successor_id=one.successor_id,
            answers_sealed=answers_sealed,
            words_sealed=words_sealed,
            created_at_ms=one.created_at_ms,
        )
    )


async def save(connection: AsyncConnection, before: Booking, after: Booking, words_sealed: bytes | None) -> bool:
    """False when the row has moved on since `before` was read."""
    values: dict[str, Any] = {
        "state": after.state.value,
        "reason": after.reason,
        "version": after.version,
        "successor_id": after.successor_id,
    }
    if words_sealed is not None:
        values["words_sealed"] = words_sealed
    changed = await connection.execute(
        update(table).where(table.c.id == before.id, table.c.version == before.version).values(**values)
    )
    return changed.rowcount == 1


async def load(connection: AsyncConnection, booking_id: str) -> Booking | None:
    row = (await connection.execute(select(table).where(table.c.id == booking_id))).first()
    return None if row is None else _record(row)


async def sealed_of(connection: AsyncConnection, booking_ids: Iterable[str]) -> dict[str, tuple[bytes, bytes | None]]:
    """The answers of the booking form, and why it was moved, cancelled or declined."""
    query = select(table.c.id, table.c.answers_sealed, table.c.words_sealed).where(table.c.id.in_(list(booking_ids)))
    return {booking_id: (answers, words) for booking_id, answers, words in await connection.execute(query)}


async def root(connection: AsyncConnection, one: Booking) -> tuple[str, int]:
    """The id of the booking this one goes back to, and how often it was moved since."""
    depth = 0
    root_id, before_id = one.id, one.follows_id
    while before_id is not None:
        query = select(table.c.id, table.c.follows_id).where(table.c.id == before_id)
        root_id, before_id = (await connection.execute(query)).one()
        depth += 1
    return root_id, depth


async def ahead(connection: AsyncConnection, person_id: str, now_ms: int) -> list[Booking]:
    """Live bookings of a person that are not over, the next first."""
    query = (
        select(table)
        .where(_of(person_id), table.c.state.in_(_LIVE), table.c.ends_at_ms > now_ms)
        .order_by(table.c.starts_at_ms)
        .limit(LISTED_MAX)
    )
    return [_record(row) for row in await connection.execute(query)]


async def between(connection: AsyncConnection, therapist_id: str, from_ms: int, to_ms: int) -> list[Booking]:
    """A therapist's live bookings that begin in a span of time."""
    query = (
        select(table)
        .where(
            table.c.therapist_id == therapist_id,
            table.c.state.in_(_LIVE),
            table.c.starts_at_ms >= from_ms,
            table.c.starts_at_ms < to_ms,
        )
        .order_by(table.c.starts_at_ms)
    )
    return [_record(row) for row in await connection.execute(query)]


async def unsettled(connection: AsyncConnection, person_id: str, now_ms: int) -> list[Booking]:
    """Over, by telephone or in person, and nobody has said what they were: the oldest first."""
    query = select(table).where(_of(person_id), _is_unsettled(now_ms)).order_by(table.c.starts_at_ms)
    return [_record(row) for row in await connection.execute(query.limit(LISTED_MAX))]


def _is_unsettled(now_ms: int) -> ColumnElement[bool]:
    is_roomless = table.c.method != "video"
    return (table.c.ends_at_ms <= now_ms) & (table.c.state == State.CONFIRMED.value) & is_roomless


async def past(connection: AsyncConnection, person_id: str, now_ms: int, with_id: str | None = None) -> list[Booking]:
    """Bookings that are over, one way or another, newest first, without those `unsettled` or only moved."""
    is_over = table.c.state.not_in(_LIVE) | ((table.c.ends_at_ms <= now_ms) & ~_is_unsettled(now_ms))
    where = _of(person_id) & is_over & (table.c.reason != "rescheduled")
    if with_id is not None:
        where &= _of(with_id)
    query = select(table).where(where).order_by(table.c.starts_at_ms.desc()).limit(LISTED_MAX)
    return [_record(row) for row in await connection.execute(query)]


def _of(person_id: str) -> ColumnElement[bool]:
    return (table.c.client_id == person_id) | (table.c.therapist_id == person_id)


async def by_id(connection: AsyncConnection, booking_ids: Iterable[str]) -> dict[str, Booking]:
    rows = await connection.execute(select(table).where(table.c.id.in_(list(booking_ids))))
    return {row.id: _record(row) for row in rows}


async def own_therapist(connection: AsyncConnection, client_id: str) -> str | None:
    """Whom a client booked last; until then, whom their referral named."""
    query = (
        select(table.c.therapist_id)
        .where(table.c.client_id == client_id, table.c.state.in_(COUNTED))
        .order_by(table.c.created_at_ms.desc())
        .limit(1)
    )
    booked = (await connection.execute(query)).scalar_one_or_none()
    named = select(core.person.c.own_therapist_id).where(core.person.c.id == client_id)
    return booked or (await connection.execute(named)).scalar_one_or_none()


async def counted(connection: AsyncConnection, client_id: str, from_ms: int, to_ms: int) -> dict[str, int]:
    """How many sessions of each kind a client has in a span of time."""
    query = (
        select(table.c.kind, func.count())
        .where(
            table.c.client_id == client_id,
            table.c.state.in_(COUNTED),
            table.c.starts_at_ms >= from_ms,
            table.c.starts_at_ms < to_ms,
        )
        .group_by(table.c.kind)
    )
    return {one: value for one, value in await connection.execute(query)}


async def clients_of(connection: AsyncConnection, therapist_id: str) -> set[str]:
    """Everybody who has or had a booking with this therapist."""
    query = select(table.c.client_id).where(table.c.therapist_id == therapist_id).distinct()
    return set((await connection.execute(query)).scalars())


async def referred_to(connection: AsyncConnection, therapist_id: str) -> set[str]:
    """Clients whose referral named this therapist."""
    query = select(core.person.c.id).where(core.person.c.own_therapist_id == therapist_id)
    return set((await connection.execute(query)).scalars())


async def next_of(connection: AsyncConnection, therapist_id: str, now_ms: int) -> dict[str, int]:
    """When each client's next session with this therapist begins."""
    query = (
        select(table.c.client_id, func.min(table.c.starts_at_ms))
        .where(table.c.therapist_id == therapist_id, table.c.state.in_(_LIVE), table.c.ends_at_ms > now_ms)
        .group_by(table.c.client_id)
    )
    return {one: value for one, value in await connection.execute(query)}


async def load_of(connection: AsyncConnection, therapist_ids: Iterable[str], from_ms: int) -> dict[str, int]:
    """How many sessions each of these therapists has before them."""
    query = (
        select(table.c.therapist_id, func.count())
        .where(table.c.therapist_id.in_(list(therapist_ids)), table.c.state.in_(_LIVE), table.c.starts_at_ms >= from_ms)
        .group_by(table.c.therapist_id)
    )
    return {one: value for one, value in await connection.execute(query)}
