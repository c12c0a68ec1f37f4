"""Who is signed in: passwords, opaque tokens, their ends, and patience with those who guess.

Owns table `sign_in` and all password hashing. Knows no HTTP and no wire. Easy to break: an unknown address, a wrong
password and a disabled person take the same time and get the same answer; a token is kept nowhere, only its SHA-256;
every check reads the row, so that signing out or disabling somebody counts at once.
"""

import asyncio
import hashlib
import logging
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import argon2
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from rtc_server.errors import CodeNeeded, NotSignedIn, StorageRefused, TooOften, WrongCode, WrongPassword
from rtc_server.people.second_step import NOT_RIGHT, SecondStep
from rtc_server.store import audit, sign_ins
from rtc_server.store.database import Store, now_ms

log = logging.getLogger(__name__)

COOKIE = "__Host-sign-in"
TOKEN_BYTES = 32
TOUCH_MS = 60_000
BACKOFF_S_MAX = 3_600.0
GUESSERS_MAX = 100_000
# One person may be guessed at from many addresses, and many people from one: those two counts are this much more
# patient, so that neither a clinic behind one address nor the person guessed at is shut out by a handful of typos.
WIDE_FACTOR = 10

# OWASP's argon2id with 46 MiB and one pass: about 70 ms here. The library's default takes 190 ms.
_hasher = argon2.PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)

Publish = Callable[[str, str, int], Awaitable[None]]  # topic, id, version


def hash_password(password: str) -> str:
    """Blocks for tens of milliseconds; on the event loop use `asyncio.to_thread`."""
    return _hasher.hash(password)


def token_hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True)
class Viewer:
    """Somebody signed in. `token_hash` names the sign-in: its sockets close when it ends.

    `must_enrol`: they have to set up their second step before anything else opens.
    """

    person_id: str
    role: str
    token_hash: bytes
    must_enrol: bool = False


class Patience:
    """Failures per key and the time until which each key has to wait; forgotten an hour after the last failure."""

    def __init__(self, tries: int, backoff_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries = tries
        self._backoff_s = backoff_s
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # count, time of the last

    def wait_s(self, key: str) -> float:
        count, last = self._failures.get(key, (0, 0.0))
        if count < self._tries:
            return 0.0
        backoff_s = min(BACKOFF_S_MAX, self._backoff_s * 2.0 ** min(count - self._tries, 30))
        return max(0.0, last + backoff_s - self._clock())

    def failed(self, key: str) -> None:
        now = self._clock()
        count, last = self._failures.pop(key, (0, now))
        self._failures[key] = (1 if now - last > BACKOFF_S_MAX else count + 1, now)
        if len(self._failures) > GUESSERS_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)


