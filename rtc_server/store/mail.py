"""E-mail: queued in the transaction of the step it tells of, and the lease under which one is sent.

Owns table `mail`. `queue` is the one door for everybody who has something to tell. Easy to break: what a mail says is
kept as facts sealed under a person's key, so the key must be fetched before the transaction; who reads the row sees
the template's name and nothing else.
"""

import json
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.outgoing.letters import TEXTS, Attachment, Channel, Facts, Template, check
from rtc_server.outgoing.sending import Fact, SendState
from rtc_server.store import sending
from rtc_server.store.schema import mail

NOT_WANTED = "not_wanted"  # its receiver chose so
UNDONE = frozenset({SendState.QUEUED, SendState.SENDING})


@dataclass(frozen=True)
class Content:
    """What is sealed. `address`: where it goes when that is not its person's own address."""

    facts: Facts
    address: str | None
    attachment: Attachment | None


@dataclass(frozen=True)
class Mail:
    id: str
    key: str
    template: Template
    channel: Channel
    person_id: str | None
    state: SendState
    reason: str
    tries: int
    content_sealed: bytes | None
    created_at_ms: int
    due_at_ms: int
    changed_at_ms: int

    def open(self, seal: SealKey) -> Content | None:
        """None when it has been sent and is kept no longer. Raises SealBroken."""
        if self.content_sealed is None:
            return None
        found = json.loads(seal.open_text(self.content_sealed, "mail", self.id, "content_sealed"))
        attachment = None if found["attachment"] is None else Attachment(**found["attachment"])
        return Content(found["facts"], found["address"], attachment)


def _mail(row: Row[Any]) -> Mail:
    return Mail(
        id=row.id,
        key=row.key,
        template=Template(row.template),
        channel=Channel(row.channel),
        person_id=row.person_id,
        state=SendState(row.state),
        reason=row.reason,
        tries=row.tries,
        content_sealed=row.content_sealed,
        created_at_ms=row.created_at_ms,
        due_at_ms=row.due_at_ms,
        changed_at_ms=row.changed_at_ms,
    )


async def queue(
    connection: AsyncConnection,
    seal: SealKey,
    person_id: str | None,
    template: Template,
    facts: Facts,
    *,
    key: str,
    now_ms: int,
    due_at_ms: int | None = None,
    dies_at_ms: int | None = None,
    address: str | None = None,
    attachment: Attachment | None = None,
) -> None:
    """Queue one e-mail to a person in the caller's open transaction; the same `key` is the same mail, queued once.

    `seal` is `await keys.key_of(person_id)`, fetched before the transaction. `facts` are those the template's form
    names (`letters.FORMS`), raises WrongFacts else; "zone" may be added, the receiver's own. Whether the person wants
    to be told is asked when it is due; a template of `letters.TEXTS` goes as a text too to whoever chose that.
    `address` sends it elsewhere: to somebody who has no account yet, under the key of whoever invites them, or with
    `person_id` None under `keys.own()`. `due_at_ms` None is now; `dies_at_ms` None is MAIL_LATE_S after that.
    """
    check(template, facts)
    assert person_id is not None or address is not None, "a mail goes to somebody"
    content = json.dumps(asdict(Content(dict(facts), address, attachment)))
    for channel in (Channel.EMAIL, Channel.SMS) if template in TEXTS else (Channel.EMAIL,):
        mail_id = str(uuid.uuid4())
        row = {
            "id": mail_id,
            "key": _key(key, channel),
            "template": template.value,
            "channel": channel.value,
            "person_id": person_id,
            "state": SendState.QUEUED.value,
            "content_sealed": seal.seal_text(content, "mail", mail_id, "content_sealed"),
            "created_at_ms": now_ms,
            "wanted_at_ms": now_ms if due_at_ms is None else due_at_ms,
            "due_at_ms": now_ms if due_at_ms is None else due_at_ms,
            "dies_at_ms": dies_at_ms,
            "changed_at_ms": now_ms,
        }
        await sending.add_once(connection, mail, [row])


