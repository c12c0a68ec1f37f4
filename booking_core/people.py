"""People and therapists' public cards: who exists, found by id or by e-mail address.

Owns the tables `person` and `therapist`. Knows no sign-ins and no sockets. Easy to break: what a person told us about
themselves stands sealed in `private_sealed` only, under their own key; never write any of it to another column or log
it. The cached `Person` may be old in `is_disabled`, so whoever decides on access reads the row (`rtc_server.auth`).
"""

import hashlib
import hmac
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import calendars, wallet
from booking_core.errors import EmailTaken, PersonNotFound
from booking_core.matching import Gender
from booking_core.schema import person as person_table
from booking_core.schema import therapist as therapist_table

P = ParamSpec("P")
T = TypeVar("T")
PEOPLE_CACHED_MAX = 10_000
ERASED_NAME = "Erased client"
PEOPLE_CACHED_S = 60.0  # names changed in another process are seen here after this at the latest


class OwnerKey(Protocol):
    def seal_text(self, text: str, table: str, row_id: str, column: str) -> bytes: ...

    def open_text(self, sealed: bytes, table: str, row_id: str, column: str) -> str: ...


class Keys(Protocol):
    """One key per person; the calls use a database of their own, so they stay outside our transactions."""

    async def create(self, person_id: str) -> OwnerKey: ...

    async def key_of(self, person_id: str) -> OwnerKey: ...

    async def replace(self, person_id: str) -> OwnerKey: ...


