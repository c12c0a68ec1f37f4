"""One open WebSocket as fan-out sees it: a frame built once is written at once, or queues behind what waits.

Owns what we use of python-engineio's insides; nothing else does, and tests/contract/test_line.py shows that they still
look the same. Knows no event and no view. Easy to break: a frame may pass the queue by only when everything that was
put into it has been written, or a page would see the later before the earlier.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

from engineio import packet

from rtc_server.wire.types import View, encoder

# Above this asyncio pauses whoever writes: the reader is slow, and what comes next waits in the queue.
TRANSPORT_BYTES_MAX = 65_536
GOODBYE_S = 5.0  # what is unsent this long after the goodbye is given up


@dataclass(frozen=True, slots=True)
class Frame:
    """One event to a browser, encoded once for all who get it."""

    whole: bytes  # the WebSocket frame
    packet: packet.Packet  # the same for Engine.IO's writer

    @classmethod
    def of(cls, event: str, view: View) -> Self:
        text = b'2["%b",%b]' % (event.encode(), encoder.encode(view))
        return cls(frame_of(b"4" + text), packet.Packet(packet.MESSAGE, text.decode()))


def frame_of(payload: bytes) -> bytes:
    """A text frame as servers send them: final, not masked, not compressed."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


class Line(asyncio.Queue[Any]):
    """The queue that Engine.IO's writer of one socket empties, and the way past it.

    A reader for whom more than `bytes_max` wait is cut off: the page comes back and takes whole snapshots.
    """

    def __init__(self, bytes_max: int) -> None:
        super().__init__()
        self._bytes_max = bytes_max
        self._transport: asyncio.WriteTransport | None = None
        self.closed = asyncio.Event()
        # The writer takes packets out in bunches before it writes them, so the queue's own size does not tell.
        self._packets = 0
        self._bytes = 0

    def open(self, transport: asyncio.WriteTransport) -> None:
        """The socket can be written to from now on."""
        self._transport = transport

    def send(self, frame: Frame) -> None:
        """Never waits and never raises."""
        transport = self._transport
        if (
            transport is None
            or self._packets
            or transport.is_closing()
            or transport.get_write_buffer_size() > TRANSPORT_BYTES_MAX
        ):
            self.put_nowait(frame.packet)
        else:
            transport.write(frame.whole)

    async def take_all(self) -> list[Any]:
        """What waits, as soon as something does; [] at the end.

        Stands in for Engine.IO's `poll`, which keeps a task and a timer more for each socket in order to end when
        nothing was sent for two pings: the reading side ends then too, and says so with None.
        """
        packets = [await self.get()]
        while packets[-1] is not None and not self.empty():
            packets.append(self.get_nowait())
        for _ in packets:
            self.task_done()
        if packets[-1] is None:
            packets.pop()
            if packets:
                self.put_nowait(None)
        return packets

    def wrote(self, message: str | bytes) -> None:
        """Engine.IO's writer has written one packet."""
        self._packets -= 1
        self._bytes -= len(message)

    def cut(self) -> None:
        """Close without a goodbye, dropping what waits."""
        if self._transport is not None:
            self._transport.abort()

    def _put(self, item: Any) -> None:
        super()._put(item)
        self._packets += 1
        if item is None or item.packet_type == packet.CLOSE:
            asyncio.get_running_loop().call_later(GOODBYE_S, self.cut)
        if item is not None:
            self._bytes += len(item.encode())
            if self._bytes > self._bytes_max:
                self.cut()
