"""The outbox: texts written in the transaction of the step they tell of, and the lease under which one is sent.

Owns the tables `outbox` and `reachable`. Knows no provider and no number in the clear. Easy to break: a state is only
ever left by way of `sending.note`.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.outgoing.alerts import Draft, Kind, Reachable
from rtc_server.outgoing.sending import Fact, SendState, sources
from rtc_server.pool import State
from rtc_server.store import duty, sending
from rtc_server.store.schema import outbox, reachable, request


@dataclass(frozen=True)
class Text:
    id: str
    kind: Kind
    request_id: str
    person_id: str
    state: SendState
    reason: str
    tries: int
    number_sealed: bytes | None
    provider_id: str
    created_at_ms: int
    due_at_ms: int
    sent_at_ms: int | None
    changed_at_ms: int


def _text(row: Row[Any]) -> Text:
    return Text(
        id=row.id,
        kind=Kind(row.kind),
        request_id=row.request_id,
        person_id=row.person_id,
        state=SendState(row.state),
        reason=row.reason,
        tries=row.tries,
        number_sealed=row.number_sealed,
        provider_id=row.provider_id,
        created_at_ms=row.created_at_ms,
        due_at_ms=row.due_at_ms,
        sent_at_ms=row.sent_at_ms,
        changed_at_ms=row.changed_at_ms,
    )


# Who wants texts


async def reachable_therapists(connection: AsyncConnection, therapist_id: str | None = None) -> list[Reachable]:
    """Approved therapists who want texts: all of them, or that one alone."""
    query = select(reachable).where(reachable.c.is_on.is_(True))
    if therapist_id is not None:
        query = query.where(reachable.c.therapist_id == therapist_id)
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    texted = {row.therapist_id: int(row.texted_at_ms) for row in rows}
    return [Reachable(facts, texted[facts.id]) for facts in await duty.approved(connection, texted)]


async def is_reachable(connection: AsyncConnection, therapist_id: str) -> bool:
    query = select(reachable.c.is_on).where(reachable.c.therapist_id == therapist_id)
    return bool((await connection.execute(query)).scalar_one_or_none())


async def set_reachable(connection: AsyncConnection, therapist_id: str, is_on: bool) -> None:
    changed = await connection.execute(
        update(reachable).where(reachable.c.therapist_id == therapist_id).values(is_on=is_on)
    )
    if changed.rowcount == 0:
        await connection.execute(insert(reachable).values(therapist_id=therapist_id, is_on=is_on, texted_at_ms=0))


async def take_slot(connection: AsyncConnection, therapist_id: str, now_ms: int, free_before_ms: int) -> bool:
    """Move the therapist's last "waiting" text to now, unless one went after `free_before_ms`."""
    taken = await connection.execute(
        update(reachable)
        .where(
            reachable.c.therapist_id == therapist_id,
            or_(reachable.c.texted_at_ms == 0, reachable.c.texted_at_ms <= free_before_ms),
        )
        .values(texted_at_ms=now_ms)
    )
    return taken.rowcount == 1


async def free_slot(connection: AsyncConnection, text: Text, now_ms: int) -> None:
    """The "waiting" text that held the therapist's slot did not go: the next one may."""
    freed = await connection.execute(
        update(reachable)
        .where(reachable.c.therapist_id == text.person_id, reachable.c.texted_at_ms == text.sent_at_ms)
        .values(texted_at_ms=0)
    )
    if freed.rowcount:
        await connection.execute(
            update(outbox)
            .where(
                outbox.c.person_id == text.person_id,
                outbox.c.kind == Kind.WAITING.value,
                outbox.c.state == SendState.QUEUED.value,
                outbox.c.due_at_ms > now_ms,
            )
            .values(due_at_ms=now_ms)
        )


# Writing


async def add(connection: AsyncConnection, drafts: Iterable[Draft], now_ms: int) -> None:
    """Queue texts; one whose key is known is the same text and stays as it is."""
    rows = [
        {
            "id": str(uuid.uuid4()),
            "key": draft.key,
            "kind": draft.kind.value,
            "request_id": draft.request_id,
            "person_id": draft.person_id,
            "state": SendState.QUEUED.value,
            "created_at_ms": now_ms,
            "due_at_ms": draft.due_at_ms,
            "dies_at_ms": draft.dies_at_ms,
            "changed_at_ms": now_ms,
        }
        for draft in drafts
    ]
    if not rows:
        return
    await sending.add_once(connection, outbox, rows)


async def of_request(connection: AsyncConnection, request_id: str, kind: Kind) -> list[Text]:
    query = select(outbox).where(outbox.c.request_id == request_id, outbox.c.kind == kind.value)
    return [_text(row) for row in await connection.execute(query)]


