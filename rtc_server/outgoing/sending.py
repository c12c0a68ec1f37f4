"""What is sent, texts and e-mail alike: the lifecycle of one, and how a provider can answer.

Pure. Everything that affects a state stands in `TRANSITIONS`; an absent key is the refusal. Easy to break: `Unanswered`
is not a refusal, the thing may have gone out; what follows from that is decided where it is settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SendState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCLEAR = "unclear"  # written to the provider, and no answer came: it may have gone out
    KEPT = "kept"  # no service is set up: it stays here to be read
    DROPPED = "dropped"


# Something will still be done about it.
OPEN = frozenset({SendState.QUEUED, SendState.SENDING})
# Whoever was sent one of these may have read it.
WENT_OUT = frozenset({SendState.SENT, SendState.DELIVERED, SendState.UNCLEAR, SendState.KEPT})


class Fact(StrEnum):
    """What can happen to it."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"  # by the provider
    NOT_ACCEPTED = "not_accepted"  # clearly, for now
    REFUSED = "refused"  # clearly, for good
    UNANSWERED = "unanswered"
    NOT_SET_UP = "not_set_up"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    OUTDATED = "outdated"


TRANSITIONS: Mapping[tuple[SendState, Fact], SendState] = {
    (SendState.QUEUED, Fact.CLAIMED): SendState.SENDING,
    (SendState.QUEUED, Fact.OUTDATED): SendState.DROPPED,
    (SendState.SENDING, Fact.ACCEPTED): SendState.SENT,
    (SendState.SENDING, Fact.NOT_ACCEPTED): SendState.QUEUED,
    (SendState.SENDING, Fact.REFUSED): SendState.FAILED,
    (SendState.SENDING, Fact.UNANSWERED): SendState.UNCLEAR,
    (SendState.SENDING, Fact.NOT_SET_UP): SendState.KEPT,
    (SendState.SENDING, Fact.DELIVERED): SendState.DELIVERED,
    (SendState.SENDING, Fact.UNDELIVERED): SendState.FAILED,
    (SendState.SENT, Fact.DELIVERED): SendState.DELIVERED,
    (SendState.SENT, Fact.UNDELIVERED): SendState.FAILED,
    (SendState.UNCLEAR, Fact.ACCEPTED): SendState.SENT,
    (SendState.UNCLEAR, Fact.DELIVERED): SendState.DELIVERED,
    (SendState.UNCLEAR, Fact.UNDELIVERED): SendState.FAILED,
}


def sources(fact: Fact) -> list[str]:
    """The states in which `fact` can happen."""
    return [state.value for state, of in TRANSITIONS if of is fact]


def result(fact: Fact) -> SendState:
    """The one state that `fact` leads to."""
    (to,) = {to for (_, of), to in TRANSITIONS.items() if of is fact}
    return to


@dataclass(frozen=True)
class Sent:
    provider_id: str


@dataclass(frozen=True)
class NotAccepted:
    """Clearly not sent, and worth another try. `code` is the provider's or the error's name."""

    code: str


@dataclass(frozen=True)
class Refused:
    """Clearly not sent, and it will not be."""

    code: str


@dataclass(frozen=True)
class Unanswered:
    """It may have been sent."""


Outcome = Sent | NotAccepted | Refused | Unanswered


def said(outcome: Outcome) -> str:
    """For the log."""
    match outcome:
        case Sent():
            return "sent"
        case NotAccepted(code):
            return f"not accepted code={code}"
        case Refused(code):
            return f"refused code={code}"
        case Unanswered():
            return "unanswered"
