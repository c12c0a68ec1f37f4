"""`seed`: people for tests and demonstrations, who can do the main job at once. Never in production."""

import asyncio
import secrets
from typing import TypedDict

from rtc_server.auth import hash_password
from rtc_server.cli import demo
from rtc_server.cli.demo import DemoPerson
from rtc_server.cli.registry import opened
from rtc_server.config import CannotStart, Settings

CLIENT_NAMES = ("Noor", "Tom", "Aoife", "Daniel", "Lena", "Marcus", "Yusuf", "Grace")


class SeededPerson(TypedDict):
    role: str
    id: str
    first_name: str
    email: str
    password: str


async def seed(
    settings: Settings, *, therapists: int, clients: int, admins: int = 0, is_referred: bool = False
) -> list[SeededPerson]:
    """Make that many new people, who share one new password: it is hashed once, so a thousand take seconds.

    With `is_referred` each client came by the referral of one of these therapists, in turn.
    """
    if settings.is_production:
        raise CannotStart("Made-up people with printed passwords have no place in production")
    password = secrets.token_urlsafe(12)
    password_hash = await asyncio.to_thread(hash_password, password)
    made: list[SeededPerson] = []
    async with opened(settings) as registry:
        own: list[str] = []
        for person in [
            *(_therapist(number) for number in range(therapists)),
            *(_client(number) for number in range(clients)),
            *(_admin() for _ in range(admins)),
        ]:
            person_id = await demo.add(registry, person, password_hash)
            if is_referred and person.role == "therapist":
                own.append(person_id)
            elif own and person.role == "client":
                own.append(own.pop(0))
                await registry.people.set_own_therapist(person_id, own[-1])
            made.append(
                SeededPerson(
                    role=person.role,
                    id=person_id,
                    first_name=person.first_name,
                    email=person.email,
                    password=password,
                )
            )
    return made


def _email(first_name: str) -> str:
    return f"{first_name.lower()}.{secrets.token_hex(5)}@seed.example"


def _therapist(number: int) -> DemoPerson:
    profile = demo.face(number)
    return DemoPerson("therapist", _email(profile.first_name), profile.first_name, profile.last_name, profile=profile)


def _admin() -> DemoPerson:
    return DemoPerson("admin", _email("Alex"), "Alex", "Seeded")


def _client(number: int) -> DemoPerson:
    first_name = CLIENT_NAMES[number % len(CLIENT_NAMES)]
    return DemoPerson("client", _email(first_name), first_name, "Seeded")