async def caused_by(connection: AsyncConnection, client_id: str, since_ms: int) -> int:
    """How many "waiting" texts this client's requests have caused since, but for those dropped before they went."""
    query = (
        select(func.count())
        .select_from(outbox.join(request, request.c.id == outbox.c.request_id))
        .where(
            outbox.c.created_at_ms > since_ms,
            request.c.client_id == client_id,
            outbox.c.kind == Kind.WAITING.value,
            outbox.c.state != SendState.DROPPED.value,
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def drop_waiting(connection: AsyncConnection, request_id: str, now_ms: int) -> None:
    """The request has closed: its "waiting" texts that have not gone are dropped."""
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.request_id == request_id,
            outbox.c.kind == Kind.WAITING.value,
            outbox.c.state.in_(sources(Fact.OUTDATED)),
        )
        .values(state=SendState.DROPPED.value, reason="closed", changed_at_ms=now_ms)
    )


# Sending


async def due(connection: AsyncConnection, now_ms: int, limit: int) -> list[Text]:
    """What may be sent now, oldest first. While a therapist holds a request its "waiting" texts rest."""
    held = select(request.c.id).where(request.c.id == outbox.c.request_id, request.c.state == State.ACCEPTED.value)
    query = (
        select(outbox)
        .where(outbox.c.state == SendState.QUEUED.value, outbox.c.due_at_ms <= now_ms)
        .where(or_(outbox.c.kind != Kind.WAITING.value, ~held.exists()))
        .order_by(outbox.c.due_at_ms, outbox.c.id)
        .limit(limit)
    )
    return [_text(row) for row in await connection.execute(query)]


async def load(connection: AsyncConnection, text_id: str) -> Text | None:
    row = (await connection.execute(select(outbox).where(outbox.c.id == text_id))).first()
    return None if row is None else _text(row)


async def of_key(connection: AsyncConnection, key: str) -> Text | None:
    row = (await connection.execute(select(outbox).where(outbox.c.key == key))).first()
    return None if row is None else _text(row)


async def claim(
    connection: AsyncConnection, text_id: str, worker: str, number_sealed: bytes, now_ms: int, lease_until_ms: int
) -> bool:
    """True for the one worker that may send this text now."""
    return await sending.note(
        connection,
        outbox,
        [text_id],
        Fact.CLAIMED,
        now_ms,
        worker=worker,
        number_sealed=number_sealed,
        tries=outbox.c.tries + 1,
        sent_at_ms=now_ms,
        lease_until_ms=lease_until_ms,
    )


async def drop(connection: AsyncConnection, text_ids: Sequence[str], reason: str, now_ms: int) -> None:
    await sending.note(connection, outbox, text_ids, Fact.OUTDATED, now_ms, reason=reason)


async def postpone(connection: AsyncConnection, text_id: str, due_at_ms: int) -> None:
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == text_id, outbox.c.state == SendState.QUEUED.value)
        .values(due_at_ms=due_at_ms)
    )


async def settle(
    connection: AsyncConnection,
    text_id: str,
    fact: Fact,
    now_ms: int,
    *,
    reason: str = "",
    provider_id: str | None = None,
    due_at_ms: int | None = None,
) -> bool:
    """Note what became of a text; False when it has moved on and this is no news."""
    values: dict[str, Any] = {"reason": reason}
    if provider_id is not None:
        values["provider_id"] = provider_id
    if due_at_ms is not None:
        values["due_at_ms"] = due_at_ms
    return await sending.note(connection, outbox, [text_id], fact, now_ms, **values)


async def overdue(connection: AsyncConnection, now_ms: int) -> list[Text]:
    """Texts that a worker had begun to send when it died: whether they went out is unclear."""
    query = select(outbox).where(outbox.c.state == SendState.SENDING.value, outbox.c.lease_until_ms < now_ms)
    return [_text(row) for row in await connection.execute(query)]


async def count_late(connection: AsyncConnection, now_ms: int) -> int:
    query = select(func.count()).where(outbox.c.state == SendState.QUEUED.value, outbox.c.dies_at_ms <= now_ms)
    return int((await connection.execute(query)).scalar_one())


async def drop_late(connection: AsyncConnection, now_ms: int) -> None:
    await connection.execute(
        update(outbox)
        .where(outbox.c.state == SendState.QUEUED.value, outbox.c.dies_at_ms <= now_ms)
        .values(state=SendState.DROPPED.value, reason="late", changed_at_ms=now_ms)
    )


async def newest(connection: AsyncConnection, limit: int) -> list[Text]:
    """For the operator. Those not sent because a page was open anyway are not worth reading."""
    query = select(outbox).where(outbox.c.reason != "page_open").order_by(outbox.c.created_at_ms.desc()).limit(limit)
    return [_text(row) for row in await connection.execute(query)]
