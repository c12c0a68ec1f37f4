"""Saying in one line that something is refused, and why."""

from collections.abc import Awaitable

import pytest

from rtc_server.actors.wire import Refused


async def refused_as(code: str, attempt: Awaitable[object]) -> None:
    with pytest.raises(Refused) as refusal:
        await attempt
    assert refusal.value.code == code
