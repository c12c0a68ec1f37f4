"""The people a demonstration starts with, and the faces that seeded therapists borrow. Never in production.

The rule that is easy to break: `ensure` may be repeated after any crash, so every step of it looks before it makes.
"""

import asyncio
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import date, time
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import calendars, wallet
from booking_core.availability import Repeat
from booking_core.people import TherapistProfile
from rtc_server.adapters.key_file import make_private_file
from rtc_server.auth import hash_password
from rtc_server.cli.registry import Registry, opened
from rtc_server.config import Settings
from rtc_server.store import audit
from rtc_server.store.database import now_ms
from rtc_server.wire.types import Area, Gender

WALLET_PENCE = 20_000
ADULT_BORN = "1990-01-01"
SHARE_PERCENT = 70
# Hours in which they can be booked, every day.
FIRST_DAY = date(2026, 1, 1)
OPEN_DAILY = (time(10), time(11), time(14), time(18))


def _face(
    first_name: str,
    last_name: str,
    title: str,
    years: int,
    gender: Gender,
    bio: str,
    languages: tuple[str, ...] = ("en",),
) -> TherapistProfile:
    return TherapistProfile(
        first_name=first_name,
        last_name=last_name,
        title=title,
        experience_years=years,
        gender=gender,
        languages=languages,
        areas=get_args(Area),
        bio=bio,
        photo=f"/photos/{first_name.lower()}-portrait.jpg",
        is_approved=True,
        transcripts_on=True,
        share_percent=SHARE_PERCENT,
    )


FACES = (
    _face(
        "Amara",
        "Okafor",
        "Counselling psychologist",
        11,
        "female",
        "I work with people whose nights are harder than their days. "
        "We will start with what is happening now, and go at your pace.",
    ),
    _face(
        "Imran",
        "Siddiqui",
        "Psychotherapist",
        9,
        "male",
        "You do not need to have it in order before we talk. Bring it as it is, and we will sort it together.",
    ),
    _face(
        "Helen",
        "Marsh",
        "Clinical psychologist",
        18,
        "female",
        "I listen first. Then we find one thing small enough to try before next time.",
        ("en", "fr"),
    ),
    _face(
        "Mei",
        "Tanaka",
        "Counsellor",
        6,
        "female",
        "Worry often has good reasons. We look at them side by side, and see which still hold.",
    ),
)


@dataclass(frozen=True)
class DemoPerson:
    role: str
    email: str
    first_name: str
    last_name: str
    is_printed: bool = True
    own_therapist: str = ""  # the address of the therapist who referred them
    profile: TherapistProfile | None = None


OWN_THERAPIST = "therapist2@demo.example"
PEOPLE = (
    DemoPerson("client", "client@demo.example", "Sam", "Rivers"),
    DemoPerson("therapist", "therapist@demo.example", "Amara", "Okafor", profile=FACES[0]),
    DemoPerson("admin", "admin@demo.example", "Alex", "Reed"),
    DemoPerson("therapist", OWN_THERAPIST, "Imran", "Siddiqui", is_printed=False, profile=FACES[1]),
    DemoPerson("client", "client2@demo.example", "Priya", "Nair", is_printed=False, own_therapist=OWN_THERAPIST),
)


def face(number: int) -> TherapistProfile:
    """A therapist's card for the seeded therapist `number`; the four faces take turns, each with a name of its own."""
    chosen = FACES[number % len(FACES)]
    return replace(chosen, last_name=f"{chosen.last_name} {number + 1}")


async def ensure(settings: Settings) -> str:
    """Make the demo people that are missing, and return their one password. May be repeated."""
    path = settings.data_path / "demo-password"
    is_new = not path.exists()
    make_private_file(path, f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}")
    password = path.read_text().strip()
    async with opened(settings) as registry:
        found = [await registry.people.by_email(person.email) for person in PEOPLE]
        if is_new or None in found:
            password_hash = await asyncio.to_thread(hash_password, password)
            for person, known in zip(PEOPLE, found, strict=True):
                if known is not None:
                    await registry.people.set_password_hash(known[0].id, password_hash)
                    await registry.store.write(_endow, registry, person.role, known[0].id)
                    await _refer(registry, person, known[0].id)
                else:
                    await add(registry, person, password_hash)
    return password


async def add(registry: Registry, person: DemoPerson, password_hash: str) -> str:
    """A new person who can do the main job at once: a client with money, a therapist who is approved."""
    person_id = await registry.people.create_person(
        person.role,
        person.email,
        person.first_name,
        person.last_name,
        password_hash,
        date_of_birth=ADULT_BORN if person.role == "client" else None,
        therapist=person.profile,
    )
    await registry.store.write(_endow, registry, person.role, person_id)
    await _refer(registry, person, person_id)
    return person_id


async def _refer(registry: Registry, person: DemoPerson, person_id: str) -> None:
    own = await registry.people.by_email(person.own_therapist) if person.own_therapist else None
    if own is not None:
        await registry.people.set_own_therapist(person_id, own[0].id)


async def _endow(connection: AsyncConnection, registry: Registry, role: str, person_id: str) -> None:
    if role == "client":
        await wallet.top_up(connection, person_id, WALLET_PENCE, f"seed:{person_id}", now_ms())
    if role == "therapist":
        for at in OPEN_DAILY:
            rule_id = str(uuid.uuid5(uuid.UUID(person_id), at.isoformat()))
            await calendars.add_rule(connection, rule_id, person_id, FIRST_DAY, at, Repeat.DAILY, None)
    await audit.append(connection, registry.audit_key, "operator", "person:seed", person_id, "", now_ms())
