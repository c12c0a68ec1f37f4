"""Sessions as rows, their presence intervals and consents. `version` is the fence, as in `requests`."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.errors import BadMessage
from rtc_server.room import Interval, LegState, Room, Seat, SeatFacts, overlap_ms
from rtc_server.store.schema import chat, consent, leg, presence, session


def _record(row: Row[Any]) -> Room:
    return Room(
        session_id=row.id,
        client_id=row.client_id,
        therapist_id=row.therapist_id,
        request_id=row.request_id,
        version=row.version,
        area=row.area,
        language=row.language,
        is_chat_only=row.is_chat_only,
        price_pence=row.price_pence,
        is_rehearsal=row.is_rehearsal,
        is_relay_only=row.is_relay_only,
        created_at_ms=row.created_at_ms,
        link=row.link,
        client=SeatFacts(row.client_page, row.client_present, row.client_muted, row.client_camera, row.client_captions),
        therapist=SeatFacts(
            row.therapist_page,
            row.therapist_present,
            row.therapist_muted,
            row.therapist_camera,
            row.therapist_captions,
        ),
        client_is_away=row.client_away,
        client_left=row.client_left,
        mute_asked_of=row.mute_asked_of,
        agreed_at_ms=row.agreed_at_ms,
        live_at_ms=row.live_at_ms,
        empty_since_ms=row.empty_since_ms,
        alone_since_ms=row.alone_since_ms,
        ended_at_ms=row.ended_at_ms,
        ended_reason=row.ended_reason,
        chat_seq=row.chat_seq,
        booked_end_ms=row.booked_end_ms,
    )


def _changing(room: Room) -> dict[str, Any]:
    return {
        "version": room.version,
        "link": room.link,
        "client_page": room.client.page_id,
        "client_present": room.client.is_present,
        "client_muted": room.client.is_muted,
        "client_camera": room.client.is_camera_on,
        "client_captions": room.client.has_captions,
        "therapist_page": room.therapist.page_id,
        "therapist_present": room.therapist.is_present,
        "therapist_muted": room.therapist.is_muted,
        "therapist_camera": room.therapist.is_camera_on,
        "therapist_captions": room.therapist.has_captions,
        "client_away": room.client_is_away,
        "client_left": room.client_left,
        "mute_asked_of": room.mute_asked_of,
        "agreed_at_ms": room.agreed_at_ms,
        "live_at_ms": room.live_at_ms,
        "empty_since_ms": room.empty_since_ms,
        "alone_since_ms": room.alone_since_ms,
        "ended_at_ms": room.ended_at_ms,
        "ended_reason": room.ended_reason,
    }


async def add(connection: AsyncConnection, room: Room) -> None:
    """Raises IntegrityError when the client or the therapist is in another live session. The client's choice to be
    relayed is taken over as it stands now."""
    choice = select(person.c.is_relay_only).where(person.c.id == room.client_id).scalar_subquery()
    await connection.execute(
        insert(session).values(
            id=room.session_id,
            request_id=room.request_id,
            kind="quick" if room.booked_end_ms is None else "booked",
            booked_end_ms=room.booked_end_ms,
            client_id=room.client_id,
            therapist_id=room.therapist_id,
            area=room.area,
            language=room.language,
            is_chat_only=room.is_chat_only,
            price_pence=room.price_pence,
            is_rehearsal=room.is_rehearsal,
            is_relay_only=choice,
            created_at_ms=room.created_at_ms,
            **_changing(room),
        )
    )


async def is_relay_only(connection: AsyncConnection, client_id: str) -> bool:
    """Whether this client's sessions go through a relay alone, from the next one on."""
    return bool(await connection.scalar(select(person.c.is_relay_only).where(person.c.id == client_id)))


async def choose_relay(connection: AsyncConnection, client_id: str, is_on: bool) -> None:
    await connection.execute(update(person).where(person.c.id == client_id).values(is_relay_only=is_on))


async def save(connection: AsyncConnection, before: Room, after: Room, now_ms: int) -> bool:
    """Write the room and its presence intervals; False when the row has moved on since `before` was read."""
    result = await connection.execute(
        update(session)
        .where(session.c.id == before.session_id, session.c.version == before.version)
        .values(**_changing(after))
    )
    if result.rowcount != 1:
        return False
    for name in Seat:
        was, now = before.seat(name).is_present, after.seat(name).is_present
        if now and not was:
            await connection.execute(
                insert(presence).values(session_id=before.session_id, seat=name.value, from_ms=now_ms)
            )
        elif was and not now:
            await connection.execute(
                update(presence)
                .where(
                    presence.c.session_id == before.session_id,
                    presence.c.seat == name.value,
                    presence.c.to_ms.is_(None),
                )
                .values(to_ms=now_ms)
            )
    return True


async def load(connection: AsyncConnection, session_id: str) -> Room | None:
    row = (await connection.execute(select(session).where(session.c.id == session_id))).first()
    return None if row is None else _record(row)


