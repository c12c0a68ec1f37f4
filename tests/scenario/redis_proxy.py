"""A socket between a process and Redis, over which messages stop coming while nobody closes anything.

The rule that is easy to break: only connections that have subscribed go deaf, and only those that are open by then.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path


class Proxy:
    """Listens on `path` and passes everything on to `target`."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self._target = target
        self._subscribed: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def deafen(self) -> int:
        """Whoever listens now hears nothing any more, and what they say arrives nowhere. Returns how many they were."""
        flows = len(self._subscribed)
        for flow in self._subscribed:
            flow.clear()
        self._subscribed.clear()
        return flows

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        flow = asyncio.Event()
        flow.set()
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flow: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if b"SUBSCRIBE" in data:
                    self._subscribed.add(flow)
                await flow.wait()
                sink.write(data)
                await sink.drain()
        self._subscribed.discard(flow)
        sink.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def proxied(target: Path) -> AsyncIterator[Proxy]:
    # A socket's path holds about a hundred characters; pytest's folders are longer.
    with tempfile.TemporaryDirectory(prefix="qc-proxy-") as folder:
        proxy = Proxy(Path(folder) / "redis.sock", target)
        server = await asyncio.start_unix_server(proxy.serve, proxy.path)
        try:
            yield proxy
        finally:
            server.close()
            await proxy.close()