class Store(Protocol):
    async def write(
        self, body: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


@dataclass(frozen=True)
class Person:
    id: str
    role: str
    email: str
    first_name: str
    last_name: str
    is_disabled: bool
    date_of_birth: str | None  # ISO date
    phone: str | None

    @property
    def is_erased(self) -> bool:
        return not self.email


@dataclass(frozen=True)
class TherapistProfile:
    """What stands on a therapist's card, and the terms they work on. The names here are public."""

    first_name: str
    last_name: str
    title: str
    experience_years: int
    gender: Gender
    languages: tuple[str, ...]
    areas: tuple[str, ...]
    bio: str
    photo: str | None
    is_approved: bool
    transcripts_on: bool
    share_percent: int


def normal_email(email: str) -> str:
    return email.strip().lower()


class People:
    """One per process. `email_key` is the HMAC key under which addresses are found (`ring.derive("email")`)."""

    def __init__(self, store: Store, keys: Keys, email_key: bytes) -> None:
        self._store = store
        self._keys = keys
        self._email_key = email_key
        self._cache: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    def email_hash(self, email: str) -> bytes:
        return hmac.new(self._email_key, normal_email(email).encode(), hashlib.sha256).digest()

    async def create_person(
        self,
        role: str,
        email: str,
        first_name: str,
        last_name: str,
        password_hash: str,
        *,
        date_of_birth: str | None = None,
        phone: str | None = None,
        therapist: TherapistProfile | None = None,
        own_therapist_id: str | None = None,
        also: Callable[[AsyncConnection, str], Awaitable[None]] | None = None,
    ) -> str:
        """The new person's id; their wallet accounts are made with them, and whatever `also` writes. Raises EmailTaken.

        `own_therapist_id`: whom the referral named that a client came by.
        """
        if await self._row_by_email(email) is not None:
            raise EmailTaken("There is already an account with this e-mail address.")
        person_id = str(uuid.uuid4())
        private = {
            "email": normal_email(email),
            "first_name": first_name,
            "last_name": last_name,
            "phone": phone,
            "date_of_birth": date_of_birth,
        }
        key = await self._keys.create(person_id)
        row = {
            "id": person_id,
            "role": role,
            "email_hash": self.email_hash(email),
            "private_sealed": key.seal_text(json.dumps(private), "person", person_id, "private_sealed"),
            "password_hash": password_hash,
            "is_disabled": False,
            "own_therapist_id": own_therapist_id,
            "created_at_ms": time.time_ns() // 1_000_000,
        }
        try:
            await self._store.write(_insert_person, row, therapist, also)
        except IntegrityError as error:
            # Two sign-ups with one address at the same moment: the unique index decides.
            if await self._row_by_email(email) is None:
                raise
            raise EmailTaken("There is already an account with this e-mail address.") from error
        return person_id

    async def person(self, person_id: str) -> Person:
        """Raises PersonNotFound."""
        since, cached = self._cache.get(person_id, (0.0, None))
        if cached is not None and time.monotonic() - since < PEOPLE_CACHED_S:
            self._cache.move_to_end(person_id)
            return cached
        async with self._store.read() as connection:
            row = (await connection.execute(select(person_table).where(person_table.c.id == person_id))).first()
        if row is None:
            raise PersonNotFound
        return await self._open(row)

    async def by_email(self, email: str) -> tuple[Person, str] | None:
        """The person with this address, read fresh, and their password hash."""
        row = await self._row_by_email(email)
        return None if row is None else (await self._open(row), row.password_hash)

    async def id_by_email(self, email: str) -> tuple[str, str] | None:
        """Id and role, without opening anything."""
        row = await self._row_by_email(email)
        return None if row is None else (row.id, row.role)

    async def erase(self, person_id: str) -> None:
        """Destroy their key and forget name, address and password; they can never sign in again. The ids stay.

        May be repeated after a crash half way. Raises PersonNotFound.
        """
        key = await self._keys.replace(person_id)
        nobody = {"email": "", "first_name": ERASED_NAME, "last_name": "", "phone": None, "date_of_birth": None}
        row = {
            "email_hash": self.email_hash(f"erased:{person_id}"),
            "private_sealed": key.seal_text(json.dumps(nobody), "person", person_id, "private_sealed"),
            "password_hash": "",
            "is_disabled": True,
            "own_therapist_id": None,
        }
        await self._store.write(_forget_person, person_id, row)
        self.forget(person_id)

    def forget(self, person_id: str) -> None:
        """Read this person anew the next time: another process has changed or erased them."""
        self._cache.pop(person_id, None)

    async def profile(self, person_id: str) -> TherapistProfile | None:
        async with self._store.read() as connection:
            row = (
                await connection.execute(select(therapist_table).where(therapist_table.c.person_id == person_id))
            ).first()
        return None if row is None else profile_of(row)

    async def set_transcripts_on(self, person_id: str, is_on: bool) -> None:
        """A therapist's standing choice. Raises PersonNotFound for anybody who is no therapist."""
        await self._store.write(_set_transcripts_on, person_id, is_on)

    async def set_profile(self, person_id: str, **columns: str | int | None) -> None:
        """Change what stands on a therapist's card, by the columns of its table. Raises PersonNotFound."""
        await self._store.write(_set_profile, person_id, columns)

    async def phone(self, person_id: str) -> str | None:
        """Read fresh: other processes change it. Raises PersonNotFound."""
        _, private = await self._private(person_id)
        return private["phone"] or None

    async def addressee(self, person_id: str) -> tuple[str, str]:
        """E-mail address and first name, read fresh: other processes change them. Raises PersonNotFound."""
        _, private = await self._private(person_id)
        return private["email"], private["first_name"]

    async def email(self, person_id: str) -> str:
        """Read fresh, as `phone`. Raises PersonNotFound."""
        _, private = await self._private(person_id)
        return str(private["email"])

    async def set_phone(self, person_id: str, phone: str | None) -> None:
        """Raises PersonNotFound."""
        await self._change_private(person_id, {"phone": phone})

    async def set_names(self, person_id: str, first_name: str, last_name: str) -> None:
        """Raises PersonNotFound. A therapist's card has names of its own (`set_profile`)."""
        await self._change_private(person_id, {"first_name": first_name, "last_name": last_name})

    async def set_email(self, person_id: str, email: str) -> None:
        """Raises EmailTaken, PersonNotFound."""
        try:
            await self._change_private(person_id, {"email": normal_email(email)}, email_hash=self.email_hash(email))
        except IntegrityError as error:
            raise EmailTaken("There is already an account with this e-mail address.") from error

    async def set_disabled(self, connection: AsyncConnection, person_id: str, is_disabled: bool) -> bool:
        """In the caller's transaction; False when it was so already. Whoever decides on access reads the row."""
        changed = await connection.execute(
            update(person_table)
            .where(person_table.c.id == person_id, person_table.c.is_disabled.is_not(is_disabled))
            .values(is_disabled=is_disabled)
        )
        self._cache.pop(person_id, None)
        return changed.rowcount == 1

    async def _change_private(self, person_id: str, changes: dict[str, Any], **columns: Any) -> None:
        key = await self._keys.key_of(person_id)
        is_set = False
        while not is_set:
            sealed, private = await self._private(person_id)
            changed = key.seal_text(json.dumps({**private, **changes}), "person", person_id, "private_sealed")
            is_set = await self._store.write(_set_private, person_id, sealed, changed, columns)
        self._cache.pop(person_id, None)

    async def _private(self, person_id: str) -> tuple[bytes, dict[str, Any]]:
        """What a person told us about themselves, as it stands sealed and opened."""
        async with self._store.read() as connection:
            query = select(person_table.c.private_sealed).where(person_table.c.id == person_id)
            sealed = (await connection.execute(query)).scalar_one_or_none()
        if sealed is None:
            raise PersonNotFound
        key = await self._keys.key_of(person_id)
        return sealed, json.loads(key.open_text(sealed, "person", person_id, "private_sealed"))

    async def set_own_therapist(self, client_id: str, therapist_id: str | None) -> None:
        """Whom the client's referral named."""
        await self._store.write(name_own_therapist, client_id, therapist_id)

    async def set_password_hash(self, person_id: str, password_hash: str) -> None:
        await self._store.write(_set_password_hash, person_id, password_hash)

    async def _row_by_email(self, email: str) -> Row[Any] | None:
        async with self._store.read() as connection:
            query = select(person_table).where(person_table.c.email_hash == self.email_hash(email))
            return (await connection.execute(query)).first()

    async def _open(self, row: Row[Any]) -> Person:
        key = await self._keys.key_of(row.id)
        private = json.loads(key.open_text(row.private_sealed, "person", row.id, "private_sealed"))
        person = Person(
            id=row.id,
            role=row.role,
            email=private["email"],
            first_name=private["first_name"],
            last_name=private["last_name"],
            is_disabled=bool(row.is_disabled),
            date_of_birth=private["date_of_birth"],
            phone=private["phone"],
        )
        self._cache[person.id] = (time.monotonic(), person)
        self._cache.move_to_end(person.id)
        if len(self._cache) > PEOPLE_CACHED_MAX:
            self._cache.popitem(last=False)
        return person


def profile_of(row: Row[Any]) -> TherapistProfile:
    """The profile in a row of table `therapist`, for whoever reads that table in a query of their own."""
    return TherapistProfile(
        first_name=row.first_name,
        last_name=row.last_name,
        title=row.title,
        experience_years=row.experience_years,
        gender=row.gender,
        languages=tuple(row.languages.split()),
        areas=tuple(row.areas.split()),
        bio=row.bio,
        photo=row.photo,
        is_approved=bool(row.is_approved),
        transcripts_on=bool(row.transcripts_on),
        share_percent=row.share_percent,
    )


async def _insert_person(
    connection: AsyncConnection,
    row: dict[str, Any],
    therapist: TherapistProfile | None,
    also: Callable[[AsyncConnection, str], Awaitable[None]] | None,
) -> None:
    await connection.execute(insert(person_table).values(**row))
    if therapist is not None:
        await connection.execute(
            insert(therapist_table).values(
                person_id=row["id"],
                first_name=therapist.first_name,
                last_name=therapist.last_name,
                title=therapist.title,
                experience_years=therapist.experience_years,
                gender=therapist.gender,
                languages=" ".join(therapist.languages),
                areas=" ".join(therapist.areas),
                bio=therapist.bio,
                photo=therapist.photo,
                is_approved=therapist.is_approved,
                transcripts_on=therapist.transcripts_on,
                share_percent=therapist.share_percent,
            )
        )
        await calendars.begin(connection, row["id"])
    await wallet.ensure_accounts(connection, row["id"], row["role"])
    if also is not None:
        await also(connection, row["id"])


async def _set_transcripts_on(connection: AsyncConnection, person_id: str, is_on: bool) -> None:
    changed = await connection.execute(
        update(therapist_table).where(therapist_table.c.person_id == person_id).values(transcripts_on=is_on)
    )
    if changed.rowcount != 1:
        raise PersonNotFound


async def _set_profile(connection: AsyncConnection, person_id: str, columns: dict[str, str | int | None]) -> None:
    changed = await connection.execute(
        update(therapist_table).where(therapist_table.c.person_id == person_id).values(**columns)
    )
    if changed.rowcount != 1:
        raise PersonNotFound


async def _set_private(
    connection: AsyncConnection, person_id: str, before: bytes, after: bytes, columns: dict[str, Any]
) -> bool:
    """False when another process has changed it meanwhile. `columns` change with it."""
    changed = await connection.execute(
        update(person_table)
        .where(person_table.c.id == person_id, person_table.c.private_sealed == before)
        .values(private_sealed=after, **columns)
    )
    return changed.rowcount == 1


async def _forget_person(connection: AsyncConnection, person_id: str, row: dict[str, Any]) -> None:
    changed = await connection.execute(update(person_table).where(person_table.c.id == person_id).values(**row))
    if changed.rowcount != 1:
        raise PersonNotFound


async def name_own_therapist(connection: AsyncConnection, client_id: str, therapist_id: str | None) -> None:
    await connection.execute(
        update(person_table).where(person_table.c.id == client_id).values(own_therapist_id=therapist_id)
    )


async def _set_password_hash(connection: AsyncConnection, person_id: str, password_hash: str) -> None:
    await connection.execute(
        update(person_table).where(person_table.c.id == person_id).values(password_hash=password_hash)
    )