async def by_id(connection: AsyncConnection, session_ids: Iterable[str]) -> dict[str, Room]:
    rows = await connection.execute(select(session).where(session.c.id.in_(list(session_ids))))
    return {row.id: _record(row) for row in rows}


async def live(connection: AsyncConnection) -> list[Room]:
    rows = await connection.execute(select(session).where(session.c.ended_at_ms.is_(None)))
    return [_record(row) for row in rows]


async def live_of(connection: AsyncConnection, person_id: str) -> Room | None:
    """The one session of this person that has not ended, warming included."""
    query = select(session).where(
        session.c.ended_at_ms.is_(None), (session.c.client_id == person_id) | (session.c.therapist_id == person_id)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else _record(row)


async def intervals(connection: AsyncConnection, session_id: str) -> dict[Seat, list[Interval]]:
    rows = await connection.execute(
        select(presence.c.seat, presence.c.from_ms, presence.c.to_ms).where(presence.c.session_id == session_id)
    )
    found: dict[Seat, list[Interval]] = {name: [] for name in Seat}
    for seat, from_ms, to_ms in rows:
        found[Seat(seat)].append((from_ms, to_ms))
    return found


async def together_s(connection: AsyncConnection, session_ids: Iterable[str], now_ms: int) -> dict[str, int]:
    """How long both were there in each of these sessions, up to now where they still are; 0 when they never met."""
    wanted = list(session_ids)
    found = {(session_id, seat): list[Interval]() for session_id in wanted for seat in Seat}
    columns = (presence.c.session_id, presence.c.seat, presence.c.from_ms, presence.c.to_ms)
    for session_id, seat, from_ms, to_ms in await connection.execute(
        select(*columns).where(presence.c.session_id.in_(wanted))
    ):
        found[session_id, Seat(seat)].append((from_ms, to_ms))
    return {one: overlap_ms(found[one, Seat.CLIENT], found[one, Seat.THERAPIST], now_ms) // 1_000 for one in wanted}


class Consent(NamedTuple):
    """What one person said to one purpose, and how: yes, standing, in_call."""

    person_id: str
    purpose: str
    is_given: bool
    text_version: str
    how: str


async def add_consents(connection: AsyncConnection, session_id: str, consents: Sequence[Consent], now_ms: int) -> None:
    await connection.execute(
        insert(consent), [{**one._asdict(), "session_id": session_id, "at_ms": now_ms} for one in consents]
    )


async def transcript_consents(connection: AsyncConnection, session_id: str) -> dict[str, bool]:
    """The newest answer of each person on the transcript."""
    rows = await connection.execute(
        select(consent.c.person_id, consent.c.is_given)
        .where(consent.c.session_id == session_id, consent.c.purpose == "transcript")
        .order_by(consent.c.seq)
    )
    return dict(rows.all())


async def agreed(connection: AsyncConnection, session_ids: Iterable[str], person_id: str) -> set[str]:
    """Those of these sessions to whose terms somebody has said yes."""
    query = select(consent.c.session_id).where(
        consent.c.session_id.in_(list(session_ids)), consent.c.person_id == person_id, consent.c.purpose == "terms"
    )
    return set((await connection.execute(query)).scalars())


async def leg_states(connection: AsyncConnection, session_id: str) -> dict[str, LegState]:
    """The state of each seat's newest leg."""
    rows = await connection.execute(
        select(leg.c.seat, leg.c.state).where(leg.c.session_id == session_id).order_by(leg.c.opened_at_ms)
    )
    return dict(rows.all())


async def add_chat(
    connection: AsyncConnection, session_id: str, line_id: str, seat: str, text_sealed: bytes, now_ms: int
) -> tuple[int, int]:
    """Store a line once by its id; returns its sequence and time, those of the first try when it is a retry."""
    known = (
        await connection.execute(
            select(chat.c.seq, chat.c.at_ms, chat.c.session_id, chat.c.seat).where(chat.c.id == line_id)
        )
    ).first()
    if known is not None:
        if (known.session_id, known.seat) != (session_id, seat):
            raise BadMessage("That id belongs to another message.")
        return known.seq, known.at_ms
    drawn = await connection.execute(
        update(session)
        .where(session.c.id == session_id)
        .values(chat_seq=session.c.chat_seq + 1)
        .returning(session.c.chat_seq)
    )
    seq = int(drawn.scalar_one())
    await connection.execute(
        insert(chat).values(
            session_id=session_id, seq=seq, id=line_id, seat=seat, text_sealed=text_sealed, at_ms=now_ms
        )
    )
    return seq, now_ms


async def chat_since(connection: AsyncConnection, session_id: str, seq: int) -> list[Row[Any]]:
    rows: Iterable[Row[Any]] = await connection.execute(
        select(chat).where(chat.c.session_id == session_id, chat.c.seq > seq).order_by(chat.c.seq).limit(500)
    )
    return list(rows)
