"""What people chose to be told, by which channel. Owns table `notice_choice`; without a row `DEFAULTS` holds."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.outgoing.letters import DEFAULTS, Channel, Notice
from rtc_server.store.schema import notice_choice

Choices = Mapping[tuple[Notice, Channel], bool]


async def choices(connection: AsyncConnection, person_id: str) -> Choices:
    """All that can be chosen."""
    query = select(notice_choice).where(notice_choice.c.person_id == person_id)
    chosen = {(row.notice, row.channel): bool(row.is_on) for row in await connection.execute(query)}
    return {pair: chosen.get(pair, is_on) for pair, is_on in DEFAULTS.items()}


async def choose(connection: AsyncConnection, person_id: str, pair: tuple[Notice, Channel], is_on: bool) -> None:
    notice, channel = pair
    mine = (
        notice_choice.c.person_id == person_id,
        notice_choice.c.notice == notice.value,
        notice_choice.c.channel == channel.value,
    )
    await connection.execute(delete(notice_choice).where(*mine))
    if DEFAULTS[pair] is not is_on:
        row = {"person_id": person_id, "notice": notice.value, "channel": channel.value, "is_on": is_on}
        await connection.execute(insert(notice_choice).values(**row))
