"""A page that keeps at it, as the web client does: what was not answered is sent again, on as many connections, and to
as many web processes, as it takes.

Knows no verb; what it sends again must be the same for the server when it comes twice. The rule that is easy to break:
whatever came while it was away is only seen if `catch_up` asks for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from typing import TypeVar

import aiohttp

from rtc_server.actors.people import Actor
from rtc_server.actors.wire import ANSWER_S, Disconnected, Refused

COME_BACK_S = 0.05
T = TypeVar("T")


class SteadyPage:
    """`urls`: the web processes behind one balancer, tried in turn; none for the actor's own."""

    def __init__(self, actor: Actor, catch_up: Callable[[], Awaitable[object]], urls: Sequence[str] = ()) -> None:
        self.actor = actor
        self._catch_up = catch_up
        self._urls = cycle(urls or [actor.url])

    async def surely(self, send: Callable[[], Awaitable[T]]) -> T:
        """What `send` is answered, once it is. Raises Refused when that is a no."""
        while True:
            try:
                await self._come_back()
                return await send()
            except (Disconnected, aiohttp.ClientError):
                await asyncio.sleep(COME_BACK_S)

    async def until(self, is_so: Callable[[], bool], timeout_s: float = ANSWER_S) -> None:
        """Wait until `is_so()` of what the page was told, whatever becomes of its connections meanwhile. Raises
        TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not is_so():
                await self.surely(self._nothing)
                await self.actor.until(lambda: is_so() or not self.actor.is_connected, timeout_s)

    async def _nothing(self) -> None:
        pass

    async def _come_back(self) -> None:
        if self.actor.is_connected:
            return
        self.actor.url = self.actor.origin = next(self._urls)
        try:
            await self.actor.connect()
        except (Refused, TimeoutError) as error:  # somebody who answers, but not as a server that is up
            raise Disconnected("not let in") from error
        await self._catch_up()
