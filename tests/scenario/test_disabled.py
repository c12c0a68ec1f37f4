"""Somebody an operator disables is out of every web process within seconds, whichever process their sockets are in."""

import contextlib
import sqlite3
import time

import pytest

from rtc_server.actors.people import Actor, OperatorActor
from rtc_server.actors.wire import Refused
from rtc_server.wire.practice import PersonView, StandingChange
from tests.conftest import Cast
from tests.eventually import eventually

WITHIN_S = 5.0


async def out(*pages: Actor) -> None:
    """Until every one of these sockets is closed. Raises TimeoutError after the time that is promised."""

    async def are_closed() -> bool:
        return not any(page.is_connected for page in pages)

    await eventually(are_closed, WITHIN_S, "every socket is closed")


async def test_a_disabled_persons_open_sockets_close_in_every_process(cast: Cast) -> None:
    (found,) = cast.cluster.seed(therapists=0, clients=0, admins=1)
    cast.cluster.people.remove(found)
    operator = await cast.enter(OperatorActor(cast.http, cast.cluster.url(0)), found)
    client = await cast.client(0)
    tabs = [await cast.tab(client, web) for web in (0, 1, 1)]
    standing = StandingChange(is_disabled=True, reason="Threatened a therapist.")
    begun = time.monotonic()
    changed = await operator.ask("POST", f"/api/people/{client.person_id}/standing", PersonView, standing)
    assert changed.is_disabled and changed.sign_ins == 0
    await out(client, *tabs)
    taken_s = time.monotonic() - begun
    assert taken_s < WITHIN_S
    print(f"four sockets in two processes were closed {taken_s:.2f} s after their person was disabled")
    with pytest.raises(Refused):
        await client.connect()


async def test_a_process_that_was_not_told_finds_out_by_itself(cast: Cast) -> None:
    client = await cast.client(1)
    database = cast.cluster.folder / "data" / "quick-connect.sqlite3"
    with contextlib.closing(sqlite3.connect(database, timeout=5)) as connection, connection:
        connection.execute("UPDATE person SET is_disabled = 1 WHERE id = ?", (client.person_id,))
    await out(client)
