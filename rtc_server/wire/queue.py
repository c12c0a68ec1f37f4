"""Messages of the operator's live queue: who waits, who works, and how each request was offered.

No client's name, number or word stands in any of them.
"""

from typing import Literal

from rtc_server.pool import State, Why
from rtc_server.wire.pool import RequestRef
from rtc_server.wire.tables import ADMIN, ClientEvent
from rtc_server.wire.types import Body, Empty, Gender, Id, Instant, ShortText, View


class QueueLine(View):
    """A request that is not yet a session."""

    id: str
    version: int
    state: State  # waiting, accepted or joining
    place: int | None  # while waiting: 1 + rank in its language
    placed_at_ms: Instant
    area: str
    language: str
    therapist_gender: Gender
    is_worried: bool
    offered_to: Literal["own", "area", "everyone"]
    may_see: int  # therapists who see the card now
    therapist: str  # who has accepted it; "" while waiting


class QueuePast(View):
    """A request that ended lately."""

    id: str
    state: State  # in_call or a final one
    reason: str
    placed_at_ms: Instant
    closed_at_ms: Instant
    area: str
    language: str


class QueueView(View):
    """Rehearsals are counted nowhere. Today begins at midnight in TIME_ZONE."""

    now_ms: Instant
    waiting: int
    worried: int  # of those who wait: they ticked that they are worried about their safety
    oldest_ms: Instant | None  # when whoever waits longest asked
    on_duty: int  # and free
    in_session: int
    callbacks: int  # clients who wait for a text
    claims_today: int
    losses_today: int
    passed_over_today: int  # times an older card was left for a newer one
    line: list[QueueLine]  # oldest first, the first 100
    lately: list[QueuePast]  # newest first


class QueueRemove(Body):
    id: Id
    why: Why
    note: ShortText = ""  # for the record; never shown to the client


class HistoryLine(View):
    """One thing that happened to a request."""

    at_ms: Instant
    kind: str  # the step's name, or shown, claimed, lost, passed_over
    therapist: str  # whom it concerns, or ""
    behind_ms: int | None  # lost: this long after the winner
    other_id: str | None  # passed_over: the newer request that was taken instead


class RequestHistory(View):
    id: str
    state: State
    reason: str
    taken_out: str
    taken_out_note: str
    place: int  # as drawn; it never changes
    area: str
    language: str
    placed_at_ms: Instant
    lines: list[HistoryLine]  # oldest first


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "queue:get": ClientEvent(Empty, QueueView, ADMIN),
    "queue:remove": ClientEvent(QueueRemove, QueueView, ADMIN),
    "queue:history": ClientEvent(RequestRef, RequestHistory, ADMIN),
}
SERVER_EVENTS: dict[str, type[View]] = {
    "queue:changed": QueueView,
}
