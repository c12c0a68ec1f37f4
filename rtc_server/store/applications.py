"""A therapist's way to being approved, as rows. Owns table `application`, and `is_approved` on the card with it.

draft > sent > approved | refused; refused may be sent again. Easy to break: a decision names the version it was made
on, so that what was added meanwhile is never approved unread.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import therapist
from rtc_server.store import agreements
from rtc_server.store.papers_schema import application

ApplicationState = Literal["draft", "sent", "approved", "refused"]


@dataclass(frozen=True)
class Application:
    therapist_id: str
    state: ApplicationState
    version: int
    sent_at_ms: int | None
    decided_at_ms: int | None
    decided_by: str | None
    words_sealed: bytes | None


def _application(row: Row[Any]) -> Application:
    return Application(
        row.therapist_id,
        row.state,
        row.version,
        row.sent_at_ms,
        row.decided_at_ms,
        row.decided_by,
        row.words_sealed,
    )


async def begin(connection: AsyncConnection, therapist_id: str) -> None:
    await connection.execute(insert(application).values(therapist_id=therapist_id, state="draft", version=1))


async def find(connection: AsyncConnection, therapist_id: str) -> Application | None:
    row = (await connection.execute(select(application).where(application.c.therapist_id == therapist_id))).first()
    return None if row is None else _application(row)


async def newest(connection: AsyncConnection, limit: int) -> list[Application]:
    """Those that wait for a decision first, the longest wait first; drafts are nobody's but their therapist's."""
    query = (
        select(application)
        .where(application.c.state != "draft")
        .order_by(application.c.state != "sent", application.c.sent_at_ms)
        .limit(limit)
    )
    return [_application(row) for row in await connection.execute(query)]


async def send(connection: AsyncConnection, therapist_id: str, now_ms: int, conduct_version: str) -> bool:
    """With it the rules of conduct are accepted. False when it is not the therapist's turn."""
    changed = await connection.execute(
        update(application)
        .where(application.c.therapist_id == therapist_id, application.c.state.in_(("draft", "refused")))
        .values(state="sent", sent_at_ms=now_ms, version=application.c.version + 1)
    )
    if changed.rowcount != 1:
        return False
    await agreements.accept(connection, therapist_id, "conduct", conduct_version, now_ms)
    return True


async def is_open(connection: AsyncConnection, therapist_id: str) -> bool:
    """Whether its papers may still change."""
    found = await find(connection, therapist_id)
    return found is not None and found.state in ("draft", "refused")


async def decide(
    connection: AsyncConnection,
    therapist_id: str,
    version: int,
    *,
    is_approved: bool,
    words_sealed: bytes,
    by_id: str,
    now_ms: int,
) -> bool:
    """False when it has been decided, or sent anew, meanwhile."""
    changed = await connection.execute(
        update(application)
        .where(
            application.c.therapist_id == therapist_id,
            application.c.state == "sent",
            application.c.version == version,
        )
        .values(
            state="approved" if is_approved else "refused",
            version=version + 1,
            decided_at_ms=now_ms,
            decided_by=by_id,
            words_sealed=words_sealed,
        )
    )
    if changed.rowcount != 1:
        return False
    await connection.execute(
        update(therapist).where(therapist.c.person_id == therapist_id).values(is_approved=is_approved)
    )
    return True
