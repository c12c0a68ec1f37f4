"""What a step costs when ten thousand wait, beside the same step when a hundred do.

The product's own parts over the real database and Redis, without sockets: those cost the same in any line. Rounds take
turns between the two lines. Whoever fills a line is copied from one real request, so nobody can read their words.
"""

import contextlib
import math
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from rtc_server.app import Web, compose
from rtc_server.config import load
from rtc_server.pool import ClientCancels
from rtc_server.wire.pool import RequestPlace
from tests.bench.report import Row, median
from tests.cluster import Cluster

SHORT, LONG = 100, 10_000
ROUNDS = 25
GROWTH_MAX = math.log(LONG) / math.log(SHORT)
Step = Callable[[], Coroutine[Any, Any, object]]


async def long_line(cluster: Cluster) -> Row:
    async with Line.of(SHORT, cluster.folder / "short") as short, Line.of(LONG, cluster.folder / "long") as long:
        for number in range(ROUNDS + 1):
            for line in (short, long):
                await line.round(is_counted=number > 0)
    figures, samples = {}, {}
    for name in long.taken:
        few, many = median(short.taken[name]), median(long.taken[name])
        figures |= {f"{name} in {SHORT}": few, f"{name} in {LONG}": many, f"{name}, ratio": many / few}
        samples |= {f"{name} in {SHORT}": short.taken[name], f"{name} in {LONG}": long.taken[name]}
    return Row(
        f"a waiting line of {LONG} beside one of {SHORT}, {ROUNDS} rounds",
        figures,
        "ms",
        f"accept, cancel and position ≤ {GROWTH_MAX:.1f} ×, as log n grows",
        all(figures[f"{name}, ratio"] <= GROWTH_MAX for name in ("accept", "cancel", "position")),
        samples,
    )


class Line:
    """One installation in which `length` people wait."""

    def __init__(self, web: Web, therapist_id: str, client_id: str) -> None:
        self.web = web
        self.therapist_id = therapist_id
        self.client_id = client_id
        self.taken: dict[str, list[float]] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, length: int, folder: Path) -> AsyncIterator["Line"]:
        cluster = Cluster(folder, webs=0)
        try:
            cluster.up()
            people = {person.role: person.id for person in cluster.seed(therapists=1, clients=2)}
            first, last = (person.id for person in cluster.people if person.role == "client")
            data = folder / "data"
            web = compose(load({"APP_ENV": "test", "DATA_DIR": str(data), "REDIS_URL": cluster.redis_url}))
            try:
                placed = await web.presence.story.place(first, RequestPlace(id=str(uuid.uuid4()), area="mind"))
                fill(data / "quick-connect.sqlite3", placed.id, first, length - 1)
                await web.presence.story.rebuild_line()
                await web.presence.set_duty(people["therapist"], True)
                yield cls(web, people["therapist"], last)
            finally:
                await web.close()
        finally:
            cluster.down()

    async def round(self, *, is_counted: bool) -> None:
        story, fanout = self.web.presence.story, self.web.fanout
        placed = await story.place(self.client_id, RequestPlace(id=str(uuid.uuid4()), area="mind"))
        steps: dict[str, Step] = {
            "position": lambda: fanout.request_view(placed),
            "accept": lambda: story.acceptance.accept(self.therapist_id, placed.id),
            "withdraw": lambda: story.withdraw(self.therapist_id, placed.id),
            "cancel": lambda: story.client_step(self.client_id, placed.id, ClientCancels()),
        }
        for name, step in steps.items():
            started = time.perf_counter()
            await step()
            if is_counted:
                self.taken.setdefault(name, []).append((time.perf_counter() - started) * 1000)


def fill(database: Path, request_id: str, client_id: str, count: int) -> None:
    """Put `count` copies of one waiting request, each with a client of its own, before whoever comes next."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        copy(connection, "person", client_id, [{"id": f"p{n}", "email_hash": b"%d" % n} for n in range(count)])
        rows = [{"id": f"r{n}", "client_id": f"p{n}", "place": n + 10} for n in range(count)]
        copy(connection, "request", request_id, rows)
        connection.execute("UPDATE counter SET value = ? WHERE name = 'place'", (count + 10,))


def copy(connection: sqlite3.Connection, table: str, row_id: str, changes: list[dict[str, object]]) -> None:
    cursor = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (row_id,))
    names = [column[0] for column in cursor.description]
    row = dict(zip(names, cursor.fetchone(), strict=True))
    marks = ", ".join("?" for _ in names)
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
        [[{**row, **changed}[name] for name in names] for changed in changes],
    )
