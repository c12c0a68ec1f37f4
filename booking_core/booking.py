"""A booking's lifecycle: states, the table of steps, who may move or cancel until when, and what that costs. Pure.

The rule that is easy to break: lateness is judged at the moment of the step, and exactly as far ahead as the policy
says is already late ("more than 24 hours" is more). Therapists are exempt from every cut-off.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, NamedTuple

from booking_core.errors import BookingClosed, MovesUsedUp, TooEarly, TooLateToMove

MINUTE_MS = 60_000

Kind = Literal["therapy", "coaching"]
Method = Literal["video", "phone", "in_person"]
PaidWith = Literal["wallet", "allowance", "nothing"]
Outcome = Literal["completed", "no_show_client", "no_show_therapist"]


class State(StrEnum):
    REQUESTED = "requested"  # the therapist confirms by hand
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    NO_SHOW_CLIENT = "no_show_client"
    NO_SHOW_THERAPIST = "no_show_therapist"
    DECLINED = "declined"


LIVE = frozenset({State.REQUESTED, State.CONFIRMED})


class Side(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"


class Money(StrEnum):
    """What a state means for the price or the session that was set aside."""

    HELD = "held"
    TAKEN = "taken"
    RETURNED = "returned"


@dataclass(frozen=True)
class Policy:
    """Copied on to each booking, so that a change of the service changes no promise."""

    move_minutes: int
    cancel_minutes: int
    is_late_returned: bool
    moves_max: int | None  # None: as often as they like


@dataclass(frozen=True)
class Booking:
    id: str
    client_id: str
    therapist_id: str
    service_id: str
    kind: Kind
    method: Method
    state: State
    version: int
    starts_at_ms: int
    ends_at_ms: int
    area: str
    language: str
    price_pence: int
    paid_with: PaidWith
    policy: Policy
    created_at_ms: int
    reason: str = ""
    moves: int = 0
    follows_id: str | None = None
    successor_id: str | None = None

    @property
    def minutes(self) -> int:
        return (self.ends_at_ms - self.starts_at_ms) // MINUTE_MS

    def side_of(self, person_id: str) -> Side | None:
        if person_id == self.client_id:
            return Side.CLIENT
        return Side.THERAPIST if person_id == self.therapist_id else None


@dataclass(frozen=True)
class Confirmed:
    """By the therapist's hand."""


@dataclass(frozen=True)
class Declined:
    """By the therapist, who cannot or would rather not."""


@dataclass(frozen=True)
class Lapsed:
    """Its time came and nobody had confirmed it."""


@dataclass(frozen=True)
class Cancelled:
    """By either; by the client inside the policy's time it is late, and may use the session up."""

    by: Side


@dataclass(frozen=True)
class Moved:
    """To another time: a booking of its own, which this one names."""

    by: Side
    successor_id: str


@dataclass(frozen=True)
class Attended:
    """Both were there for long enough; by telephone or in person also when nobody has said otherwise."""


@dataclass(frozen=True)
class ClientMissed:
    """The therapist waited in vain; by telephone or in person their own word."""


@dataclass(frozen=True)
class TherapistMissed:
    """The therapist did not come, or not for long enough; so too where neither did, or where they say so."""


Event = Confirmed | Declined | Lapsed | Cancelled | Moved | Attended | ClientMissed | TherapistMissed
Change = Callable[[Booking, "Event", int], Booking]


def is_ahead(booking: Booking, now_ms: int, minutes: int) -> bool:
    """Whether it starts in more than this."""
    return booking.starts_at_ms - now_ms > minutes * MINUTE_MS


def check_move(booking: Booking, by: Side, now_ms: int) -> None:
    """Raises BookingClosed once it has begun; for a client also TooLateToMove and MovesUsedUp."""
    if booking.state not in LIVE or now_ms >= booking.starts_at_ms:
        raise BookingClosed("This session can no longer be moved.")
    if by is Side.THERAPIST:
        return
    if not is_ahead(booking, now_ms, booking.policy.move_minutes):
        raise TooLateToMove("It is too late to move this session. You can cancel it and book anew.")
    if booking.policy.moves_max is not None and booking.moves >= booking.policy.moves_max:
        raise MovesUsedUp("This session has been moved as often as it may be. You can cancel it and book anew.")


def outcome_by_hand(booking: Booking, said: Outcome, now_ms: int, after_s: float) -> Event:
    """What its therapist says became of a session that has no room: nobody else has seen it. Raises BookingClosed for
    one with a room, whose presence says it, and TooEarly until so long after the start."""
    if booking.method == "video" or booking.state is not State.CONFIRMED:
        raise BookingClosed("What became of this session is settled already, or follows from who was there.")
    if now_ms < booking.starts_at_ms + int(after_s * 1000):
        raise TooEarly("This can be said once a client who does not come has missed it. Nothing was changed.")
    return _SAID[said]()


