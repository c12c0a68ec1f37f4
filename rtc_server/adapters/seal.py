"""Sealing: one random 256-bit key per person, wrapped by a key ring, kept in a key store of its own.

Erasing a person is destroying that key. AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); the additional
data names table, row and column, so a ciphertext moved to another row does not open. Never log what is opened.
"""

import base64
import contextlib
import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import SealBroken
from rtc_server.store.database import Store, now_ms

NONCE_BYTES = 12
KEY_BYTES = 32
KEYS_CACHED_MAX = 10_000
KEYS_CACHED_S = 60.0  # a key that another process has destroyed opens nothing here after this

key_metadata = MetaData()
person_key = Table(
    "person_key",
    key_metadata,
    Column("person_id", Text, primary_key=True),
    Column("ring_version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)


class BadKeyRing(Exception):
    """SECRET_KEYS cannot be used; the message says why and never shows a key."""


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


@dataclass(frozen=True, repr=False)
class SealKey:
    """Seals and opens bytes for named places. Sync and cheap; get it before a transaction, use it inside."""

    _key: bytes

    def seal(self, plain: bytes, table: str, row_id: str, column: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, plain, _place(table, row_id, column))

    def open(self, sealed: bytes, table: str, row_id: str, column: str) -> bytes:
        """Raises SealBroken when the bytes were changed or belong to another row."""
        try:
            return AESGCM(self._key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(table, row_id, column))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"seal broken at {table}.{column} of {row_id}") from error

    def seal_text(self, text: str, table: str, row_id: str, column: str) -> bytes:
        return self.seal(text.encode(), table, row_id, column)

    def open_text(self, sealed: bytes, table: str, row_id: str, column: str) -> str:
        return self.open(sealed, table, row_id, column).decode()

    def for_session(self, session_id: str) -> "SealKey":
        """The key of one session's audio and utterances; it is all the recorder is ever given."""
        return SealKey(_derive(self._key, b"session:" + session_id.encode()))

    def export(self) -> str:
        """Base64, for the grant to the recorder (loopback or TLS only)."""
        return base64.b64encode(self._key).decode()

    @classmethod
    def imported(cls, text: str) -> "SealKey":
        return cls(base64.b64decode(text))


def _place(table: str, row_id: str, column: str) -> bytes:
    return f"{table}\0{row_id}\0{column}".encode()


class KeyRing:
    """Key-encryption keys by version; the highest seals, all open. `text` is `2:BASE64,1:BASE64`."""

    def __init__(self, text: str) -> None:
        self._keys: dict[int, bytes] = {}
        for part in filter(None, (part.strip() for part in text.replace("\n", ",").split(","))):
            version, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
                self._keys[int(version)] = key
            except ValueError as error:
                raise BadKeyRing("SECRET_KEYS must read VERSION:BASE64,…") from error
            if len(key) != KEY_BYTES:
                raise BadKeyRing(f"key {version} of SECRET_KEYS must be {KEY_BYTES} bytes")
        if not self._keys:
            raise BadKeyRing("SECRET_KEYS is empty")
        self.version = max(self._keys)
        self.oldest = min(self._keys)

    @staticmethod
    def generate() -> str:
        return "1:" + base64.b64encode(os.urandom(KEY_BYTES)).decode()

    def derive(self, purpose: str) -> bytes:
        """A 256-bit key for one purpose (addresses, audit chain, grants).

        From the lowest version, which therefore stays in the ring for good: addresses are found and the audit chain
        holds by it, and during a rotation processes with different rings still believe each other's grants.
        """
        return _derive(self._keys[self.oldest], b"purpose:" + purpose.encode())

    def wrap(self, key: bytes) -> tuple[int, bytes]:
        return self.version, aes_key_wrap(self._keys[self.version], key)

    def unwrap(self, version: int, wrapped: bytes) -> bytes:
        if version not in self._keys:
            raise SealBroken(f"key ring has no version {version}")
        try:
            return aes_key_unwrap(self._keys[version], wrapped)
        except InvalidUnwrap as error:
            raise SealBroken("a person's key does not unwrap with this key ring") from error


class KeyStore:
    """Every person's key. `key_of` is cached; call it before opening a transaction of the main database."""

    def __init__(self, store: Store, ring: KeyRing, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self.ring = ring
        self._clock = clock
        self._cache: OrderedDict[str, tuple[SealKey, float]] = OrderedDict()  # and until when

    async def migrate(self) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.run_sync(key_metadata.create_all)

        await self.store.write(body)

    async def create(self, person_id: str) -> SealKey:
        """Make a person's key; the existing one when there is one already."""
        version, wrapped = self.ring.wrap(os.urandom(KEY_BYTES))

        async def body(connection: AsyncConnection) -> None:
            await connection.execute(
                insert(person_key).values(
                    person_id=person_id, ring_version=version, wrapped=wrapped, created_at_ms=now_ms()
                )
            )

        with contextlib.suppress(IntegrityError, sqlite3.IntegrityError):
            await self.store.write(body)
        return await self.key_of(person_id)

    async def key_of(self, person_id: str) -> SealKey:
        """Raises SealBroken when the key was destroyed (the person was erased)."""
        key, until_s = self._cache.get(person_id, (None, 0.0))
        if key is not None and self._clock() < until_s:
            self._cache.move_to_end(person_id)
            return key
        async with self.store.read() as connection:
            row = (await connection.execute(select(person_key).where(person_key.c.person_id == person_id))).first()
        if row is None:
            self._cache.pop(person_id, None)
            raise SealBroken(f"no key for person {person_id}")
        key = SealKey(self.ring.unwrap(row.ring_version, row.wrapped))
        self._cache[person_id] = key, self._clock() + KEYS_CACHED_S
        self._cache.move_to_end(person_id)
        if len(self._cache) > KEYS_CACHED_MAX:
            self._cache.popitem(last=False)
        return key

    async def text_or_blank(self, person_id: str, sealed: bytes, table: str, row_id: str, column: str) -> str:
        """What this person's key opens; "" when it does not, because the person was erased."""
        try:
            return (await self.key_of(person_id)).open_text(sealed, table, row_id, column)
        except SealBroken:
            return ""

    def own(self) -> SealKey:
        """For what belongs to nobody who has a key: a mail to somebody without an account."""
        return SealKey(self.ring.derive("own"))

    async def rewrap(self) -> int:
        """Wrap every key with the ring's newest version; returns how many changed. May be repeated."""
        async with self.store.read() as connection:
            rows = (
                await connection.execute(select(person_key).where(person_key.c.ring_version != self.ring.version))
            ).all()
        for row in rows:
            version, wrapped = self.ring.wrap(self.ring.unwrap(row.ring_version, row.wrapped))

            async def body(
                connection: AsyncConnection,
                row_id: str = row.person_id,
                before: bytes = row.wrapped,
                version: int = version,
                wrapped: bytes = wrapped,
            ) -> None:
                # Not over a key that took its place meanwhile: the one that was destroyed would be back.
                await connection.execute(
                    update(person_key)
                    .where(person_key.c.person_id == row_id, person_key.c.wrapped == before)
                    .values(ring_version=version, wrapped=wrapped)
                )

            await self.store.write(body)
        return len(rows)

    async def erase(self, person_id: str) -> None:
        """Destroy the key: everything sealed with it is gone, backups older than their lifetime included."""

        async def body(connection: AsyncConnection) -> None:
            await connection.execute(delete(person_key).where(person_key.c.person_id == person_id))

        await self.store.write(body)
        await self.store.write_back()
        self.forget(person_id)

    async def replace(self, person_id: str) -> SealKey:
        """Destroy the key and give this person another one, so that what is left of them can still be read."""
        await self.erase(person_id)
        return await self.create(person_id)

    def forget(self, person_id: str) -> None:
        """Let go of a key that another process has destroyed."""
        self._cache.pop(person_id, None)
