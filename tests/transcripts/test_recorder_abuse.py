"""The recorder's ports under abuse: strangers who guess one, packets that are sent again, and a page that floods it."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCSessionDescription
from OpenSSL import SSL

from rtc_server import recorder
from tests.conftest import IS_SOAK
from tests.eventually import eventually
from tests.legs import Encoded
from tests.transcripts.studio import Microphone, Page, Studio, noise, opus, silence

A_SECOND = 5_000 if IS_SOAK else 1_000  # datagrams
ABUSED_S = 30 if IS_SOAK else 2
BUNCH = 50
QUEUE_MAX = 50  # what aiortc has not looked at yet
ROW_MAX = 50


def client_hello() -> bytes:
    """What begins a DTLS handshake, from somebody who was never asked for one."""
    stranger = SSL.Connection(SSL.Context(SSL.DTLS_METHOD))
    stranger.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        stranger.do_handshake()
    return stranger.bio_read(4_096)


def rubbish(dice: random.Random) -> list[bytes]:
    """Empty, of every kind that a first byte can promise, and a handshake."""
    return [b"", client_hello(), *(bytes([kind]) + dice.randbytes(dice.randrange(1_200)) for kind in range(256))]


def ports(answer: str) -> set[tuple[str, int]]:
    lines = [line.split(" ") for line in answer.splitlines() if line.startswith("a=candidate:")]
    return {(parts[4], int(parts[5])) for parts in lines if ":" not in parts[4]}


@asynccontextmanager
async def strangers(answer: str, datagrams: list[bytes]) -> AsyncIterator[None]:
    """From another port than the page's, again and again, while the body runs."""

    async def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            while True:
                for _ in range(BUNCH):
                    with contextlib.suppress(OSError):
                        stranger.sendto(random.choice(datagrams), random.choice(sorted(ports(answer))))
                await asyncio.sleep(BUNCH / A_SECOND)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()


class Wire:
    """What a page sends to the recorder, as it stands on the network."""

    def __init__(self, page: Page) -> None:
        self.sent: list[bytes] = []
        (sender,) = page.peer.getSenders()
        self.ice = sender.transport.transport
        self._send = self.ice._send
        self.ice._send = self.send

    async def send(self, data: bytes) -> None:
        self.sent.append(data)
        await self._send(data)

    async def again(self) -> None:
        for data in list(self.sent):
            await self._send(data)


async def has_stored(studio: Studio, count: int) -> None:
    async def so_many() -> bool:
        return await studio.packets_stored() >= count

    await eventually(so_many, 10, f"{count} packets stored")


async def are_different(studio: Studio) -> bool:
    stored = [packet.seq for row in await studio.rows() for packet in row]
    return len(stored) == len(set(stored))


def unread(studio: Studio) -> int:
    """Datagrams that wait for aiortc."""
    (leg,) = studio.recorder.legs.values()
    (receiver,) = leg._peer.getReceivers()
    return int(receiver.transport.transport._connection._queue.qsize())


async def test_strangers_on_its_port_neither_hinder_a_leg_nor_are_they_recorded(studio: Studio) -> None:
    page = await studio.page("client")
    offer = await page.offer(Microphone(noise(3, -30)))
    wire = Wire(page)
    status, answer = await page.post(offer)
    assert status == 201
    datagrams = rubbish(random.Random(5))
    async with strangers(answer, datagrams):
        await page.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await has_stored(studio, 20)
        datagrams += [data for data in wire.sent if data[0] >= 128]
        before = await studio.packets_stored()
        await asyncio.sleep(ABUSED_S)
        assert unread(studio) <= QUEUE_MAX
        await has_stored(studio, before + ABUSED_S * 40)
    (leg,) = studio.recorder.legs.values()
    assert await page.hang_up() == 204
    assert await studio.legs() == [("client", "closed", "left")]
    assert leg.errors == 0
    assert await are_different(studio)
    await page.peer.close()


async def test_packets_sent_again_are_kept_once(studio: Studio) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    wire = Wire(page)
    await has_stored(studio, 20)
    for _ in range(3):
        await wire.again()
    assert await page.hang_up() == 204
    assert await are_different(studio)
    await page.peer.close()


async def test_of_a_page_that_floods_a_row_holds_so_many_and_its_recording_goes_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The studio commits five rows a second, so that this is five times what a row usually holds.
    monkeypatch.setattr(recorder, "ROW_PACKETS_MAX", ROW_MAX)
    page = await studio.page("client")
    flood = Encoded(opus(noise(1, -30)), frame_s=0)
    await page.dial(flood)  # type: ignore[arg-type]
    await has_stored(studio, 20)
    (leg,) = studio.recorder.legs.values()

    async def has_refused() -> bool:
        return leg.errors > 0

    await eventually(has_refused, 10, "what is too much is counted")
    await asyncio.sleep(ABUSED_S)
    assert unread(studio) <= QUEUE_MAX
    (sender,) = page.peer.getSenders()
    sender.replaceTrack(Microphone(silence(30)))
    before = await studio.packets_stored()
    await has_stored(studio, before + 100)
    assert max(len(row) for row in await studio.rows()) <= ROW_MAX
    assert [state for _, state, _ in await studio.legs()] == ["recording"]
    await page.peer.close()
