"""An act that moves money, done once: a retry under the same key is answered what the first was answered.

Easy to break: the answer is written in the act's own transaction, so that an answer somebody has seen is there after
any crash, and one that nobody has seen moved nothing. The same key with another body is KeyReused.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.api.dispatch import HttpCall
from rtc_server.store import idempotency
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.types import View

V = TypeVar("V", bound=View)


async def once(
    store: Store, call: HttpCall, key: str, kind: type[V], act: Callable[[AsyncConnection, int], Awaitable[V]]
) -> V:
    """`act(connection, now_ms)` in one transaction with its answer, or the answer it had. Raises KeyReused."""
    person_id = call.viewer.person_id
    about = f"{call.request.method} {call.request.path}".encode()
    body_hash = hashlib.sha256(about + b"\0" + msgspec.json.encode(call.body)).digest()

    async def body(connection: AsyncConnection) -> V:
        known = await idempotency.answered(connection, person_id, key, body_hash)
        if known is not None:
            return msgspec.json.decode(known, type=kind)
        at_ms = now_ms()
        answer = await act(connection, at_ms)
        encoded = msgspec.json.encode(answer)
        await idempotency.remember_answer(connection, person_id, key, body_hash, encoded, at_ms)
        return answer

    return await store.write(body)
