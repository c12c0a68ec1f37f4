"""What a therapist's page is told of the request that it has accepted, whatever was read before."""

import asyncio
import json

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.auth import Viewer
from rtc_server.errors import StorageBusy
from rtc_server.fanout import Fanout
from rtc_server.pool import Request
from rtc_server.socket_line import Line
from rtc_server.socket_state import Socket
from rtc_server.store import duty, requests
from rtc_server.waiting.window import Window
from rtc_server.wire.types import Changed
from tests.eventually import eventually
from tests.texts.office import Office


async def page_of(office: Office, fanout: Fanout, therapist_id: str) -> Socket:
    socket = Socket("a socket", Viewer(therapist_id, "therapist", b""), "a page", Line(1_000_000), Window(50))
    async with office.house.store.read() as connection:
        socket.facts = await duty.facts(connection, therapist_id)
        socket.hold(await requests.owned_by_therapist(connection, therapist_id))
    fanout.add(socket)
    return socket


async def told(socket: Socket) -> list[str]:
    """The states of the request that this page was told of since it was last asked."""
    waiting = [] if socket.line.empty() else await socket.line.take_all()
    events = [json.loads(packet.data[1:]) for packet in waiting]
    return [view["state"] for name, view in events if name == "request:changed"]


async def test_a_row_read_before_an_accept_takes_the_offer_from_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fanout = office.fanout()
    before = await office.place()
    page = await page_of(office, fanout, await office.accept(before))

    async def late(connection: object, request_id: str) -> Request:
        return before

    with monkeypatch.context() as patched:
        patched.setattr(requests, "load", late)
        await fanout.take(Changed("request", before.id, before.version))
    assert await told(page) == [], "of a row that is over the page is told nothing"
    await office.cancel(before)
    await fanout.take(Changed("request", before.id, before.version + 2))
    assert await told(page) == ["cancelled"]
    assert page.holding is None


async def test_a_row_of_the_one_before_read_before_its_end_takes_nobody_from_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fanout = office.fanout()
    first, second = await office.place(), await office.place()
    therapist_id = await office.accept(first)
    page = await page_of(office, fanout, therapist_id)
    async with office.house.store.read() as connection:
        theirs = await requests.required(connection, first.id)
    await office.cancel(first)
    page.hold(await office.story.acceptance.accept(therapist_id, second.id))

    async def late(connection: object, request_id: str) -> Request:
        return theirs

    with monkeypatch.context() as patched:
        patched.setattr(requests, "load", late)
        await fanout.take(Changed("request", first.id, theirs.version))
    assert await told(page) == []
    await office.cancel(second)
    await fanout.take(Changed("request", second.id, second.version + 2))
    assert await told(page) == ["cancelled"]


async def test_a_change_that_a_busy_database_refused_is_told_when_it_answers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fanout = office.fanout()
    placed = await office.place()
    page = await page_of(office, fanout, await office.accept(placed))
    load, asked = requests.load, []

    async def busy(connection: AsyncConnection, request_id: str) -> Request | None:
        asked.append(request_id)
        if len(asked) < 3:
            raise StorageBusy
        return await load(connection, request_id)

    monkeypatch.setattr(requests, "load", busy)
    await fanout.tell(Changed("request", placed.id, placed.version + 1))
    for _ in range(2):
        with pytest.raises(StorageBusy):
            await fanout.run()
    running = asyncio.create_task(fanout.run())

    async def is_told() -> bool:
        return await told(page) == ["accepted"]

    await eventually(is_told, 10, "the change")
    running.cancel()


async def test_one_accepted_while_the_one_before_is_still_told_of_is_not_let_go(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their client cancels and the page accepts another, all while the first accept is made into a view."""
    fanout = office.fanout()
    first, second = await office.place(), await office.place()
    therapist_id = await office.accept(first)
    page = await page_of(office, fanout, therapist_id)
    made = fanout.views.request

    async def slowly(request: Request, *rest: object) -> object:
        await office.cancel(first)
        page.hold(await office.story.acceptance.accept(therapist_id, second.id))
        return await made(request, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(fanout.views, "request", slowly)
        await fanout.take(Changed("request", first.id, first.version + 1))
    assert await told(page) == [], "of the one before the page is told nothing after the other's accept"
    await fanout.take(Changed("request", first.id, first.version + 2))
    await told(page)
    await office.cancel(second)
    await fanout.take(Changed("request", second.id, second.version + 2))
    assert await told(page) == ["cancelled"]
