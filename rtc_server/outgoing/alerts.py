"""The rules of texts: whom a step tells by SMS, and what the text says.

Pure: no I/O, no clock of its own, no phone numbers. The lifecycle of one text is `sending.py`'s. Easy to break: a
request closes at the client's yes or at its end, not at accept; until then nobody is told that it is over, because a
no would bring it back (docs/decisions/0007-texts.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from rtc_server import pool
from rtc_server.pool import Request, TherapistFacts


class Kind(StrEnum):
    WAITING = "waiting"
    OVER = "over"
    CALLBACK = "callback"


@dataclass(frozen=True)
class AlertRules:
    """Seconds. `retries_s`: how long after each clear non-acceptance the next try comes."""

    area_first_s: float
    cap_s: float
    per_client_hour: int  # "waiting" texts, to all therapists together
    waiting_late_s: float
    over_within_s: float
    over_late_s: float
    callback_s: float
    place_kept_s: float
    retries_s: tuple[float, ...]


class Reachable(NamedTuple):
    """A therapist who wants texts. `texted_at_ms`: when the last "waiting" text went, 0 for never."""

    facts: TherapistFacts
    texted_at_ms: int


@dataclass(frozen=True)
class Draft:
    """A text to be. The same key is the same text, whoever drafts it."""

    key: str
    kind: Kind
    request_id: str
    person_id: str
    due_at_ms: int
    dies_at_ms: int


def fits(request: Request, facts: TherapistFacts, now_ms: int, rules: AlertRules) -> bool:
    """Whether this therapist would see the card if they came on duty. Nobody is texted about a rehearsal."""
    if request.is_rehearsal:
        return False
    return pool.may_see(request, replace(facts, is_on_duty=True), now_ms, rules.area_first_s)


def next_text_ms(reachable: Reachable, now_ms: int, rules: AlertRules) -> int:
    """When the cap lets the next "waiting" text go to this therapist."""
    return max(now_ms, reachable.texted_at_ms + int(rules.cap_s * 1000)) if reachable.texted_at_ms else now_ms


def first_wave(request: Request, found: Iterable[Reachable], now_ms: int, rules: AlertRules) -> list[Draft]:
    """A text for everybody whom the card concerns now; those whom the cap keeps out get theirs when it lets go."""
    return [_waiting(request, one, now_ms, rules) for one in found if fits(request, one.facts, now_ms, rules)]


def next_wave(request: Request, found: Iterable[Reachable], now_ms: int, rules: AlertRules) -> list[Draft]:
    """A text for those who may see the card only since it has widened."""
    wider = (one for one in found if not fits(request, one.facts, request.placed_at_ms, rules))
    return first_wave(request, wider, now_ms, rules)


def _waiting(request: Request, one: Reachable, now_ms: int, rules: AlertRules) -> Draft:
    return Draft(
        key=f"waiting:{request.id}:{one.facts.id}",
        kind=Kind.WAITING,
        request_id=request.id,
        person_id=one.facts.id,
        due_at_ms=next_text_ms(one, now_ms, rules),
        dies_at_ms=now_ms + int(rules.waiting_late_s * 1000),
    )


def over(request_id: str, therapist_id: str, now_ms: int, rules: AlertRules) -> Draft:
    return Draft(
        key=f"over:{request_id}:{therapist_id}",
        kind=Kind.OVER,
        request_id=request_id,
        person_id=therapist_id,
        due_at_ms=now_ms,
        dies_at_ms=now_ms + int(rules.over_late_s * 1000),
    )


def callback(request: Request, now_ms: int, rules: AlertRules) -> Draft:
    return Draft(
        key=f"callback:{request.id}",
        kind=Kind.CALLBACK,
        request_id=request.id,
        person_id=request.client_id,
        due_at_ms=now_ms,
        dies_at_ms=now_ms + int(rules.callback_s * 1000),
    )


# Where the provider reports what became of a text.
REPORT_PATH = "/reports/texts/{id}"

OPEN = frozenset({pool.State.WAITING, pool.State.ACCEPTED})


def closes(before: Request, after: Request) -> bool:
    return before.state in OPEN and after.state not in OPEN


def comes_back(before: Request, after: Request) -> bool:
    return before.state is not pool.State.WAITING and after.state is pool.State.WAITING


def words(kind: Kind, public_url: str, place_kept_s: float) -> str:
    """The whole text: no name, no condition, no price, and a link that shows nothing without a sign-in. GSM-7."""
    match kind:
        case Kind.WAITING:
            return f"A client is waiting. Open your dashboard: {public_url}/"
        case Kind.OVER:
            return "The client we texted you about is no longer waiting."
        case Kind.CALLBACK:
            minutes = max(1, int(place_kept_s / 60))
            kept = f"{minutes} minutes" if minutes > 1 else "a minute"
            return f"Someone is free now. Your place is kept for {kept}: {public_url}/talk"
