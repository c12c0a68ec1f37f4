"""Sign-ins as rows: only the SHA-256 of a token is stored, so a copy of the database opens no door."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.store import events
from rtc_server.store.schema import session, sign_in

TOPIC = "sign_in"


@dataclass(frozen=True)
class SignInRow:
    person_id: str
    role: str
    is_disabled: bool
    created_at_ms: int
    used_at_ms: int
    ended_at_ms: int | None
    until_ms: int | None
    is_in_session: bool


async def add(
    connection: AsyncConnection,
    token_hash: bytes,
    person_id: str,
    now_ms: int,
    forget_before_ms: int,
    until_ms: int | None = None,
) -> None:
    """Store a new sign-in; this person's that were made before `forget_before_ms` are removed for good.

    With `until_ms` it ends then at the latest, whatever the settings allow.
    """
    await connection.execute(
        delete(sign_in).where(sign_in.c.person_id == person_id, sign_in.c.created_at_ms < forget_before_ms)
    )
    await connection.execute(
        insert(sign_in).values(
            token_hash=token_hash, person_id=person_id, created_at_ms=now_ms, used_at_ms=now_ms, until_ms=until_ms
        )
    )


async def find(connection: AsyncConnection, token_hash: bytes) -> SignInRow | None:
    is_in_session = exists().where(
        or_(session.c.client_id == sign_in.c.person_id, session.c.therapist_id == sign_in.c.person_id),
        session.c.ended_at_ms.is_(None),
    )
    query = (
        select(
            sign_in.c.person_id,
            person.c.role,
            person.c.is_disabled,
            sign_in.c.created_at_ms,
            sign_in.c.used_at_ms,
            sign_in.c.ended_at_ms,
            sign_in.c.until_ms,
            is_in_session,
        )
        .join(person, person.c.id == sign_in.c.person_id)
        .where(sign_in.c.token_hash == token_hash)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else SignInRow(*row)


async def touch(connection: AsyncConnection, token_hash: bytes, now_ms: int) -> None:
    await connection.execute(update(sign_in).where(sign_in.c.token_hash == token_hash).values(used_at_ms=now_ms))


async def end(connection: AsyncConnection, token_hash: bytes, person_id: str, now_ms: int) -> bool:
    """True when this call ended it. The event row tells the other processes, whose sockets must close too."""
    ended = await connection.execute(
        update(sign_in)
        .where(sign_in.c.token_hash == token_hash, sign_in.c.ended_at_ms.is_(None))
        .values(ended_at_ms=now_ms)
    )
    if ended.rowcount != 1:
        return False
    await events.append(connection, TOPIC, token_hash.hex(), 1, "signed_out", person_id, now_ms)
    return True


async def disabled_people(connection: AsyncConnection) -> Sequence[str]:
    return (await connection.execute(select(person.c.id).where(person.c.is_disabled.is_(True)))).scalars().all()
