"""Sign-ins as rows: only the SHA-256 of a token is stored, so a copy of the database opens no door."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person
from rtc_server.store import events
from rtc_server.store.account_schema import second_step
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
    has_second_step: bool


@dataclass(frozen=True)
class Listed:
    """A sign-in as its person sees it; never its token's hash."""

    token_hash: bytes
    created_at_ms: int
    used_at_ms: int
    address: str
    agent: str


async def add(
    connection: AsyncConnection,
    token_hash: bytes,
    person_id: str,
    now_ms: int,
    forget_before_ms: int,
    until_ms: int | None = None,
    *,
    address: str = "",
    agent: str = "",
) -> None:
    """Store a new sign-in; this person's that were made before `forget_before_ms` are removed for good.

    With `until_ms` it ends then at the latest, whatever the settings allow.
    """
    await connection.execute(
        delete(sign_in).where(sign_in.c.person_id == person_id, sign_in.c.created_at_ms < forget_before_ms)
    )
    await connection.execute(
        insert(sign_in).values(
            token_hash=token_hash,
            person_id=person_id,
            created_at_ms=now_ms,
            used_at_ms=now_ms,
            until_ms=until_ms,
            address=address,
            agent=agent,
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
            exists()
            .where(second_step.c.person_id == sign_in.c.person_id, second_step.c.confirmed_at_ms.is_not(None))
            .label("has_second_step"),
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


async def renew(connection: AsyncConnection, old: bytes, new: bytes, person_id: str, now_ms: int) -> bool:
    """The same sign-in under another token. The event row closes the sockets under the old one, here and elsewhere."""
    renewed = await connection.execute(
        update(sign_in).where(sign_in.c.token_hash == old, sign_in.c.ended_at_ms.is_(None)).values(token_hash=new)
    )
    if renewed.rowcount != 1:
        return False
    await events.append(connection, TOPIC, old.hex(), 1, "renewed", person_id, now_ms)
    return True


async def of_person(
    connection: AsyncConnection, person_id: str, made_after_ms: int, used_after_ms: int
) -> list[Listed]:
    query = (
        select(sign_in.c.token_hash, sign_in.c.created_at_ms, sign_in.c.used_at_ms, sign_in.c.address, sign_in.c.agent)
        .where(
            sign_in.c.person_id == person_id,
            sign_in.c.ended_at_ms.is_(None),
            sign_in.c.created_at_ms > made_after_ms,
            sign_in.c.used_at_ms > used_after_ms,
        )
        .order_by(sign_in.c.used_at_ms.desc())
    )
    return [Listed(*row) for row in await connection.execute(query)]


async def end_all(connection: AsyncConnection, person_id: str, but: bytes, now_ms: int) -> list[bytes]:
    """End all of somebody's but one; the hashes of those that this call ended."""
    query = select(sign_in.c.token_hash).where(
        sign_in.c.person_id == person_id, sign_in.c.ended_at_ms.is_(None), sign_in.c.token_hash != but
    )
    found = list((await connection.execute(query)).scalars())
    return [token_hash for token_hash in found if await end(connection, token_hash, person_id, now_ms)]


async def disabled_people(connection: AsyncConnection) -> Sequence[str]:
    return (await connection.execute(select(person.c.id).where(person.c.is_disabled.is_(True)))).scalars().all()
