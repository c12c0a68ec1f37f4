"""HEART: the lifecycle of a quick-connect request, who may see it, and its place in line.

Pure: no I/O, no clock of its own, no money. Everything that affects a transition stands in `TRANSITIONS`; an absent
key is the refusal. The rule easy to break: `place` never changes, whatever happens to the request (docs/lifecycles.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from booking_core.matching import Gender
from rtc_server.errors import AlreadyCancelled, AlreadyExpired, AlreadyTaken, IllegalTransition


class State(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    JOINING = "joining"
    IN_CALL = "in_call"
    ENDED = "ended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


Why = Literal["asked", "elsewhere", "emergency", "misuse", "other"]  # an operator takes it out

BEFORE_SESSION = (State.WAITING, State.ACCEPTED, State.JOINING)
FINAL = frozenset({State.ENDED, State.CANCELLED, State.EXPIRED, State.FAILED})
OWNED = frozenset({State.ACCEPTED, State.JOINING, State.IN_CALL})


class Limit(StrEnum):
    """The named time allowed in a state; `Limits` gives its length."""

    WAIT = "wait"
    ANSWER = "answer"
    JOIN = "join"
    LENGTH = "length"
    SAME = "same"  # the time that runs goes on


@dataclass(frozen=True)
class Limits:
    """Lengths in seconds, from the settings."""

    wait_s: float
    answer_s: float
    join_s: float
    length_s: float

    def due_at_ms(self, limit: Limit | None, now_ms: int, due_at_ms: int | None = None) -> int | None:
        """When the time of `limit` is over; `due_at_ms` is when the one that runs is."""
        if limit is None or limit is Limit.SAME:
            return None if limit is None else due_at_ms
        seconds = {
            Limit.WAIT: self.wait_s,
            Limit.ANSWER: self.answer_s,
            Limit.JOIN: self.join_s,
            Limit.LENGTH: self.length_s,
        }[limit]
        return now_ms + int(seconds * 1000)


@dataclass(frozen=True)
class Request:
    id: str
    client_id: str
    state: State
    version: int
    place: int
    area: str
    language: str
    therapist_gender: Gender
    is_chat_only: bool
    is_worried: bool
    price_pence: int
    placed_at_ms: int
    state_since_ms: int
    due_at_ms: int | None
    therapist_id: str | None = None
    session_id: str | None = None
    turned_away: frozenset[str] = frozenset()
    silences: int = 0
    reason: str = ""
    only_for: str | None = None  # a rehearsal's therapist: nobody else sees it
    is_rehearsal: bool = False  # not in line, not counted, no money
    own_therapist_id: str | None = None  # a referral's: offered to them alone until `own_until_ms`
    own_until_ms: int | None = None
    taken_out: Why | Literal[""] = ""


# Events are facts with their data.


@dataclass(frozen=True)
class Accept:
    therapist_id: str
    session_id: str


@dataclass(frozen=True)
class ClientAgrees:
    pass


@dataclass(frozen=True)
class ClientDeclines:
    pass


@dataclass(frozen=True)
class TherapistWithdraws:
    pass


@dataclass(frozen=True)
class TherapistAbsent:
    """A therapist who accepted was observed away for the whole grace."""


@dataclass(frozen=True)
class ClientAbsent:
    """A waiting client was observed away for the whole grace."""


@dataclass(frozen=True)
class ClientCancels:
    pass


@dataclass(frozen=True)
class ClientAsksCallback:
    """The client stops waiting and is told when somebody is free; the place is kept meanwhile."""


@dataclass(frozen=True)
class ClientWidens:
    """The client no longer asks for a gender, or speaks another language; never by itself."""

    drops_gender: bool = False
    language: str | None = None


@dataclass(frozen=True)
class OfferWidens:
    """The time of their own therapist, or of the therapists of the area, has passed: more see the card."""


@dataclass(frozen=True)
class OwnTherapistAway:
    """The client's own therapist went off duty while it was offered to them alone."""

    at_ms: int = 0


@dataclass(frozen=True)
class OperatorRemoves:
    """An operator took it out of the line and said why."""

    why: Why = "other"


@dataclass(frozen=True)
class NobodyCame:
    """The wait's time has passed."""


@dataclass(frozen=True)
class ClientSilent:
    """The client gave no answer in time, for the first time."""


@dataclass(frozen=True)
class ClientSilentAgain:
    """The client gave no answer in time, for the second time."""


@dataclass(frozen=True)
class BothJoined:
    pass


@dataclass(frozen=True)
class ClientMissed:
    """The time to join has passed and the client, or both, are missing."""


