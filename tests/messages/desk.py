"""A client, a therapist and their conversation before the real API, on a real database, without other processes.

`told` is what the pages of this process were told, in the order in which it happened.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestClient
from PIL import Image
from sqlalchemy import select

from rtc_server.api.messages import MessagesApi
from rtc_server.config import Settings
from rtc_server.conversations import Conversations, MessageRules, rules_of
from rtc_server.fanout import Fanout
from rtc_server.store import conversations, schema
from rtc_server.store.database import now_ms
from rtc_server.wire.types import View
from tests.accounts.house import House, Visitor, build_app, serve

RULES = rules_of(Settings())


class Channel:
    """Stands where the fan-out stands: everybody has one page open, and is told at once."""

    def __init__(self) -> None:
        self.takers: dict[str, Any] = {}
        self.told: list[tuple[str, str, View]] = []

    def of(self, person_id: str) -> list[str]:
        return [person_id]

    async def emit(self, event: str, view: View, people: list[str]) -> None:
        self.told += [(event, person, view) for person in people]

    async def publish(self, topic: str, subject_id: str, version: int) -> None:
        await self.takers[topic](subject_id)


@dataclass
class Desk:
    house: House
    channel: Channel
    client_id: str
    therapist_id: str
    client: Visitor
    therapist: Visitor
    conversation_id: str
    made: list["TestClient[web.Request, web.Application]"] = field(default_factory=list)

    async def stranger(self, role: str) -> Visitor:
        _, email = await self.house.add(role)
        visitor = Visitor(self.client.http)
        await visitor.sign_in(email)
        return visitor

    async def send(self, who: Visitor, text: str, **more: Any) -> tuple[int, Any]:
        body = {"id": str(uuid.uuid4()), "text": text, **more}
        status, answer, _ = await who.ask("POST", f"/api/conversations/{self.conversation_id}/messages", body)
        return status, answer["value"] if status == 200 else answer["code"]

    async def find(self, who: Visitor, **body: int) -> Any:
        _, answer, _ = await who.ask("POST", f"/api/conversations/{self.conversation_id}/find", body)
        return answer["value"]

    async def read(self, who: Visitor, seq: int) -> Any:
        _, answer, _ = await who.ask("PUT", f"/api/conversations/{self.conversation_id}/read", {"seq": seq})
        return answer["value"]

    async def attach(self, who: Visitor, raw: bytes, name: str, file_id: str = "") -> tuple[int, Any]:
        headers = {"Content-Type": "application/octet-stream", "X-File-Name": name}
        path = f"/api/conversations/{self.conversation_id}/files/{file_id or uuid.uuid4()}"
        status, answer, _ = await who.ask("PUT", path, raw, headers)
        return status, answer["value"] if status == 200 else answer["code"]

    async def download(self, who: Visitor, file_id: str) -> tuple[bytes, dict[str, str]]:
        cookie = {"Cookie": f"__Host-sign-in={who.token}"}
        async with who.http.get(f"/api/files/{file_id}", headers=cookie) as response:
            return await response.read(), dict(response.headers)

    async def mails(self) -> list[tuple[str, str, str]]:
        """Receiver, state and reason."""
        query = select(schema.mail).order_by(schema.mail.c.created_at_ms)
        async with self.house.store.read() as connection:
            return [(row.person_id, row.state, row.reason) for row in await connection.execute(query)]


def picture(width: int = 40, height: int = 20, format: str = "PNG", **more: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), "navy").save(written, format, **more)
    return written.getvalue()


@asynccontextmanager
async def open_desk(house: House, rules: MessageRules = RULES) -> AsyncIterator[Desk]:
    channel = Channel()
    talking = Conversations(house.store, house.keys, house.people, cast(Fanout, channel), rules)
    http = await serve(build_app(house, instead=MessagesApi(talking).routes()))
    (client_id, client_email), (therapist_id, therapist_email) = await house.add("client"), await house.add("therapist")
    client, therapist = Visitor(http), Visitor(http)
    await client.sign_in(client_email)
    await therapist.sign_in(therapist_email)
    begun = await house.store.write(conversations.ensure, client_id, therapist_id, now_ms())
    try:
        yield Desk(house, channel, client_id, therapist_id, client, therapist, begun)
    finally:
        await http.close()
