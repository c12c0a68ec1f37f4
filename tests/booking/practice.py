"""A practice in a folder: real rows, keys and the routes of booking, without other processes."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from booking_core import calendars, wallet
from booking_core.availability import Repeat
from rtc_server.app import room_rules
from rtc_server.booked.resources import booking_desk, booking_resources
from rtc_server.booked.story import BookingRules, BookingStory
from rtc_server.config import Settings
from rtc_server.store import timers
from rtc_server.store.database import now_ms
from rtc_server.store.timers import Timer
from tests.accounts.house import House, Visitor, build_app, serve

HOUR_MS = 3_600_000
OPEN_AT = [time(hour) for hour in (9, 10, 11, 12, 13)]


class Told:
    """What was told, in place of sockets: no page is open here."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    async def tell(self, *changes: Any, moved: object = None) -> None:
        self.topics += [change.topic for change in changes]


@dataclass
class Practice:
    house: House
    settings: Settings = field(default_factory=Settings)
    told: Told = field(default_factory=Told)
    http: Any = None

    def __post_init__(self) -> None:
        self.rules = room_rules(self.settings)
        fanout: Any = self.told
        rules = BookingRules(self.rules, self.settings.book_ahead_s)
        desk = booking_desk(self.settings, self.house.keys, self.house.people)
        self.story = BookingStory(self.house.store, self.house.keys, desk, fanout, rules)

    async def close(self) -> None:
        if self.http is not None:
            await self.http.close()

    async def visitor(self, email: str) -> Visitor:
        """Somebody's browser, signed in."""
        if self.http is None:
            house, fanout = self.house, self.told
            parts: Any = (self.settings, house.store, house.keys, house.people, self.story, fanout, self.rules)
            self.http = await serve(build_app(house, more=booking_resources(*parts)))
        visitor = Visitor(self.http)
        await visitor.sign_in(email)
        return visitor

    async def client(self, pence: int = 20_000) -> tuple[str, Visitor]:
        person_id, email = await self.house.add("client")
        if pence:
            await self.house.store.write(wallet.top_up, person_id, pence, person_id, 1)
        return person_id, await self.visitor(email)

    async def therapist(self) -> tuple[str, Visitor]:
        """Open every day from nine to two, in UTC so that no test depends on the season."""
        person_id, email = await self.house.add("therapist", "Amara", "Okafor")
        await self.house.store.write(calendars.set_manner, person_id, "UTC", 0)
        for at in OPEN_AT:
            rule = (str(uuid.uuid4()), person_id, date(2026, 1, 1), at, Repeat.DAILY, None)
            await self.house.store.write(calendars.add_rule, *rule)
        return person_id, await self.visitor(email)

    def shifted(self, **settings: float) -> None:
        self.settings = replace(self.settings, **settings)

    async def fire(self, booking_id: str) -> None:
        """What the sweep does once the booking's time has come."""
        async with self.house.store.read() as connection:
            found = await timer_of(connection, booking_id)
        await self.story.fire(found)


async def timer_of(connection: Any, booking_id: str) -> Timer:
    due = await timers.due(connection, now_ms() + 400 * 24 * HOUR_MS, 1_000)
    return next(timer for timer in due if timer.subject_id == booking_id)


def at(days: int, hour: int) -> int:
    """An instant so many days from today, at an hour of UTC."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    return int(datetime.combine(day, time(hour), UTC).timestamp()) * 1_000


async def ok(visitor: Visitor, method: str, path: str, body: Any = None) -> Any:
    status, answer, _ = await visitor.ask(method, path, body)
    assert status == 200, answer
    return answer["value"]


async def refused(visitor: Visitor, method: str, path: str, body: Any = None) -> str:
    status, answer, _ = await visitor.ask(method, path, body)
    assert status >= 400, answer
    return str(answer["code"])


def booking_of(therapist_id: str, starts_at_ms: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "therapist_id": therapist_id,
        "service_id": "therapy-60",
        "starts_at_ms": starts_at_ms,
        "method": "video",
        "area": "mind",
        "language": "en",
        "answers": [{"question": "What is it about?", "answer": "Sleep"}],
        "price_pence": 7_000,
        "paid_with": "wallet",
        **changes,
    }
