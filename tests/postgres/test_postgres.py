"""The same installation on PostgreSQL, as on several machines: what the database decides is decided there too."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCPeerConnection
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.actors.people import new_id
from rtc_server.actors.wire import Refused
from rtc_server.store import triggers
from rtc_server.store.database import Store
from rtc_server.store.migrate import upgrade
from rtc_server.store.schema import event, metadata
from tests import speech
from tests.cluster import Cluster, running
from tests.conftest import Cast
from tests.eventually import eventually
from tests.postgres.server import Server, programs
from tests.scenario.story import in_call
from tests.transcripts.studio import Microphone
from tests.transcripts.test_worker_process import readings_of, settled, spoken

RACERS = 20


class OnPostgres(Cluster):
    """An installation whose record and keys stand in two databases of one server."""

    def __init__(self, folder: Path, server: Server) -> None:
        urls = {"DATABASE_URL": server.url("record"), "KEY_DATABASE_URL": server.url("keys")}
        super().__init__(folder, webs=2, is_heard=True, settings={**urls, "BILLABLE_MIN_S": "0"})
        self.server = server

    def up(self) -> None:
        self.command("migrate")
        super().up()

    def populate(self, *, therapists: int, clients: int) -> None:
        """Nobody came with these databases."""
        self.seed(therapists=therapists, clients=clients)

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        assert not values
        return [tuple(row) for row in self.server.rows("record", query)]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL: install the package postgresql")
    pytest.importorskip("asyncpg", reason="no asyncpg: install the extra postgres")
    server = Server(found)
    try:
        server.start()
        for name in ("record", "keys", "schema"):
            server.create(name)
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def cluster(server: Server, cluster_folder: Path) -> Iterator[OnPostgres]:
    with running(OnPostgres(cluster_folder / "postgres", server), therapists=RACERS + 10, clients=10) as cluster:
        assert isinstance(cluster, OnPostgres)
        yield cluster


@pytest.fixture
async def people(cluster: OnPostgres, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(cluster, http) as cast:
        yield cast


async def test_the_history_ends_at_the_declared_schema_and_brings_back_what_the_database_enforces(
    server: Server,
) -> None:
    url = server.url("schema")
    await asyncio.gather(*(upgrade(url) for _ in range(3)))
    store = Store(url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async def drop(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("DROP TRIGGER event_forbids_delete ON event")

    async with store.read() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(triggers.missing) == []
    await store.write(drop)
    async with store.read() as connection:
        assert await connection.run_sync(triggers.missing) == ["trigger event_forbids_delete"]
    await upgrade(url)
    async with store.read() as connection:
        assert await connection.run_sync(triggers.missing) == []
    await store.close()


async def test_a_session_from_request_to_settled_money_and_no_event_is_ever_forgotten(
    people: Cast, cluster: OnPostgres
) -> None:
    client, therapist = await people.client(0), await people.therapist(1)
    session_id = await in_call(client, therapist)
    await client.say(session_id, "hello")
    await therapist.until(lambda: len(therapist.chat) == 1)
    await therapist.save_notes(session_id, "notes", version=0)
    await therapist.end(session_id)
    await client.until_request("ended")

    async def is_settled() -> bool:
        return cluster.rows(f"SELECT state FROM hold WHERE session_id = '{session_id}'") == [("posted",)]

    await eventually(is_settled, 5, "the hold is posted")
    await nothing_is_forgotten(cluster.server.url("record"))


async def nothing_is_forgotten(url: str) -> None:
    store = Store(url)

    async def forget(connection: AsyncConnection) -> None:
        await connection.execute(delete(event))

    with pytest.raises(IntegrityError, match="only ever added"):
        await store.write(forget)
    await store.close()


async def test_many_therapists_over_two_processes_accept_and_one_has_it(people: Cast) -> None:
    client, therapists = await people.client(), await people.therapists(RACERS)
    placed = await client.place()
    await asyncio.gather(*(therapist.until_sees(placed.id) for therapist in therapists))
    answers = await asyncio.gather(*(one.accept(placed.id) for one in therapists), return_exceptions=True)
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["taken"] * (RACERS - 1)
    await client.cancel(placed.id)


async def test_a_database_that_restarts_in_a_call_costs_a_try_again_and_nothing_else(
    people: Cast, cluster: OnPostgres
) -> None:
    client, therapist = await people.client(0), await people.therapist(1)
    session_id = await in_call(client, therapist)
    line_id = new_id()
    cluster.server.kill()
    with pytest.raises(Refused) as refusal:
        await client.say(session_id, "are you there?", line_id=line_id)
    assert refusal.value.code == "try_again"
    cluster.server.start()

    async def is_kept() -> bool:
        try:
            await client.say(session_id, "are you there?", line_id=line_id)
        except Refused as again:
            assert again.code == "try_again"
            return False
        return True

    await eventually(is_kept, 5, "the line is taken")
    await therapist.until(lambda: [line.text for line in therapist.chat.values()] == ["are you there?"])
    await therapist.end(session_id)


@pytest.mark.skipif(not speech.is_available(), reason="espeak-ng is not installed: nobody to listen to")
async def test_words_before_and_after_a_restart_of_the_database_stand_there_once_and_the_gap_is_shown(
    people: Cast, cluster: OnPostgres
) -> None:
    client, therapist = await people.client(0), await people.therapist(1)
    session_id = await in_call(client, therapist, wants_transcript=True)
    first, before = await spoken(client, session_id, 1)
    await asyncio.wait_for(before.ended.wait(), 30)
    cluster.server.kill()
    await first.close()  # as a page does before it dials anew
    cluster.server.start()

    async def dialled() -> tuple[RTCPeerConnection, Microphone] | None:
        try:
            return await spoken(client, session_id, 1)
        except AssertionError:  # the page, too, dials until it is answered
            return None

    found = await eventually(dialled, 20, "a new leg")
    assert found is not None
    second, after = found
    await asyncio.wait_for(after.ended.wait(), 30)
    await therapist.end(session_id)
    assert await settled(therapist, session_id, 60) == "ready"
    assert await readings_of(therapist, session_id) == 2
    assert "reconnect" in {gap.reason for gap in (await therapist.session(session_id)).gaps}
    await second.close()
