"""A door in front of a server behind which every byte arrives later, in order, either way; nothing is lost.

Stands for the way between a page and the server. It has a thread of its own, so that what measures does not wait for
what is measured.
"""

import asyncio
import contextlib
import threading
from typing import Self

CHUNK = 65_536


class SlowLine:
    """Use as a context manager; `port` is where it listens on loopback, `to_port` where it leads."""

    def __init__(self, to_port: int, one_way_s: float) -> None:
        self.port = 0
        self._to_port = to_port
        self._one_way_s = one_way_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(due - self._loop.time())
                if not data:
                    writer.close()
                    return
                writer.write(data)

        arriving = asyncio.create_task(arrive())
        data = b"first"
        while data:
            data = b""
            with contextlib.suppress(ConnectionError):
                data = await reader.read(CHUNK)
            under_way.put_nowait((self._loop.time() + self._one_way_s, data))
        await arriving