@dataclass(frozen=True)
class TherapistMissed:
    """The time to join has passed and only the therapist is missing."""


@dataclass(frozen=True)
class RoomEnded:
    pass


Event = (
    Accept
    | ClientAgrees
    | ClientDeclines
    | TherapistWithdraws
    | TherapistAbsent
    | ClientAbsent
    | ClientCancels
    | ClientAsksCallback
    | ClientWidens
    | OfferWidens
    | OwnTherapistAway
    | OperatorRemoves
    | NobodyCame
    | ClientSilent
    | ClientSilentAgain
    | BothJoined
    | ClientMissed
    | TherapistMissed
    | RoomEnded
)


def _keep(request: Request, event: Any) -> Request:
    return request


def _claim(request: Request, event: Accept) -> Request:
    return replace(request, therapist_id=event.therapist_id, session_id=event.session_id, reason="")


def _release(request: Request, event: Any) -> Request:
    return replace(request, therapist_id=None, session_id=None)


def _turn_away(request: Request, event: Any) -> Request:
    assert request.therapist_id is not None
    return replace(_release(request, event), turned_away=request.turned_away | {request.therapist_id})


def _widen(request: Request, event: ClientWidens) -> Request:
    gender: Gender = "none" if event.drops_gender else request.therapist_gender
    return replace(request, therapist_gender=gender, language=event.language or request.language)


def _open_to_all(request: Request, event: OwnTherapistAway) -> Request:
    return replace(request, own_until_ms=min(event.at_ms, request.own_until_ms or event.at_ms))


def _take_out(request: Request, event: OperatorRemoves) -> Request:
    return replace(request, taken_out=event.why)


def _count_silence(request: Request, event: Any) -> Request:
    return replace(_release(request, event), silences=request.silences + 1)


class Step(NamedTuple):
    to: State
    limit: Limit | None  # None only when `to` is final
    change: Callable[[Request, Any], Request] = _keep
    reason: str = ""


TRANSITIONS: Mapping[tuple[State, type[Event]], Step] = {
    (State.WAITING, Accept): Step(State.ACCEPTED, Limit.ANSWER, _claim),
    (State.WAITING, ClientCancels): Step(State.CANCELLED, None, reason="client"),
    (State.WAITING, ClientAbsent): Step(State.CANCELLED, None, reason="absent"),
    (State.WAITING, ClientAsksCallback): Step(State.CANCELLED, None, reason="callback"),
    (State.WAITING, OperatorRemoves): Step(State.CANCELLED, None, _take_out, reason="operator"),
    (State.WAITING, ClientWidens): Step(State.WAITING, Limit.WAIT, _widen),
    (State.WAITING, OfferWidens): Step(State.WAITING, Limit.SAME),
    (State.WAITING, OwnTherapistAway): Step(State.WAITING, Limit.SAME, _open_to_all),
    (State.WAITING, NobodyCame): Step(State.EXPIRED, None, reason="nobody"),
    (State.ACCEPTED, ClientAgrees): Step(State.JOINING, Limit.JOIN),
    (State.ACCEPTED, ClientDeclines): Step(State.WAITING, Limit.WAIT, _turn_away, reason="declined"),
    (State.ACCEPTED, TherapistWithdraws): Step(State.WAITING, Limit.WAIT, _release, reason="withdrawn"),
    (State.ACCEPTED, TherapistAbsent): Step(State.WAITING, Limit.WAIT, _release, reason="withdrawn"),
    (State.ACCEPTED, ClientCancels): Step(State.CANCELLED, None, _release, reason="client"),
    (State.ACCEPTED, ClientSilent): Step(State.WAITING, Limit.WAIT, _count_silence, reason="silent"),
    (State.ACCEPTED, ClientSilentAgain): Step(State.EXPIRED, None, _count_silence, reason="silent"),
    (State.JOINING, BothJoined): Step(State.IN_CALL, Limit.LENGTH),
    (State.JOINING, ClientMissed): Step(State.FAILED, None, reason="client_missing"),
    (State.JOINING, TherapistMissed): Step(State.WAITING, Limit.WAIT, _release, reason="therapist_missing"),
    (State.JOINING, ClientCancels): Step(State.CANCELLED, None, reason="client"),
    (State.JOINING, TherapistWithdraws): Step(State.WAITING, Limit.WAIT, _release, reason="withdrawn"),
    (State.IN_CALL, RoomEnded): Step(State.ENDED, None),
}


