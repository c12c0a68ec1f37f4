"""A real database, key store, people and sign-ins in a folder, and the API before them, without other processes.

The rule that is easy to break: handlers of other modules are not imitated; routes that are not ours answer 204, which
shows only that the door let the caller through.
"""

import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.payments import Processor
from booking_core.people import People, TherapistProfile
from booking_core.schema import person
from rtc_server.adapters.seal import KeyRing, KeyStore
from rtc_server.api import Door, Handler, HttpCall, Resource, build_api, secure
from rtc_server.api.feedback import FeedbackApi
from rtc_server.api.money import money_of
from rtc_server.auth import COOKIE, Auth, hash_password
from rtc_server.config import Settings
from rtc_server.limits import ClientAddress, Rates, runner_options
from rtc_server.people.resources import people_routes
from rtc_server.people.second_step import SecondStep
from rtc_server.protocol import ROUTES
from rtc_server.store import mail
from rtc_server.store.audit import Trail
from rtc_server.store.database import Store, now_ms
from rtc_server.store.schema import presence, session
from rtc_server.waiting.told import WaitRules, Waits
from tests.migrated import migrated

ORIGIN = "http://talk.example"
MONEY = Settings(
    public_url=ORIGIN,
    practice_name="The Practice",
    practice_address="1 High Street, London",
    practice_email="money@practice.example",
    invoice_email="invoices@practice.example",
)
PASSWORD = "a long enough password"
PASSWORD_HASH = hash_password(PASSWORD)

CARD = TherapistProfile(
    first_name="Amara",
    last_name="Okafor",
    title="Counsellor",
    experience_years=9,
    gender="female",
    languages=("en", "fr"),
    areas=("mind", "work"),
    bio="I listen first.",
    photo="/photos/amara-portrait.jpg",
    is_approved=True,
    transcripts_on=False,
    share_percent=65,
)


@dataclass
class House:
    store: Store
    keys: KeyStore
    people: People
    auth: Auth
    audit_key: bytes
    second_step: SecondStep
    published: list[tuple[str, str, int]] = field(default_factory=list)

    async def add(self, role: str, first_name: str = "Sam", last_name: str = "Reed") -> tuple[str, str]:
        """Id and address of somebody new."""
        email = f"{uuid.uuid4()}@people.example"
        therapist = CARD if role == "therapist" else None
        made = await self.people.create_person(role, email, first_name, last_name, PASSWORD_HASH, therapist=therapist)
        return made, email

    async def mailed(self) -> list[tuple[str, str | None, dict[str, Any]]]:
        """Template, address and facts of every mail, newest first; no address: it goes to its person's own."""
        async with self.store.read() as connection:
            found = await mail.newest(connection, 100)
        told = []
        for one in found:
            key = self.keys.own() if one.person_id is None else await self.keys.key_of(one.person_id)
            content = one.open(key)
            assert content is not None
            told.append((one.template.value, content.address, dict(content.facts)))
        return told

    async def code(self) -> str:
        """The code in the newest mail."""
        return str((await self.mailed())[0][2]["code"])

    async def disable(self, person_id: str) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.execute(update(person).where(person.c.id == person_id).values(is_disabled=True))

        await self.store.write(body)

    async def add_session(self, client_id: str, therapist_id: str, **facts: object) -> str:
        """An agreed session; `facts` are columns."""
        session_id = str(uuid.uuid4())
        row = {
            "id": session_id,
            "kind": "quick",
            "client_id": client_id,
            "therapist_id": therapist_id,
            "area": "mind",
            "language": "en",
            "is_chat_only": False,
            "price_pence": 3_500,
            "version": 1,
            "link": 1,
            "created_at_ms": now_ms(),
            "agreed_at_ms": now_ms(),
            **facts,
        }

        async def body(connection: AsyncConnection) -> None:
            await connection.execute(insert(session).values(**row))

        await self.store.write(body)
        return session_id

    async def add_presence(self, session_id: str, seat: str, from_ms: int, to_ms: int | None) -> None:
        values = {"session_id": session_id, "seat": seat, "from_ms": from_ms, "to_ms": to_ms}

        async def body(connection: AsyncConnection) -> None:
            await connection.execute(insert(presence).values(**values))

        await self.store.write(body)


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    tries: int = 5,
    backoff_s: float = 30.0,
    idle_s: float = 1_800.0,
    max_s: float = 43_200.0,
    second_step_for: frozenset[str] = frozenset(),
) -> AsyncIterator[House]:
    url = await migrated(folder / "main.sqlite3")
    store, key_store = Store(url), Store(f"sqlite+aiosqlite:///{folder / 'keys.sqlite3'}")
    ring = KeyRing(KeyRing.generate())
    keys = KeyStore(key_store, ring)
    await keys.migrate()
    people = People(store, keys, ring.derive("email"))
    published: list[tuple[str, str, int]] = []
    audit_key = ring.derive("audit")

    async def publish(topic: str, subject_id: str, version: int) -> None:
        published.append((topic, subject_id, version))

    second_step = SecondStep(store, keys, ring.derive("recovery"))
    auth = Auth(
        store,
        people,
        publish,
        audit_key,
        second_step,
        second_step_for=second_step_for,
        tries=tries,
        backoff_s=backoff_s,
        idle_s=idle_s,
        max_s=max_s,
    )
    try:
        yield House(store, keys, people, auth, audit_key, second_step, published)
    finally:
        await store.close()
        await key_store.close()


