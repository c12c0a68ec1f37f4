"""Signals between two web processes: sealed, at most once, on a Redis channel of their own.

A signal (SDP, candidates) holds addresses and is never stored, so Redis only ever sees ciphertext under a key of the
ring. A lost one is mended by the browsers' ICE restart. See docs/decisions/0002-signals-between-processes.md.
"""

import os
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rtc_server.adapters.redis_store import SIGNALS, RedisStore

NONCE_BYTES = 12


class SignalBus:
    def __init__(self, redis: RedisStore, key: bytes) -> None:
        self._redis = redis
        self._cipher = AESGCM(key)

    async def publish(self, message: bytes) -> None:
        nonce = os.urandom(NONCE_BYTES)
        await self._redis.publish(nonce + self._cipher.encrypt(nonce, message, None), channel=SIGNALS)

    async def listen(self) -> AsyncIterator[bytes]:
        """For ever. What does not open was not ours and is dropped."""
        async for sealed in self._redis.listen(SIGNALS):
            try:
                yield self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
            except (InvalidTag, ValueError):
                continue