def is_forfeit(booking: Booking, by: Side, now_ms: int) -> bool:
    """Whether cancelling at this moment uses the session up."""
    is_late = booking.state is State.CONFIRMED and not is_ahead(booking, now_ms, booking.policy.cancel_minutes)
    return by is Side.CLIENT and is_late and not booking.policy.is_late_returned


def money_of(booking: Booking) -> Money:
    if booking.state in LIVE:
        return Money.HELD
    if booking.state is State.LATE_CANCELLED:
        return Money.RETURNED if booking.policy.is_late_returned else Money.TAKEN
    return Money.TAKEN if booking.state in (State.COMPLETED, State.NO_SHOW_CLIENT) else Money.RETURNED


class Step(NamedTuple):
    to: tuple[State, ...]  # where it may lead
    change: Change


_SAID: Mapping[Outcome, Callable[[], Event]] = {
    "completed": Attended,
    "no_show_client": ClientMissed,
    "no_show_therapist": TherapistMissed,
}


def _to(state: State, reason: str = "") -> Step:
    return Step((state,), lambda booking, event, now_ms: replace(booking, state=state, reason=reason))


def _cancel(booking: Booking, event: Event, now_ms: int) -> Booking:
    assert isinstance(event, Cancelled)
    if now_ms >= booking.starts_at_ms:
        raise BookingClosed("This session has begun and can no longer be cancelled.")
    is_late = (
        event.by is Side.CLIENT
        and booking.state is State.CONFIRMED
        and not is_ahead(booking, now_ms, booking.policy.cancel_minutes)
    )
    return replace(booking, state=State.LATE_CANCELLED if is_late else State.CANCELLED, reason=event.by.value)


def _move(booking: Booking, event: Event, now_ms: int) -> Booking:
    assert isinstance(event, Moved)
    check_move(booking, event.by, now_ms)
    return replace(booking, state=State.CANCELLED, reason="rescheduled", successor_id=event.successor_id)


TRANSITIONS: Mapping[tuple[State, type[Event]], Step] = {
    (State.REQUESTED, Confirmed): _to(State.CONFIRMED),
    (State.REQUESTED, Declined): _to(State.DECLINED, "therapist"),
    (State.REQUESTED, Lapsed): _to(State.DECLINED, "lapsed"),
    (State.REQUESTED, Cancelled): Step((State.CANCELLED,), _cancel),
    (State.REQUESTED, Moved): Step((State.CANCELLED,), _move),
    (State.CONFIRMED, Cancelled): Step((State.CANCELLED, State.LATE_CANCELLED), _cancel),
    (State.CONFIRMED, Moved): Step((State.CANCELLED,), _move),
    (State.CONFIRMED, Attended): _to(State.COMPLETED),
    (State.CONFIRMED, ClientMissed): _to(State.NO_SHOW_CLIENT),
    (State.CONFIRMED, TherapistMissed): _to(State.NO_SHOW_THERAPIST),
}


def advance(booking: Booking, event: Event, now_ms: int) -> Booking:
    """The booking after `event`. Raises BookingClosed for a step its state does not know, and as `check_move` does."""
    step = TRANSITIONS.get((booking.state, type(event)))
    if step is None:
        raise BookingClosed("This booking has changed meanwhile. Look at it again.")
    return replace(step.change(booking, event, now_ms), version=booking.version + 1)


def successor(booking: Booking, new_id: str, starts_at_ms: int, by: Side, now_ms: int) -> Booking:
    """The booking that takes its place at another time. The therapist's own move needs no second yes."""
    is_asked = booking.state is State.REQUESTED and by is Side.CLIENT
    return replace(
        booking,
        id=new_id,
        state=State.REQUESTED if is_asked else State.CONFIRMED,
        version=1,
        reason="",
        starts_at_ms=starts_at_ms,
        ends_at_ms=starts_at_ms + booking.ends_at_ms - booking.starts_at_ms,
        moves=booking.moves + (1 if by is Side.CLIENT else 0),
        follows_id=booking.id,
        successor_id=None,
        created_at_ms=now_ms,
    )


def outcome(client_ms: int, therapist_ms: int, together_ms: int, enough_ms: int) -> Event:
    """What a session that is over was. Whoever waited in vain is not the one who missed it; in doubt nobody pays."""
    if together_ms >= enough_ms:
        return Attended()
    return ClientMissed() if therapist_ms >= enough_ms > client_ms else TherapistMissed()
