"""The OpenAPI document held against a running server, by every role: whatever it allows and forbids is answered as it
says, never with a failure of ours, and what belongs to somebody else is not there.

schemathesis makes what is sent and judges what comes back. The same call is made by everybody, so that a role's answer
differs by who asks and by nothing else.
"""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.auth import COOKIE
from rtc_server.protocol_export import openapi
from tests.cluster import Cluster, Person, running
from tests.conftest import IS_SOAK
from tests.eventually import eventually
from tests.scenario.story import in_call

EXAMPLES = 50 if IS_SOAK else 1
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@schemathesis.serializer("application/sdp", "application/octet-stream")
def as_it_is(_: object, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def operations() -> list[Any]:
    """Without the cookie, so that it is neither made up nor left out: callers bring their own."""
    document = openapi()
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]


OPERATIONS = operations()
CHECKS = schemathesis.checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)


def named(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path}"


@dataclass
class Caller:
    """Somebody signed in, or nobody (`person` None), who signs in anew when a call has signed them out."""

    base: str
    http: requests.Session
    person: Person | None
    token: str = ""

    @property
    def role(self) -> str:
        return self.person.role if self.person else "nobody"

    def sign_in(self) -> None:
        assert self.person is not None
        body = {"email": self.person.email, "password": self.person.password}
        answer = self.http.post(f"{self.base}/api/sign-in", json=body, headers={"Origin": self.base}, timeout=10)
        assert answer.status_code == 200, answer.text
        self.token = answer.cookies[COOKIE]

    def send(self, case: Any) -> Any:
        for _ in range(2):
            headers = {"Origin": self.base}
            if self.person is not None:
                headers["Cookie"] = f"{COOKIE}={self.token}"
            answer = case.call(base_url=self.base, session=self.http, headers=headers, timeout=30)
            self.http.cookies.clear()
            if self.person is None or answer.status_code != 401:
                break
            self.sign_in()
        return answer


@dataclass
class Belongings:
    """Ids of what one pair has, by the beginning of the path that takes them."""

    ids: dict[str, str]

    def of(self, path: str) -> str | None:
        found = [prefix for prefix in self.ids if path.startswith(prefix)]
        return self.ids[max(found, key=len)] if found else None


async def _send_file(actor: ClientActor | TherapistActor, method: str, path: str) -> str:
    """A file of theirs; returns its id."""
    headers = {"Origin": actor.url, "Cookie": f"{COOKIE}={actor.token}", "X-File-Name": "diary.pdf"}
    headers["Content-Type"] = "application/octet-stream"
    async with actor.http.request(method, actor.url + path, data=PDF, headers=headers) as response:
        answer = await response.json()
        assert answer["ok"], answer
        return str(answer["value"]["id"])