def advance(request: Request, event: Event, now_ms: int, limits: Limits) -> Request:
    """Return the request as it stands after `event`. Pure.

    Raises AlreadyTaken, AlreadyCancelled or AlreadyExpired (all IllegalTransition) when an accept came too late,
    IllegalTransition for every other pair that is not in the table.
    """
    step = TRANSITIONS.get((request.state, type(event)))
    if step is None:
        raise _refusal(request, event, now_ms)
    changed = step.change(request, event)
    return replace(
        changed,
        state=step.to,
        # What only lets more therapists see the card does not end the reason why it came back to waiting.
        reason=request.reason if step.limit is Limit.SAME else step.reason,
        version=request.version + 1,
        state_since_ms=now_ms,
        due_at_ms=limits.due_at_ms(step.limit, now_ms, request.due_at_ms),
    )


def _refusal(request: Request, event: Event, now_ms: int) -> IllegalTransition:
    if isinstance(event, Accept):
        if request.state is State.CANCELLED:
            return AlreadyCancelled("They are no longer waiting.")
        if request.state in (State.EXPIRED, State.FAILED):
            return AlreadyExpired("They waited too long and have gone.")
        behind_ms = now_ms - request.state_since_ms if request.state is State.ACCEPTED else None
        return AlreadyTaken("Another therapist was first.", behind_ms=behind_ms)
    return IllegalTransition(f"That is not possible now: the request is {request.state.value}.")


def time_passed(request: Request, *, client_joined: bool, therapist_joined: bool) -> Event:
    """The event that a request's own deadline stands for. Only for requests that are not final."""
    match request.state:
        case State.WAITING:
            return NobodyCame()
        case State.ACCEPTED:
            return ClientSilentAgain() if request.silences else ClientSilent()
        case State.JOINING:
            return TherapistMissed() if client_joined and not therapist_joined else ClientMissed()
        case State.IN_CALL:
            return RoomEnded()
        case _:
            raise AssertionError("a final request has no deadline")


@dataclass(frozen=True)
class TherapistFacts:
    """What decides whether a therapist may see a card."""

    id: str
    languages: frozenset[str]
    areas: frozenset[str]
    gender: Gender
    is_on_duty: bool
    is_in_session: bool


def may_see(request: Request, therapist: TherapistFacts, now_ms: int, area_first_s: float) -> bool:
    """Whether the waiting request is shown to this therapist: language and stated gender never widen by themselves,
    the area does after `area_first_s`. A rehearsal is shown to its own therapist alone, on duty or not."""
    return who_may_see(request, now_ms, area_first_s)(therapist)


def who_may_see(request: Request, now_ms: int, area_first_s: float) -> Callable[[TherapistFacts], bool]:
    """`may_see` for one request and a thousand therapists."""
    if request.state is not State.WAITING:
        return lambda therapist: False
    if request.is_rehearsal or request.only_for is not None:
        return lambda therapist: therapist.id == request.only_for and not therapist.is_in_session
    is_alone = is_own_time(request, now_ms)
    is_wide = now_ms >= widens_at_ms(request, area_first_s)

    def sees(therapist: TherapistFacts) -> bool:
        if not therapist.is_on_duty or therapist.is_in_session or therapist.id in request.turned_away:
            return False
        if request.language not in therapist.languages or request.therapist_gender not in ("none", therapist.gender):
            return False
        is_near = is_wide or request.area in therapist.areas
        return therapist.id == request.own_therapist_id or (is_near and not is_alone)

    return sees


def is_own_time(request: Request, now_ms: int) -> bool:
    """Whether it is offered to the client's own therapist alone; not once that therapist was turned away."""
    return request.own_therapist_id not in request.turned_away and now_ms < (request.own_until_ms or 0)


def widens_at_ms(request: Request, area_first_s: float) -> int:
    """From this instant on therapists of every area see the card: those of its own come first, after the client's own
    therapist."""
    since = request.placed_at_ms if request.own_until_ms is None else request.own_until_ms
    return since + int(area_first_s * 1000)


def next_widening_ms(request: Request, now_ms: int, area_first_s: float) -> int | None:
    """When more therapists will see the card by the passing of time; None when all have who ever will."""
    widens = request.own_until_ms if is_own_time(request, now_ms) else widens_at_ms(request, area_first_s)
    return None if request.is_rehearsal or widens is None or now_ms >= widens else widens


def assert_invariants(request: Request) -> None:
    """Final if and only if no timer; owned states have an owner; waiting has none."""
    assert (request.state in FINAL) == (request.due_at_ms is None)
    if request.state in OWNED:
        assert request.therapist_id and request.session_id
    if request.state is State.WAITING:
        assert request.therapist_id is None and request.session_id is None
