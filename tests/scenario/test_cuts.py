"""Connections that are cut again and again while two people write, mute and take notes over two web processes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from rtc_server.actors.people import Actor, new_id
from tests.conftest import IS_SOAK, Cast
from tests.scenario.steady import SteadyPage
from tests.scenario.story import in_call

LINES, CUTS = (500, 50) if IS_SOAK else (25, 5)  # of each of the two
A_LINE_S = 0.25 if IS_SOAK else 0.1  # below what one person may send
MUTE_EVERY = 5


class Writer:
    """A page in a call which loses its network at random moments, and sends again what was not answered."""

    def __init__(self, actor: Actor, session_id: str, random_: random.Random) -> None:
        self.actor = actor
        self.texts: list[str] = []
        self._session_id = session_id
        self._random = random_
        self._page = SteadyPage(actor, self._catch_up)

    async def _catch_up(self) -> None:
        await self.actor.join(self._session_id)
        await self.actor.chat_since(self._session_id, self.actor.chat_to)

    async def write(self, also: Callable[[int], Awaitable[object]]) -> None:
        for number in range(LINES):
            text = f"line {number}"
            await self._page.surely(partial(self.actor.say, self._session_id, text, line_id=new_id()))
            self.texts.append(text)
            if number % MUTE_EVERY == 0:
                await self._page.surely(partial(also, number))
            await asyncio.sleep(A_LINE_S)

    async def has_all(self) -> None:
        """The page itself has come by every line, of both, and is there, whenever it was cut last."""
        await self._page.surely(self.actor.current)
        await self._page.until(lambda: len(self.actor.chat) == 2 * LINES)
        assert sorted(self.actor.chat) == list(range(1, 2 * LINES + 1))

    async def be_cut(self) -> None:
        for _ in range(CUTS):
            await asyncio.sleep(self._random.uniform(0.2, 1.8) * LINES * A_LINE_S / CUTS)
            await self.actor.cut()


def is_shown_muted(actor: Actor, is_muted: bool) -> bool:
    return actor.room is not None and actor.room.client.is_muted is is_muted


async def test_what_was_said_muted_and_noted_over_cut_connections_is_there_once_and_in_order(cast: Cast) -> None:
    client, therapist = await cast.client(0), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    random_ = random.Random(4)
    notes: list[str] = []

    async def note(number: int) -> None:
        text = f"After line {number}"
        await therapist.save_notes(session_id, text, len(notes))
        notes.append(text)

    async def mute(number: int) -> None:
        await client.mute(session_id, number % 2 == 0)

    writers = [Writer(actor, session_id, random_) for actor in (client, therapist)]
    async with asyncio.TaskGroup() as tasks:
        for writer, also in zip(writers, (mute, note), strict=True):
            tasks.create_task(writer.write(also))
            tasks.create_task(writer.be_cut())
    for writer in writers:
        await writer.has_all()
    lines = [client.chat[seq] for seq in sorted(client.chat)]
    assert lines == [therapist.chat[seq] for seq in sorted(therapist.chat)]
    for writer, seat in zip(writers, ("client", "therapist"), strict=True):
        assert [line.text for line in lines if line.seat == seat] == writer.texts
    last = (LINES - 1) // MUTE_EVERY * MUTE_EVERY
    for actor in (client, therapist):
        await actor.until_phase("live")
        await actor.until(partial(is_shown_muted, actor, last % 2 == 0))
    kept = (await therapist.session(session_id)).notes
    assert (kept.text, kept.version) == (f"After line {last}", len(notes))
    await therapist.end(session_id)
