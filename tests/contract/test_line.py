"""That python-socketio, python-engineio and aiohttp still are inside as `socket_line.py` believes, by real sockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from rtc_server import socket_line, socket_server
from rtc_server.socket_line import Frame, Line
from rtc_server.socket_server import ADMITTED, LINE, make_server
from rtc_server.wire.room import ChatLine
from rtc_server.wire.types import Seat
from tests.eventually import eventually

BACKLOG = 300_000
MANY = 400
LONG = 60_000


class House:
    """The server with nothing behind it."""

    def __init__(self, http: aiohttp.ClientSession, ping_s: float) -> None:
        self.http = http
        self.server = make_server(ping_s, 65_536, BACKLOG)
        self.app = web.Application()
        self.runner = web.AppRunner(self.app)
        self.lines: list[Line] = []
        self.left: list[str] = []
        self.url = ""
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        self.lines.append(environ[LINE])
        environ[ADMITTED] = True

    async def _disconnect(self, sid: str, reason: str) -> None:
        self.left.append(sid)

    async def page(self) -> tuple[aiohttp.ClientWebSocketResponse, str]:
        """A page that has come in, and its sid."""
        page = await self.open()
        await page.send_str("40{}")
        said = await text_of(page)
        return page, json.loads(said.removeprefix("40"))["sid"]

    async def open(self) -> aiohttp.ClientWebSocketResponse:
        page = await self.http.ws_connect(self.url, compress=15, max_msg_size=0)
        assert (await text_of(page)).startswith("0")
        return page

    async def until_gone(self) -> None:
        """Until no connection is left, of which the server may know long before."""
        await eventually(self._is_empty, 10, "every connection is closed")

    async def _is_empty(self) -> bool:
        assert self.runner.server is not None
        return not self.runner.server.connections


async def text_of(page: aiohttp.ClientWebSocketResponse) -> str:
    return str(await page.receive_str(timeout=10))


@contextlib.asynccontextmanager
async def opened(ping_s: float) -> AsyncIterator[House]:
    async with aiohttp.ClientSession() as http:
        house = House(http, ping_s)
        house.server.attach(house.app)
        await house.runner.setup()
        await web.TCPSite(house.runner, "127.0.0.1", 0).start()
        host, port = house.runner.addresses[0][:2]
        house.url = f"ws://{host}:{port}/socket.io/?EIO=4&transport=websocket"
        yield house
    await house.runner.cleanup()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with opened(10.0) as house:
        yield house


def line_of_chat(seq: int, length: int = 1) -> ChatLine:
    return ChatLine(session_id="s", id=str(seq), seq=seq, seat=Seat.CLIENT, text="x" * length, at_ms=0)


def frame(seq: int, length: int = 1) -> Frame:
    return Frame.of("chat:added", line_of_chat(seq, length))


def seq_of(text: str) -> int:
    event, view = json.loads(text.removeprefix("42"))
    assert event == "chat:added"
    return int(view["seq"])


async def test_a_frame_written_directly_reads_as_socket_io_would_have_sent_it(house: House) -> None:
    page, sid = await house.page()
    said = ChatLine(session_id="s", id="1", seq=1, seat=Seat.CLIENT, text='naïve "quotes" \\ 🙂', at_ms=7)
    house.lines[0].send(Frame.of("chat:added", said))
    direct = await text_of(page)
    body = {"session_id": "s", "id": "1", "seq": 1, "seat": "client", "text": 'naïve "quotes" \\ 🙂', "at_ms": 7}
    await house.server.emit("chat:added", body, to=sid)
    sent = await text_of(page)
    assert (direct[:2], json.loads(direct[2:])) == (sent[:2], json.loads(sent[2:]))
    assert json.loads(direct[2:]) == ["chat:added", body]


async def test_permessage_deflate_is_refused(house: House) -> None:
    page, _ = await house.page()
    assert page.compress == 0


@pytest.mark.parametrize("payload", [10, 125, 126, 65_535, 65_536, 200_000])
async def test_frames_of_every_length_arrive_whole(house: House, payload: int) -> None:
    page, _ = await house.page()
    empty = len(frame(1, 0).packet.encode())
    length = max(1, payload - empty)
    house.lines[0].send(frame(1, length))
    assert json.loads((await text_of(page))[2:])[1]["text"] == "x" * length


async def test_a_frame_never_overtakes_what_was_queued_before_it(house: House) -> None:
    page, sid = await house.page()
    own = house.lines[0]
    for seq in range(MANY):
        match seq % 5:
            case 0 | 2:
                own.put_nowait(frame(seq).packet)
            case 1:
                own.send(frame(seq))
            case 3:
                # The writer has taken out the one before, and may not have written it yet.
                await asyncio.sleep(0)
                own.send(frame(seq))
            case 4:
                await house.server.emit("chat:added", {"seq": seq}, to=sid)
    assert [seq_of(await text_of(page)) for _ in range(MANY)] == list(range(MANY))


async def test_a_frame_is_written_at_once_when_nothing_waits(house: House) -> None:
    page, _ = await house.page()
    own = house.lines[0]
    await house.server.emit("chat:added", {"seq": 0})
    await text_of(page)
    own.send(frame(1))
    assert own.empty()
    assert seq_of(await text_of(page)) == 1


async def test_a_slow_reader_delays_nobody_and_gets_everything_in_order(house: House) -> None:
    slow, _ = await house.page()
    quick, _ = await house.page()
    lagging = house.lines[0]
    seq = 0
    while lagging.empty():
        lagging.send(frame(seq, LONG))
        house.lines[1].send(frame(seq))
        assert seq_of(await text_of(quick)) == seq
        seq += 1
    for later in range(seq, seq + 3):
        lagging.send(frame(later))
        house.lines[1].send(frame(later))
        assert seq_of(await text_of(quick)) == later
    assert [seq_of(await text_of(slow)) for _ in range(seq + 3)] == list(range(seq + 3))
    # Once it has caught up it is written to directly again.
    lagging.send(frame(seq + 3))
    assert lagging.empty()
    assert seq_of(await text_of(slow)) == seq + 3


async def test_a_reader_who_never_reads_is_cut_off_before_much_is_kept_for_them(house: House) -> None:
    stuck, sid = await house.page()
    quick, _ = await house.page()
    lagging = house.lines[0]
    most = 0
    async with asyncio.timeout(30):
        seq = 0
        while sid not in house.left:
            lagging.send(frame(seq, LONG))
            most = max(most, lagging.qsize())
            house.lines[1].send(frame(seq))
            assert seq_of(await text_of(quick)) == seq
            seq += 1
    assert most * LONG <= BACKLOG + 2 * LONG
    assert not stuck.closed  # they still have not read that it is over
    house.lines[1].send(frame(seq))
    assert seq_of(await text_of(quick)) == seq


async def test_a_page_that_froze_with_much_unread_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_line, "GOODBYE_S", 0.2)
    async with opened(0.3) as house:
        frozen, sid = await house.page()
        while house.lines[0].empty():
            house.lines[0].send(frame(0, LONG))
            await asyncio.sleep(0)
        await house.until_gone()
        assert house.left == [sid]
        assert not frozen.closed


async def test_a_socket_that_never_says_who_it_is_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_server, "STRANGER_S", 0.1)
    page = await house.open()
    message = await page.receive(timeout=10)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)
    await house.until_gone()


async def test_the_end_of_a_page_ends_its_writer(house: House) -> None:
    page, sid = await house.page()
    await page.close()
    await house.until_gone()
    assert house.left == [sid]
