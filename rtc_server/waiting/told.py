"""What a waiting client is told beside their place: the range of the wait, and after a while what else they may do.

Owns a copy of the line's facts that is some seconds old. Easy to break: nothing of this is asked for on the way of an
accept or a yes; only a view of a waiting request, the client's home and the operator's queue come here.
"""

import asyncio
from dataclasses import dataclass

from booking_core.people import People
from rtc_server.config import Settings
from rtc_server.pool import Request, State
from rtc_server.store import callbacks, standing
from rtc_server.store.database import Store, now_ms
from rtc_server.waiting import rules as waiting
from rtc_server.waiting.rules import Standing
from rtc_server.wire.pool import Prompts


@dataclass(frozen=True)
class WaitRules:
    """Seconds."""

    cached_s: float
    lately_s: float
    prompt_after_s: float


def waits_rules(settings: Settings) -> WaitRules:
    return WaitRules(
        cached_s=settings.estimate_cached_s,
        lately_s=settings.estimate_lately_s,
        prompt_after_s=settings.prompt_after_s,
    )


@dataclass(frozen=True)
class Said:
    """What a view of a request says about its wait."""

    low_s: int | None = None
    high_s: int | None = None
    prompt_at_ms: int | None = None
    prompts: Prompts | None = None
    place_kept_until_ms: int | None = None


class Waits:
    """One per web process."""

    def __init__(self, store: Store, people: People, rules: WaitRules) -> None:
        self._store = store
        self.people = people
        self._rules = rules
        self._standing: Standing | None = None
        self._until = 0.0
        self._loading = asyncio.Lock()

    async def standing(self) -> Standing:
        """The facts, at most `cached_s` old."""
        clock = asyncio.get_running_loop().time
        async with self._loading:
            if self._standing is None or clock() >= self._until:
                now = now_ms()
                async with self._store.read() as connection:
                    self._standing = await standing.load(connection, now, int(self._rules.lately_s * 1000))
                self._until = clock() + self._rules.cached_s
            return self._standing

    async def before_asking(self, language: str) -> tuple[int, int] | None:
        """The wait of somebody who would ask now."""
        known = await self.standing()
        return waiting.estimate(known, language, "none", known.waiting.get(language, 0))

    async def said(self, request: Request, rank: int | None) -> Said:
        if request.reason == "callback" and request.state is State.CANCELLED:
            async with self._store.read() as connection:
                return Said(place_kept_until_ms=await callbacks.kept_until_ms(connection, request.id))
        if request.state is not State.WAITING or request.is_rehearsal:
            return Said()
        known = await self.standing()
        found = None if rank is None else waiting.estimate(known, request.language, request.therapist_gender, rank)
        low_s, high_s = (None, None) if found is None else found
        prompt_at_ms = self.prompt_at_ms(request)
        prompts = await self._prompts(known, request) if now_ms() >= prompt_at_ms else None
        return Said(low_s, high_s, prompt_at_ms, prompts)

    def prompt_at_ms(self, request: Request) -> int:
        return request.placed_at_ms + int(self._rules.prompt_after_s * 1000)

    async def _prompts(self, known: Standing, request: Request) -> Prompts:
        may = waiting.widenings(known, request)
        person = await self.people.person(request.client_id)
        return Prompts(may_drop_gender=may.may_drop_gender, languages=list(may.languages), needs_phone=not person.phone)
