"""The operator's live queue: who waits, who works, what was claimed and lost today; and one request's history.

Owns no table. Easy to break: no client's name, number or word is opened here, but for the operator's own note.
"""

import datetime
import zoneinfo
from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import Row

from booking_core.people import People
from rtc_server import pool
from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import RequestNotFound
from rtc_server.fanout import Fanout
from rtc_server.pool import Request, State, TherapistFacts
from rtc_server.store import callbacks, duty, offerings, requests
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.queue import HistoryLine, QueueLine, QueuePast, QueueView, RequestHistory

LINES_MAX = 100
PAST_MAX = 20


class LiveQueue:
    """One per web process."""

    def __init__(
        self, store: Store, keys: KeyStore, people: People, fanout: Fanout, *, area_first_s: float, time_zone: str
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._fanout = fanout
        self._area_first_s = area_first_s
        self._zone = zoneinfo.ZoneInfo(time_zone)
        self._pushed = 0

    async def push(self) -> None:
        """Show the queue to the operators who are looking, when anything has happened since the last time."""
        changes = self._fanout.changes
        watching = [socket for socket in self._fanout.sockets.values() if socket.watches_queue]
        if watching and changes != self._pushed:
            await self._fanout.emit("queue:changed", await self.view(), watching)
        self._pushed = changes

    async def view(self) -> QueueView:
        now = now_ms()
        async with self._store.read() as connection:
            line = await requests.before_session(connection, LINES_MAX)
            figures = await requests.waiting_now(connection)
            working = await duty.on_duty(connection)
            counts = await offerings.counts_since(connection, self._midnight_ms(now))
            called_back = await callbacks.count_open(connection, now)
            past = await requests.closed_lately(connection, PAST_MAX)
        free = [facts for facts in working if not facts.is_in_session]
        ranks: dict[str, int] = {}
        lines = [await self._line(request, free, ranks, now) for request in line]
        return QueueView(
            now_ms=now,
            waiting=figures.count,
            worried=figures.worried,
            oldest_ms=figures.oldest_ms,
            on_duty=len(free),
            in_session=len(working) - len(free),
            callbacks=called_back,
            claims_today=counts.get("claimed", 0),
            losses_today=counts.get("lost", 0),
            passed_over_today=counts.get("passed_over", 0),
            line=lines,
            lately=[_past(request) for request in past],
        )

    def _midnight_ms(self, now: int) -> int:
        today = datetime.datetime.fromtimestamp(now / 1000, self._zone)
        return int(today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)

    async def _line(self, request: Request, free: list[TherapistFacts], ranks: dict[str, int], now: int) -> QueueLine:
        is_waiting = request.state is State.WAITING
        if is_waiting:
            ranks[request.language] = ranks.get(request.language, 0) + 1
        return QueueLine(
            id=request.id,
            version=request.version,
            state=request.state,
            place=ranks[request.language] if is_waiting else None,
            placed_at_ms=request.placed_at_ms,
            area=request.area,
            language=request.language,
            therapist_gender=request.therapist_gender,
            is_worried=request.is_worried,
            offered_to=self._offered_to(request, now),
            may_see=sum(pool.may_see(request, facts, now, self._area_first_s) for facts in free),
            therapist=await self._therapist(request.therapist_id),
        )

    def _offered_to(self, request: Request, now: int) -> Literal["own", "area", "everyone"]:
        if pool.is_own_time(request, now):
            return "own"
        return "area" if now < pool.widens_at_ms(request, self._area_first_s) else "everyone"

    async def _therapist(self, person_id: str | None) -> str:
        """The public name on their card; "" for nobody and for a client."""
        profile = None if person_id is None else await self._people.profile(person_id)
        return "" if profile is None else f"{profile.first_name} {profile.last_name}"

    async def history(self, request_id: str) -> RequestHistory:
        """Raises RequestNotFound, also for a rehearsal."""
        async with self._store.read() as connection:
            request = await requests.required(connection, request_id)
            steps = await requests.history(connection, request_id)
            offered = await offerings.of_request(connection, request_id)
            note = await requests.taken_out_note(connection, request_id)
        if request.is_rehearsal:
            raise RequestNotFound("There is no such request.")
        lines = [
            HistoryLine(
                at_ms=row.at_ms,
                kind=row.kind,
                therapist=await self._therapist(row.person_id),
                behind_ms=None,
                other_id=None,
            )
            for row in steps
        ]
        lines += [await self._offering(row) for row in offered if row.kind != "claimed"]
        lines.sort(key=_after_the_winner(lines))
        opened = ""
        if note is not None:
            key = await self._keys.key_of(request.client_id)
            opened = key.open_text(note, "request", request_id, "taken_out_note_sealed")
        return RequestHistory(
            id=request_id,
            state=request.state,
            reason=request.reason,
            taken_out=request.taken_out,
            taken_out_note=opened,
            place=request.place,
            area=request.area,
            language=request.language,
            placed_at_ms=request.placed_at_ms,
            lines=lines,
        )

    async def _offering(self, row: Row[Any]) -> HistoryLine:
        return HistoryLine(
            at_ms=row.at_ms,
            kind=row.kind,
            therapist=await self._therapist(row.therapist_id),
            behind_ms=row.behind_ms,
            other_id=row.taken_id,
        )


def _after_the_winner(lines: list[HistoryLine]) -> Callable[[HistoryLine], tuple[int, bool]]:
    """By time; but who lost is told after the claim they lost to, which commits some milliseconds later."""
    accepted = [line.at_ms for line in lines if line.kind == "Accept"]

    def key(line: HistoryLine) -> tuple[int, bool]:
        if line.kind != "lost":
            return line.at_ms, False
        since = line.at_ms - (line.behind_ms or 0)
        return max(line.at_ms, min((at for at in accepted if at >= since), default=0)), True

    return key


def _past(request: Request) -> QueuePast:
    return QueuePast(
        id=request.id,
        state=request.state,
        reason=request.reason,
        placed_at_ms=request.placed_at_ms,
        closed_at_ms=request.state_since_ms,
        area=request.area,
        language=request.language,
    )
