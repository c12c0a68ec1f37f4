"""Waiting for something outside this process: asked again until it is so, never a fixed sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T]], timeout_s: float, what: str) -> T:
    """The first truthy answer of `ask`. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = await ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so within {timeout_s} s")
        await asyncio.sleep(0.1)
