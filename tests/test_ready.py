"""Whether we are ready: asked by anybody, looked up once in a while."""

import asyncio

from rtc_server.plain_routes import Kept


async def test_what_a_look_found_serves_all_who_ask_until_it_is_old() -> None:
    now, looks = 0.0, 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return looks

    kept = Kept(look, 1.0, clock=lambda: now)
    assert await asyncio.gather(*(kept.get() for _ in range(50))) == [1] * 50
    now = 0.9
    assert await kept.get() == 1
    now = 1.0
    assert await kept.get() == 2