class Others:
    """Every declared route that is not among `ours`; `instead` answers some of them."""

    def __init__(self, ours: list[Resource], instead: Mapping[str, Handler]) -> None:
        self._instead = instead
        taken = {name for resource in ours for name in resource.routes()}
        self._left = [name for name in ROUTES if name not in taken]

    def routes(self) -> Mapping[str, Handler]:
        return {**dict.fromkeys(self._left, self._let_through), **self._instead}

    async def _let_through(self, call: HttpCall) -> web.Response:
        return web.Response(status=204)


def build_app(
    house: House,
    *,
    burst: float = 1e6,
    address_burst: float = 1e6,
    body_s: float = 30.0,
    answer_s: float = 0.0,
    has_relay: bool = True,
    instead: Mapping[str, Handler] | None = None,
    processor: Processor | None = None,
    more: Sequence[Resource] = (),
) -> web.Application:
    door = Door(
        auth=house.auth,
        origins=frozenset({ORIGIN}),
        client_address=ClientAddress(),
        person_rates=Rates(60, burst),
        address_rates=Rates(6 if address_burst < 1e6 else 1e6, address_burst),
        body_bytes_max=65_536,
        body_s=body_s,
        trail=Trail(house.store, house.audit_key),
        file_bytes_max=1_000_000,
        file_s=body_s,
    )
    settings = Settings(account_answer_s=answer_s, account_tries_per_hour=100_000)

    async def publish(topic: str, subject_id: str, version: int) -> None:
        house.published.append((topic, subject_id, version))

    waits = Waits(house.store, house.people, WaitRules(0, 3_600, 120))
    people = (settings, house.store, house.keys, house.people, house.auth, waits, publish)
    money = money_of(MONEY, house.store, house.keys, house.people, processor)
    ours: list[Resource] = [
        *people_routes(*people, has_relay=has_relay),
        *money.resources,
        FeedbackApi(house.store, house.keys, house.people),
        *more,
    ]
    app = web.Application()
    secure(app, frozenset({ORIGIN}), is_https=True)
    money.top_ups.add_reports(app)
    app.add_subapp("/api", build_api(door, [*ours, Others(ours, instead or {})]))
    return app


@dataclass
class Visitor:
    """Speaks HTTP as a page of ours would, signed in or not."""

    http: "TestClient[web.Request, web.Application]"
    token: str = ""

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers. `body` is sent as it is when it is bytes; a header of None is left out."""
        sent: dict[str, str | None] = {"Origin": ORIGIN, "Content-Type": "application/json", **(headers or {})}
        if body is None:
            sent.pop("Content-Type")
        if self.token:
            sent["Cookie"] = f"{COOKIE}={self.token}"
        kept = {key: value for key, value in sent.items() if value is not None}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        skipped = ("Content-Type",)
        async with self.http.request(
            method, path, data=data, headers=kept, skip_auto_headers=skipped, allow_redirects=False
        ) as response:
            is_json = response.content_type == "application/json"
            return response.status, (await response.json()) if is_json else None, response.headers.copy()

    async def sign_in(self, email: str, password: str = PASSWORD) -> None:
        status, _, headers = await self.ask("POST", "/api/sign-in", {"email": email, "password": password})
        assert status == 200
        self.token = headers["Set-Cookie"].split("=", 1)[1].split(";", 1)[0]


async def serve(app: web.Application, *, header_s: float = 10.0) -> "TestClient[web.Request, web.Application]":
    server = TestServer(app)
    await server.start_server(**runner_options(header_s))
    client = TestClient(server, cookie_jar=DummyCookieJar())
    await client.start_server()
    return client
