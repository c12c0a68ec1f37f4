"""A request that waits, for tests without a server."""

from dataclasses import replace
from typing import Any

from rtc_server.pool import Request, State


def a_request(name: str, place: int, now_ms: int, **changes: Any) -> Request:
    """Placed now, by a client of its own; `changes` are fields."""
    made = Request(
        id=name,
        client_id=f"client {name}",
        state=State.WAITING,
        version=1,
        place=place,
        area="mind",
        language="en",
        therapist_gender="none",
        is_chat_only=False,
        is_worried=False,
        price_pence=3500,
        placed_at_ms=now_ms,
        state_since_ms=now_ms,
        due_at_ms=now_ms + 1,
    )
    return replace(made, **changes)
