"""Child processes that are kept running: one that dies is started again after a second, all end together.

Knows no command of ours. The rule that is easy to break: each child is in a session of its own, so that Ctrl-C
reaches only the parent, which then ends the children in order.
"""

import asyncio
import contextlib
import logging
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Iterable

from rtc_server.config import CannotStart

RESTART_S = 1.0

Start = Callable[[], Awaitable[Process]]

log = logging.getLogger(__name__)


class Children:
    """Made and used by one task. Every `start` gives a process that has begun."""

    def __init__(self) -> None:
        self._running: dict[str, Process] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}

    async def add(self, name: str, start: Start) -> None:
        """Start a child and keep it running. Raises what its first start raises."""
        self._running[name] = await start()
        self._watchers[name] = asyncio.create_task(self._watch(name, start), name=name)

    def names(self) -> list[str]:
        return list(self._watchers)

    async def _watch(self, name: str, start: Start) -> None:
        while True:
            process = self._running[name]
            code = await process.wait()
            log.warning("child=%s ended with code=%s, starting it again", name, code)
            _let_go(process)
            await asyncio.sleep(RESTART_S)
            while True:
                try:
                    self._running[name] = await start()
                    break
                except (CannotStart, OSError) as error:
                    log.warning("child=%s cannot start: %s", name, error)
                    await asyncio.sleep(RESTART_S)

    async def stop(self, names: Iterable[str], within_s: float) -> None:
        """Ask these children to end, and kill those that have not within `within_s`. May be repeated."""
        stopped = [name for name in names if name in self._watchers]
        for name in stopped:
            watcher = self._watchers.pop(name)
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
        processes = [self._running.pop(name) for name in stopped]
        for process in processes:
            _signal(process, signal.SIGTERM)
        ended = asyncio.gather(*(process.wait() for process in processes))
        try:
            await asyncio.wait_for(ended, within_s)
        except (TimeoutError, asyncio.CancelledError):
            log.warning("killing children that did not end in time")
            raise
        finally:
            for process in processes:
                _signal(process, signal.SIGKILL)
                _let_go(process)


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)


def _let_go(process: Process) -> None:
    """Close the pipe that told the child we are here; a guard behind it ends then too."""
    if process.stdin is not None:
        process.stdin.close()
