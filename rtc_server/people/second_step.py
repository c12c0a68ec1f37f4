"""The second step of signing in: time-based codes (RFC 6238) and the recovery codes beside them.

Owns what a code is; the rows are `store/second_steps.py`. Knows no HTTP. Easy to break: a code is used up by being
right, also one that was only shown over a shoulder; codes of the step before and after are taken, for clocks that
differ, and none of them twice.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pyotp

from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import SecondStepOn, WrongCode
from rtc_server.store import second_steps
from rtc_server.store.database import Store, now_ms

ISSUER = "Quick Connect"
STEP_MS = 30_000
RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
RECOVERY_LENGTH = 10
NOT_RIGHT = "That code is not right. Each code works once; wait for the next one and try again."


@dataclass(frozen=True, repr=False)
class Seed:
    """What an authenticator app is told, as a link (for a QR code) and for typing."""

    text: str
    link: str


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def matching_step(seed: str, code: str, at_ms: int) -> int | None:
    """The step, within one of now, whose code this is."""
    now = at_ms // STEP_MS
    wanted = _plain(code).encode()
    generator = pyotp.TOTP(seed)
    # All three are computed, so that the time taken does not tell which one it was.
    steps = [
        step
        for step in (now - 1, now, now + 1)
        if hmac.compare_digest(generator.at(step * STEP_MS // 1000).encode(), wanted)
    ]
    return steps[0] if steps else None


class SecondStep:
    """One per process. `key` is `ring.derive("recovery")`."""

    def __init__(self, store: Store, keys: KeyStore, key: bytes, clock_ms: Callable[[], int] = now_ms) -> None:
        self._store = store
        self._keys = keys
        self._key = key
        self._clock_ms = clock_ms

    async def begin(self, person_id: str, label: str) -> Seed:
        """A new seed, not asked for before `confirm`. Raises SecondStepOn."""
        text = pyotp.random_base32()
        key = await self._keys.key_of(person_id)
        sealed = key.seal_text(text, "second_step", person_id, "seed_sealed")
        if not await self._store.write(second_steps.begin, person_id, sealed):
            raise SecondStepOn("The second step is on already.")
        return Seed(text, pyotp.TOTP(text).provisioning_uri(name=label, issuer_name=ISSUER))

    async def confirm(self, person_id: str, code: str) -> list[str]:
        """Turn it on by its first code; the recovery codes, which are told this once. Raises WrongCode."""
        seed = await self._seed(person_id, is_confirmed=False)
        step = None if seed is None else matching_step(seed, code, self._clock_ms())
        if step is None:
            raise WrongCode(NOT_RIGHT)
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        hashes = [self._hash(person_id, made) for made in codes]
        if not await self._store.write(second_steps.confirm, person_id, step, hashes, self._clock_ms()):
            raise WrongCode(NOT_RIGHT)
        return codes

    async def is_on(self, person_id: str) -> bool:
        async with self._store.read() as connection:
            return await second_steps.seed_sealed(connection, person_id, is_confirmed=True) is not None

    async def recovery_left(self, person_id: str) -> int:
        async with self._store.read() as connection:
            return await second_steps.recovery_left(connection, person_id)

    async def use(self, person_id: str, code: str) -> bool:
        """Whether this code is right, and never was before; it is used up with that."""
        if len(_plain(code)) == RECOVERY_LENGTH:
            hashed = self._hash(person_id, code)
            return await self._store.write(second_steps.use_recovery, person_id, hashed, self._clock_ms())
        seed = await self._seed(person_id, is_confirmed=True)
        step = None if seed is None else matching_step(seed, code, self._clock_ms())
        return step is not None and await self._store.write(second_steps.use_step, person_id, step)

    async def new_recovery_codes(self, person_id: str) -> list[str]:
        """In place of the ones before, which open nothing any more."""
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        hashes = [self._hash(person_id, made) for made in codes]
        await self._store.write(second_steps.replace_recovery, person_id, hashes)
        return codes

    async def turn_off(self, person_id: str) -> bool:
        return await self._store.write(second_steps.remove, person_id)

    async def _seed(self, person_id: str, *, is_confirmed: bool) -> str | None:
        async with self._store.read() as connection:
            sealed = await second_steps.seed_sealed(connection, person_id, is_confirmed=is_confirmed)
        if sealed is None:
            return None
        key = await self._keys.key_of(person_id)
        return key.open_text(sealed, "second_step", person_id, "seed_sealed")

    def _hash(self, person_id: str, code: str) -> bytes:
        return hmac.new(self._key, f"{person_id} {_plain(code)}".encode(), hashlib.sha256).digest()


def _new_recovery_code() -> str:
    letters = "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"
