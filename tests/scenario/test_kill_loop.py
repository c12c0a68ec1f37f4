"""Web processes killed again and again under whole sessions: what was answered is there, and nobody is stuck."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial

from rtc_server.actors.people import Actor, ClientActor, TherapistActor, new_id
from rtc_server.actors.wire import Refused
from rtc_server.pool import FINAL
from tests.cluster import Cluster
from tests.conftest import IS_SOAK, Cast
from tests.scenario.steady import COME_BACK_S, SteadyPage

KILLS, FLOWS = (500, 20) if IS_SOAK else (4, 5)
PAUSE_S = 3.0 if IS_SOAK else 1.0
STEP_S = 60.0  # a step of a session waits for processes that start beside each other
VICTIMS = (("web0",), ("web1",), ("web0", "web1"))
# The step was taken by the try whose answer was lost, or the other one's step came first: the page is told which.
LATE = {
    "taken", "cancelled", "in_session", "request_not_found", "illegal_transition", "not_agreed", "session_ended",
    "session_not_found",
}  # fmt: skip


class Flow:
    """One person who goes through one session after the other; `said` is what was answered, by session."""

    def __init__(self, actor: Actor, cluster: Cluster) -> None:
        self.page = SteadyPage(actor, self._catch_up, [cluster.url(0), cluster.url(1)])
        self.said: dict[str, str] = {}
        self.session_id = ""
        self._actor = actor

    @property
    def state(self) -> str:
        request = self._actor.request
        return "" if request is None or request.state in FINAL else request.state

    async def _catch_up(self) -> None:
        await self._actor.current()
        if isinstance(self._actor, TherapistActor):
            await self._actor.duty_now()
            await self._actor.pool()
        if self.session_id:
            with contextlib.suppress(Refused):
                await self._actor.join(self.session_id)
            with contextlib.suppress(Refused):
                await self._actor.chat_since(self.session_id, self._actor.chat_to)

    async def step(self, send: Callable[[], Awaitable[object]]) -> bool:
        """Whether it was done; not when it came too late."""
        try:
            await self.page.surely(send)
        except Refused as refusal:
            assert refusal.code in LATE, refusal
            await asyncio.sleep(COME_BACK_S)
            return False
        return True

    async def meet(self) -> str:
        """Into the room, and one line said; returns the session's id."""
        request = self._actor.request
        assert request is not None and request.session_id is not None
        if request.session_id != self.session_id:
            self._actor.chat.clear()
        self.session_id = session_id = request.session_id
        if await self.step(partial(self._actor.join, session_id)) and session_id not in self.said:
            text = new_id()
            if await self.step(partial(self._actor.say, session_id, text, line_id=new_id())):
                self.said[session_id] = text
        return session_id

    async def leaves(self, state: str, *others: str) -> None:
        await self.page.until(lambda: self.state not in (state, *others), STEP_S)


class Asking(Flow):
    def __init__(self, actor: ClientActor, cluster: Cluster) -> None:
        super().__init__(actor, cluster)
        self.client = actor

    async def one_session(self) -> None:
        await self.page.surely(partial(self.client.place, request_id=new_id()))
        key = new_id()
        while self.state:
            request = self.client.request
            assert request is not None
            if request.state == "waiting":
                await self.leaves("waiting")
            elif request.state == "accepted":
                if await self.step(partial(self.client.agree, request.id, key=key)):
                    await self.leaves("accepted")
            else:
                await self.meet()
                await self.leaves("joining", "in_call")


class Taking(Flow):
    def __init__(self, actor: TherapistActor, cluster: Cluster) -> None:
        super().__init__(actor, cluster)
        self.therapist = actor
        self.noted: dict[str, str] = {}

    def top(self) -> str | None:
        waiting = [card for card in self.therapist.cards.values() if card.state == "waiting"]
        return min(waiting, key=lambda card: card.place).id if waiting else None

    async def sessions(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            if self.state in ("joining", "in_call"):
                await self._hold(await self.meet())
            elif self.state:
                await self.leaves(self.state)
            elif (top := self.top()) is not None:
                await self.step(partial(self.therapist.accept, top))
            else:
                await self.page.until(lambda: is_over() or bool(self.state) or self.top() is not None, STEP_S)

    async def _hold(self, session_id: str) -> None:
        """Hear the client, write the notes and end the session for both."""
        chat = self.therapist.chat
        await self.page.until(lambda: not self.state or any(line.seat == "client" for line in chat.values()), STEP_S)
        if session_id not in self.noted:
            text = f"Notes on {new_id()}"
            if await self.step(partial(self.therapist.save_notes, session_id, text, 0)):
                self.noted[session_id] = text
        await self.step(partial(self.therapist.end, session_id, key=new_id()))
        await self.leaves("joining", "in_call")


async def kill_again_and_again(cluster: Cluster, random_: random.Random) -> float:
    """Returns how many seconds the slowest start took."""
    slowest = 0.0
    for _ in range(KILLS):
        await asyncio.sleep(random_.uniform(0, PAUSE_S))
        victims = random_.choice(VICTIMS)
        for name in victims:
            await asyncio.to_thread(cluster.kill, name)
        began = time.monotonic()
        for name in victims:
            cluster.start(name)
        for name in victims:
            await asyncio.to_thread(cluster.wait_ready, name)
        slowest = max(slowest, time.monotonic() - began)
        if IS_SOAK:
            await asyncio.to_thread(cluster.command, "doctor", "--invariants")
    return slowest


async def test_what_was_answered_while_web_processes_are_killed_is_there_and_nobody_is_stuck(
    mended: Cluster, fragile_cast: Cast
) -> None:
    asking = [Asking(await fragile_cast.client(0), mended) for _ in range(FLOWS)]
    taking = [Taking(await fragile_cast.therapist(0), mended) for _ in range(FLOWS)]
    wallets = [(await flow.client.wallet()).available_pence for flow in asking]
    killing = asyncio.create_task(kill_again_and_again(mended, random.Random(11)))
    have_asked = 0

    async def ask(flow: Asking) -> None:
        nonlocal have_asked
        while not killing.done():
            await flow.one_session()
        have_asked += 1
        if have_asked == FLOWS:
            for other in taking:
                other.therapist.look()

    async with asyncio.TaskGroup() as tasks:
        for flow in asking:
            tasks.create_task(ask(flow))
        for other in taking:
            tasks.create_task(other.sessions(lambda: have_asked == FLOWS))
    slowest = await killing
    heard = {session_id: text for flow in asking for session_id, text in flow.said.items()}
    for other in taking:
        for session_id, note in other.noted.items():
            kept = await other.page.surely(partial(other.therapist.session, session_id))
            assert kept.notes.text == note
            assert [line.seq for line in kept.chat] == list(range(1, len(kept.chat) + 1))
            said = {"client": heard[session_id], "therapist": other.said[session_id]}
            assert {line.seat: line.text for line in kept.chat} == said and len(kept.chat) == len(said)
    for flow, before in zip(asking, wallets, strict=True):
        wallet = await flow.page.surely(flow.client.wallet)
        assert (wallet.available_pence, wallet.held_pence) == (before, 0), "sessions this short cost nothing"
        assert len(flow.said) >= 1
    sessions = sum(len(other.noted) for other in taking)
    print(f"kill loop: {KILLS} kills under {FLOWS} flows, {sessions} sessions, slowest start {slowest:.1f} s")