async def _furnish(url: str, client_of: Person, therapist_of: Person) -> Belongings:
    """Let a pair do a little of everything."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ClientActor(http, url) as client,
        TherapistActor(http, url) as therapist,
    ):
        for actor, person in ((client, client_of), (therapist, therapist_of)):
            await actor.sign_in(person.email, person.password)
            await actor.connect()
        await therapist.go_on_duty()
        session_id = await in_call(client, therapist)
        await therapist.end(session_id)
        await therapist.go_off_duty()
        return Belongings(await _belongings(client, therapist, session_id))


async def _belongings(client: ClientActor, therapist: TherapistActor, session_id: str) -> dict[str, str]:
    new = [str(uuid.uuid4()) for _ in range(6)]
    booking, rule, matter, concern, message, key = new
    rules = {"id": rule, "day": "2030-01-02", "at": "10:00", "repeat": "once"}
    await therapist.ask_raw("POST", "/api/availability/rules", rules)
    scheduled = {"id": booking, "service_id": "therapy-60", "starts_at_ms": 1_900_000_000_000, "method": "video"}
    await therapist.ask_raw("POST", f"/api/users/{client.person_id}/bookings", scheduled)
    talk = (await client.ask_raw("GET", f"/api/conversations/with/{therapist.person_id}"))["id"]
    file = await _send_file(client, "PUT", f"/api/conversations/{talk}/files/{uuid.uuid4()}")
    await client.ask_raw("POST", f"/api/conversations/{talk}/messages", {"id": message, "text": "x", "file_id": file})
    begun = {"id": matter, "kind": "question", "subject": "x", "text": "x"}
    await client.ask_raw("POST", "/api/support", begun)
    raised = {
        "id": concern,
        "session_id": session_id,
        "who": "other",
        "what": "x",
        "where": "",
        "told": "",
        "lines": [],
    }
    await therapist.ask_raw("POST", "/api/concerns", raised)
    bank = {"name": "A", "sort_code": "12-34-56", "account_number": "12345678"}
    await therapist.ask_raw("PUT", "/api/payout-details", bank)

    async def is_earned() -> bool:
        return bool((await therapist.ask_raw("GET", "/api/wallet"))["available_pence"])

    await eventually(is_earned, 15, "the session is paid")
    asked = {"key": key, "amount_pence": 1_000, "rail": "invoice"}
    withdrawal = (await therapist.ask_raw("POST", "/api/withdrawals", asked))["id"]
    signed_in = (await client.ask_raw("GET", "/api/account/sign-ins"))["sign_ins"][0]["id"]
    return {
        "/api/availability/rules/": rule,
        "/api/bookings/": booking,
        "/api/users/": client.person_id,
        "/api/concerns/": concern,
        "/api/support/": matter,
        "/api/sessions/": session_id,
        "/api/conversations/": talk,
        "/api/files/": file,
        "/api/papers/": await _send_file(client, "POST", "/api/support/papers"),
        "/api/account/sign-ins/": signed_in,
        "/api/withdrawals/": withdrawal,
    }


@dataclass
class House:
    owners: list[Caller]
    strangers: list[Caller]
    operator: Caller
    nobody: Caller
    had: Belongings  # by the owners


@pytest.fixture(scope="module")
def house(cluster_folder: Path) -> Iterator[House]:
    """What happens by itself after a session happens at once."""
    settings_ = {"BILLABLE_MIN_S": "0", "PENDING_HOLD_S": "0"}
    cluster = Cluster(cluster_folder / "declared", webs=1, settings=settings_)
    with running(cluster, therapists=2, clients=2) as up, requests.Session() as http:
        up.seed(therapists=0, clients=0, admins=1)
        people = {role: [one for one in up.people if one.role == role] for role in ("client", "therapist", "admin")}
        had = asyncio.run(_furnish(up.url(), people["client"][0], people["therapist"][0]))
        owners, strangers = (
            [Caller(up.url(), http, people[role][place]) for role in ("client", "therapist")] for place in (0, 1)
        )
        operator = Caller(up.url(), http, people["admin"][0])
        for caller in (*owners, *strangers, operator):
            caller.sign_in()
        yield House(owners, strangers, operator, Caller(up.url(), http, None), had)


def drawn(operation: Any, mode: GenerationMode, use: Any) -> None:
    """Send what schemathesis makes for this operation."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not IS_SOAK,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        use(case)

    each()


def test_everybody_is_answered_as_the_document_says(house: House) -> None:
    callers = [*house.owners, house.operator, house.nobody]
    broken: list[str] = []
    for operation in OPERATIONS:
        own_id = house.had.of(operation.path)

        def use(case: Any, operation: Any = operation, own_id: str | None = own_id) -> None:
            if own_id is not None and "id" in case.path_parameters:
                case.path_parameters["id"] = own_id
            for caller in callers:
                answer = caller.send(case)
                try:
                    case.validate_response(answer, checks=CHECKS)
                except FailureGroup as error:
                    broken.append(f"{named(operation)} by {caller.role}: {answer.status_code} {error}")

        drawn(operation, GenerationMode.POSITIVE, use)
        if operation.body:
            drawn(operation, GenerationMode.NEGATIVE, use)
    assert not broken, "\n".join(broken)


def test_what_belongs_to_others_is_not_there(house: House) -> None:
    seen: list[str] = []
    for operation in OPERATIONS:
        owned = house.had.of(operation.path)
        roles = operation.definition.raw.get("x-roles", [])
        askers = [caller for caller in house.strangers if caller.role in roles]
        if owned is None or not askers or "{id}" not in operation.path:
            continue

        def use(case: Any, operation: Any = operation, owned: str = owned, askers: list[Caller] = askers) -> None:
            for caller in askers:
                case.path_parameters["id"] = owned
                theirs = caller.send(case)
                case.path_parameters["id"] = str(uuid.uuid4())
                nobodys = caller.send(case)
                same = theirs.status_code == nobodys.status_code and theirs.json() == nobodys.json()
                if not same or theirs.status_code == 200:
                    seen.append(f"{named(operation)} by {caller.role}: {theirs.text[:200]} / {nobodys.text[:200]}")

        drawn(operation, GenerationMode.POSITIVE, use)
    assert not seen, "\n".join(seen)