def _key(key: str, channel: Channel) -> str:
    return key if channel is Channel.EMAIL else f"{key}:{channel}"


async def drop(connection: AsyncConnection, key: str, reason: str, now_ms: int) -> None:
    """What it would tell is no longer so; nothing when it has gone or was never queued."""
    query = select(mail.c.id).where(mail.c.key.in_([_key(key, channel) for channel in Channel]))
    for found in (await connection.execute(query)).scalars().all():
        await sending.note(connection, mail, [found], Fact.OUTDATED, now_ms, reason=reason, content_sealed=None)


# Sending


async def due(connection: AsyncConnection, now_ms: int, limit: int) -> list[Mail]:
    query = (
        select(mail)
        .where(mail.c.state == SendState.QUEUED.value, mail.c.due_at_ms <= now_ms)
        .order_by(mail.c.due_at_ms, mail.c.id)
        .limit(limit)
    )
    return [_mail(row) for row in await connection.execute(query)]


async def claim(connection: AsyncConnection, mail_id: str, worker: str, now_ms: int, lease_until_ms: int) -> bool:
    """True for the one worker that may send it now."""
    return await sending.note(
        connection,
        mail,
        [mail_id],
        Fact.CLAIMED,
        now_ms,
        worker=worker,
        tries=mail.c.tries + 1,
        lease_until_ms=lease_until_ms,
    )


async def settle(
    connection: AsyncConnection,
    found: Mail,
    fact: Fact,
    now_ms: int,
    *,
    reason: str = "",
    due_at_ms: int | None = None,
    is_kept: bool = True,
) -> bool:
    """Note what became of it; False when it has moved on. `is_kept` False: what it said is forgotten."""
    values: dict[str, Any] = {"reason": reason}
    if due_at_ms is not None:
        values["due_at_ms"] = due_at_ms
    if not is_kept:
        values["content_sealed"] = None
    return await sending.note(connection, mail, [found.id], fact, now_ms, **values)


async def overdue(connection: AsyncConnection, now_ms: int) -> list[Mail]:
    """What a worker had begun to send when it died."""
    query = select(mail).where(mail.c.state == SendState.SENDING.value, mail.c.lease_until_ms < now_ms)
    return [_mail(row) for row in await connection.execute(query)]


async def late(connection: AsyncConnection, now_ms: int, late_ms: int) -> list[str]:
    """Ids of what has waited too long to be sent."""
    query = select(mail.c.id).where(
        mail.c.state == SendState.QUEUED.value,
        mail.c.due_at_ms <= now_ms,
        func.coalesce(mail.c.dies_at_ms, mail.c.wanted_at_ms + late_ms) <= now_ms,
    )
    return list((await connection.execute(query)).scalars())


async def give_up(connection: AsyncConnection, ids: list[str], reason: str, now_ms: int) -> None:
    """They are not sent at all."""
    for mail_id in ids:
        await sending.note(connection, mail, [mail_id], Fact.OUTDATED, now_ms, reason=reason, content_sealed=None)


async def forget(connection: AsyncConnection, before_ms: int) -> int:
    """Delete what was done with before this instant; returns how many."""
    over = mail.c.state.not_in([state.value for state in UNDONE])
    gone = await connection.execute(delete(mail).where(over, mail.c.changed_at_ms < before_ms))
    return int(gone.rowcount)


async def newest(connection: AsyncConnection, limit: int) -> list[Mail]:
    """For the operator. A text that nobody chose is not worth reading."""
    is_unchosen = (mail.c.channel == Channel.SMS.value) & mail.c.reason.in_(("", NOT_WANTED)) & (mail.c.tries == 0)
    query = select(mail).where(~is_unchosen).order_by(mail.c.created_at_ms.desc()).limit(limit)
    return [_mail(row) for row in await connection.execute(query)]