class Auth:
    """One per process. Durations in seconds. `second_step_for`: the roles that may not do without a second step.

    `publish(topic, id, version)` tells the other processes after a commit and does not raise. Callbacks in
    `on_sign_out` get the viewer whose sign-in has ended in this process.
    """

    def __init__(
        self,
        store: Store,
        people: People,
        publish: Publish,
        audit_key: bytes,
        second_step: SecondStep,
        *,
        second_step_for: frozenset[str],
        tries: int,
        backoff_s: float,
        idle_s: float,
        max_s: float,
    ) -> None:
        self._store = store
        self._people = people
        self._publish = publish
        self._audit_key = audit_key
        self.second_step = second_step
        self._second_step_for = second_step_for
        self._idle_ms = int(idle_s * 1000)
        self._max_ms = int(max_s * 1000)
        self._pair = Patience(tries, backoff_s)
        self._wide = Patience(tries * WIDE_FACTOR, backoff_s)
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)
        self._nobody_hash: str | None = None
        self.on_sign_out: list[Callable[[Viewer], Awaitable[None]]] = []

    async def sign_in(
        self, email: str, password: str, address: str, *, code: str = "", agent: str = ""
    ) -> tuple[str, Viewer]:
        """A new token and who it is. Raises WrongPassword, CodeNeeded, WrongCode, or TooOften with the time to wait."""
        who = self._people.email_hash(email).hex()
        pair, person, place = f"{who} {address}", f"person {who}", f"address {address}"
        self._be_patient(pair, person, place)
        async with self._cores:
            # Looked at again: those who waited here together may have used up the tries meanwhile.
            self._be_patient(pair, person, place)
            found = await self._matches(email, password)
            if found is None:
                self._failed(pair, person, place)
                raise WrongPassword("That e-mail address and password do not go together.")
        person_id, role = found
        has_second_step = await self.second_step.is_on(person_id)
        if has_second_step and not code:
            raise CodeNeeded("Please type the code from your authenticator app as well.")
        if has_second_step and not await self.second_step.use(person_id, code):
            self._failed(pair, person, place)
            raise WrongCode(NOT_RIGHT)
        self._pair.succeeded(pair)
        return await self.admit(person_id, role, address, agent)

    def needs_second_step(self, role: str) -> bool:
        return role in self._second_step_for

    async def hashed(self, password: str) -> str:
        """The hash of a new password; holds a core while it is made."""
        async with self._cores:
            return await asyncio.to_thread(hash_password, password)

    async def admit(self, person_id: str, role: str, address: str, agent: str) -> tuple[str, Viewer]:
        """A sign-in for somebody who has proved who they are. `agent`: their browser, as they read it in their list."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        must_enrol = role in self._second_step_for and not await self.second_step.is_on(person_id)
        viewer = Viewer(person_id, role, token_hash_of(token), must_enrol)
        await self._store.write(self._add, viewer, address, agent)
        return token, viewer

    async def check_password(self, viewer: Viewer, password: str, address: str) -> None:
        """The present password, before something that a page left open must not be enough for.

        Raises WrongPassword, or TooOften with the time to wait.
        """
        email = await self._people.email(viewer.person_id)
        who = self._people.email_hash(email).hex()
        pair, person, place = f"{who} {address}", f"person {who}", f"address {address}"
        self._be_patient(pair, person, place)
        async with self._cores:
            self._be_patient(pair, person, place)
            if await self._matches(email, password) is None:
                self._failed(pair, person, place)
                raise WrongPassword("That is not your present password.")
        self._pair.succeeded(pair)

    def _failed(self, pair: str, person: str, place: str) -> None:
        self._pair.failed(pair)
        self._wide.failed(person)
        self._wide.failed(place)

    async def _add(self, connection: AsyncConnection, viewer: Viewer, address: str, agent: str) -> None:
        now, person_id = now_ms(), viewer.person_id
        await sign_ins.add(
            connection, viewer.token_hash, person_id, now, now - self._max_ms, address=address, agent=agent
        )
        await audit.append(connection, self._audit_key, person_id, "person:sign_in", person_id, address, now)

    async def viewer(self, token: str) -> Viewer | None:
        """Who holds this token; None when it is unknown, ended, too old, unused too long, or they are disabled."""
        return await self.viewer_of(token_hash_of(token))

    async def viewer_of(self, token_hash: bytes, *, is_use: bool = True) -> Viewer | None:
        """As `viewer`, for a socket that kept the hash; `is_use=False` looks without counting as use."""
        async with self._store.read() as connection:
            row = await sign_ins.find(connection, token_hash)
        now = now_ms()
        if row is None or row.ended_at_ms is not None or row.is_disabled or now - row.created_at_ms >= self._max_ms:
            return None
        if row.until_ms is not None and now >= row.until_ms:
            return None
        # In a session nobody clicks for an hour: being idle never ends a live call.
        if now - row.used_at_ms >= self._idle_ms and not row.is_in_session:
            return None
        if is_use and now - row.used_at_ms >= min(TOUCH_MS, self._idle_ms // 2):
            try:
                await self._store.write(sign_ins.touch, token_hash, now)
            except StorageRefused:
                log.warning("the use of a sign-in was not stored: the database takes nothing now")
        must_enrol = row.role in self._second_step_for and not row.has_second_step
        return Viewer(row.person_id, row.role, token_hash, must_enrol)

    async def sign_out(self, viewer: Viewer) -> None:
        """End this sign-in everywhere; may be repeated."""
        if not await self._store.write(sign_ins.end, viewer.token_hash, viewer.person_id, now_ms()):
            return
        await self._tell(viewer)

    async def sign_out_token(self, token: str) -> None:
        """Whoever was signed in at this browser before is not any more: their sockets must not stay open."""
        former = await self.viewer(token) if token else None
        if former is not None:
            await self.sign_out(former)

    async def renew(self, viewer: Viewer) -> tuple[str, Viewer]:
        """Go on with this sign-in under a new token; the old one opens nothing any more. Raises NotSignedIn.

        Nothing is published: sockets under the old token close at the next poll of the event rows, when the answer
        has brought the page its new cookie. Closed at once, the page would come back with the old one and be out.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        renewed = Viewer(viewer.person_id, viewer.role, token_hash_of(token))
        if not await self._store.write(
            sign_ins.renew, viewer.token_hash, renewed.token_hash, viewer.person_id, now_ms()
        ):
            raise NotSignedIn
        return token, renewed

    async def sign_ins(self, person_id: str) -> list[sign_ins.Listed]:
        """Those that still open something, the last used first."""
        now = now_ms()
        async with self._store.read() as connection:
            return await sign_ins.of_person(connection, person_id, now - self._max_ms, now - self._idle_ms)

    async def sign_out_all(self, viewer: Viewer, *, but_this: bool) -> int:
        """End this person's sign-ins everywhere; how many there were."""
        kept = viewer.token_hash if but_this else b""
        ended = await self._store.write(sign_ins.end_all, viewer.person_id, kept, now_ms())
        for token_hash in ended:
            await self._tell(Viewer(viewer.person_id, viewer.role, token_hash))
        return len(ended)

    async def sign_out_person(self, person_id: str) -> None:
        """End every sign-in of somebody, whoever asks."""
        await self.sign_out_all(Viewer(person_id, "", b""), but_this=False)

    async def _tell(self, ended: Viewer) -> None:
        await self._publish(sign_ins.TOPIC, ended.token_hash.hex(), 1)
        for callback in self.on_sign_out:
            await callback(ended)

    def _be_patient(self, pair: str, person: str, place: str) -> None:
        wait_s = max(self._pair.wait_s(pair), self._wide.wait_s(person), self._wide.wait_s(place))
        if wait_s > 0:
            raise TooOften("Too many tries. Please wait a little and try again.", retry_after_s=wait_s)

    async def _matches(self, email: str, password: str) -> tuple[str, str] | None:
        """Id and role when the password is right and the person may come in. Holds a core while it hashes."""
        found = await self._people.by_email(email)
        if self._nobody_hash is None:
            self._nobody_hash = await asyncio.to_thread(hash_password, secrets.token_urlsafe())
        stored = self._nobody_hash if found is None else found[1]
        is_right = await asyncio.to_thread(_verify, stored, password)
        if found is None or not is_right or found[0].is_disabled:
            return None
        person = found[0]
        if _hasher.check_needs_rehash(stored):
            await self._people.set_password_hash(person.id, await asyncio.to_thread(hash_password, password))
        return person.id, person.role


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
