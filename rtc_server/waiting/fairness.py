"""The record of fairness: noted in memory on the way, written in batches behind the answers.

Easy to break: nothing here waits for the database but `flush`, so that neither a claim nor a loss is slower for being
on record. What a killed process had not yet written, at most a second's worth, is lost; steps themselves never are.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.pool import Request
from rtc_server.store import offerings
from rtc_server.store.database import Store, now_ms
from rtc_server.store.offerings import Offering
from rtc_server.wire.pool import CardView

log = logging.getLogger(__name__)

NOTED_MAX = 200_000  # while the database cannot be written, the newest beyond this are let go
PASSED_MAX = 50  # older cards on record for one claim: as many as a dashboard shows


@dataclass
class Claim:
    """One claim, and the cards that the therapist saw when making it."""

    request_id: str
    therapist_id: str
    at_ms: int
    seen: tuple[str, ...] = field(default_factory=tuple)


class Fairness:
    """One per web process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: list[Offering] = []
        self._claims: list[Claim] = []

    def shown(self, card: CardView, therapist_ids: Iterable[str]) -> None:
        if card.is_rehearsal or len(self._noted) > NOTED_MAX:
            return
        now = now_ms()
        self._noted.extend(Offering(card.id, therapist_id, "shown", now) for therapist_id in therapist_ids)

    def claimed(self, request: Request, therapist_id: str, seen: Iterable[str]) -> None:
        """`seen`: the requests on the therapist's page, this one among them or not."""
        if not request.is_rehearsal:
            self._claims.append(Claim(request.id, therapist_id, request.state_since_ms, tuple(seen)))

    def lost(self, request_id: str, therapist_id: str, behind_ms: int | None) -> None:
        if len(self._noted) <= NOTED_MAX:
            self._noted.append(Offering(request_id, therapist_id, "lost", now_ms(), behind_ms))

    async def flush(self) -> None:
        """Write what was noted; kept for the next turn when it cannot be."""
        noted, claims = self._noted, self._claims
        if not noted and not claims:
            return
        self._noted, self._claims = [], []
        is_written = False
        try:
            await self._store.write(_write, noted, claims)
            is_written = True
        finally:
            if not is_written:
                self._noted, self._claims = noted + self._noted, claims + self._claims


async def _write(connection: AsyncConnection, noted: list[Offering], claims: list[Claim]) -> None:
    rows = list(noted)
    for claim in claims:
        rows.append(Offering(claim.request_id, claim.therapist_id, "claimed", claim.at_ms))
        older = await offerings.older_left(connection, claim.request_id, claim.seen, claim.at_ms, PASSED_MAX)
        rows += [
            Offering(request_id, claim.therapist_id, "passed_over", claim.at_ms, taken_id=claim.request_id)
            for request_id in older
        ]
    await offerings.append(connection, rows)
