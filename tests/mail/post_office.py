"""A real SMTP server, people on a real database, and the worker that sends their e-mail.

The rule that is easy to break: a test says when the worker looks (`work`), so nothing here waits for time to pass.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.email import Smtp
from rtc_server.config import Settings
from rtc_server.outgoing.letters import Template
from rtc_server.outgoing.mail_worker import MailRules, MailWorker, Texter, rules_of
from rtc_server.store import mail, schema
from rtc_server.store.database import now_ms
from tests.accounts.house import House
from tests.cluster import free_port

PUBLIC_URL = "https://talk.example"
SENDER = "Quick Connect <no-reply@talk.example>"
RULES = replace(rules_of(Settings()), public_url=PUBLIC_URL, call_s=1.0)
FACTS: dict[str, str | int] = {"link": "/messages"}


@dataclass
class Mailbox:
    """What the server took. `answers` are its next replies to a message; `on_data` happens while one is written."""

    taken: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    on_data: Callable[[SMTP], None] | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.on_data is not None:
            self.on_data(server)
        if self.answers:
            return self.answers.pop(0)
        parsed = message_from_bytes(envelope.content or b"", policy=default)
        assert isinstance(parsed, EmailMessage)
        self.taken.append(parsed)
        self.to += envelope.rcpt_tos
        return "250 OK"


@dataclass
class PostOffice:
    house: House
    mailbox: Mailbox
    port: int
    rules: MailRules = RULES
    server: Controller | None = None

    def open(self) -> None:
        self.server = Controller(self.mailbox, hostname="127.0.0.1", port=self.port)
        self.server.start()

    def shut(self) -> None:
        if self.server is not None:
            self.server.stop(no_assert=True)
        self.server = None

    def worker(self, *, is_set_up: bool = True, texter: Texter | None = None) -> MailWorker:
        smtp = Smtp(f"smtp://127.0.0.1:{self.port}", SENDER, call_s=self.rules.call_s) if is_set_up else None
        return MailWorker(self.house.store, self.house.keys, self.house.people, smtp, texter, self.rules)

    async def work(self) -> None:
        await self.worker().step()

    async def queue(self, person_id: str, template: Template = Template.NEW_MESSAGE, **more: Any) -> None:
        seal = await self.house.keys.key_of(person_id)
        given = {"facts": FACTS, "key": f"{template}:{person_id}", "now_ms": now_ms(), **more}
        facts = given.pop("facts")
        await self.house.store.write(mail.queue, seal, person_id, template, facts, **given)

    async def states(self) -> list[tuple[str, str]]:
        """State and reason of every mail, oldest first."""
        query = select(schema.mail.c.state, schema.mail.c.reason).order_by(schema.mail.c.created_at_ms)
        async with self.house.store.read() as connection:
            return [(row.state, row.reason) for row in await connection.execute(query)]

    async def tries(self) -> int:
        async with self.house.store.read() as connection:
            return sum((await connection.execute(select(schema.mail.c.tries))).scalars())

    async def next_try_after_s(self) -> float:
        async with self.house.store.read() as connection:
            row = (await connection.execute(select(schema.mail))).one()
        assert row.state == "queued"
        return float(row.due_at_ms - row.changed_at_ms) / 1000

    async def pass_time(self, seconds: float) -> None:
        """For every mail it is so much later."""
        columns = ("created_at_ms", "wanted_at_ms", "due_at_ms", "lease_until_ms", "dies_at_ms", "changed_at_ms")

        async def body(connection: AsyncConnection) -> None:
            moved = {name: schema.mail.c[name] - int(seconds * 1000) for name in columns}
            await connection.execute(update(schema.mail).values(moved))

        await self.house.store.write(body)


@asynccontextmanager
async def open_post_office(house: House) -> AsyncIterator[PostOffice]:
    office = PostOffice(house, Mailbox(), free_port())
    office.open()
    try:
        yield office
    finally:
        office.shut()
