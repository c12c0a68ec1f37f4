"""Operators are told that something waits for one of them, in the transaction of what waits.

Owns who is told and how often. Easy to break: nothing of what waits goes along. What comes within the same minutes is
told of in one mail, so that nobody can fill an operator's mailbox; a concern for somebody's safety alone is told of at
once and each time.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.outgoing.letters import Template
from rtc_server.store import mail, registry
from rtc_server.store.database import Store

Seals = Mapping[str, SealKey]  # by operator


class Desk:
    """`gather_s`: for so long what comes is gathered into one mail."""

    def __init__(self, store: Store, keys: KeyStore, gather_s: float) -> None:
        self._store = store
        self._keys = keys
        self._gather_ms = int(gather_s * 1000)

    async def seals(self) -> Seals:
        """What letters to all who work here as operators are sealed with; fetched before the transaction."""
        async with self._store.read() as connection:
            found = await registry.operators(connection)
        return {one: await self._keys.key_of(one) for one in found}

    async def tell(
        self, connection: AsyncConnection, seals: Seals, template: Template, link: str, now_ms: int, about: str = ""
    ) -> None:
        """With `about`, an id, at once; without, in the mail of these minutes."""
        until_ms = (now_ms // self._gather_ms + 1) * self._gather_ms
        for person_id, seal in seals.items():
            key = f"{template.value}:{about or until_ms}:{person_id}"
            due_at_ms = None if about else until_ms
            told = {"link": link}
            await mail.queue(connection, seal, person_id, template, told, key=key, now_ms=now_ms, due_at_ms=due_at_ms)
