"""Messages of safeguarding: a guardian's consent, and concerns for somebody's safety."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.store.concerns import ConcernState, StepKind
from rtc_server.store.guardians import ConsentState
from rtc_server.wire.accounts import Day
from rtc_server.wire.practice import PaperView
from rtc_server.wire.tables import ADMIN, CLIENT, FILE, THERAPIST, Route
from rtc_server.wire.types import Body, Id, Instant, Name, Note, Phone, Seat, Seq, Version, View

Words = Annotated[str, Meta(min_length=1, max_length=4_000)]
# none_needed: of age; missing: nothing was sent; expired: its last day is over.
GuardianState = Literal["none_needed", "missing", ConsentState, "expired"]


class GuardianView(View):
    """A client's own."""

    state: GuardianState
    good_until: str | None  # ISO date
    words: str  # what was said with a no


class ConsentOnFile(View):
    """Of somebody under 18, as the therapists see it who see them."""

    state: GuardianState
    good_until: str | None  # ISO date
    name: str  # of the guardian who signed it; empty while nothing was sent
    relation: str
    phone: str
    paper: PaperView | None


class GuardianSend(Body):
    """With a file that was given before."""

    paper_id: Id
    name: Name
    relation: Name
    phone: Phone


class GuardianLine(View):
    """One that operators look at: to be decided, or soon to be looked at again."""

    id: str
    version: int
    state: ConsentState
    client_name: str
    born: str  # ISO date
    name: str
    relation: str
    phone: str
    paper: PaperView
    sent_at_ms: Instant
    good_until: str | None


class Guardians(View):
    consents: list[GuardianLine]


class GuardianDecide(Body):
    """Accepted until a day, or not, with words."""

    version: Version
    good_until: Day | None
    words: Note = ""


class ConcernRaise(Body):
    id: Id
    session_id: Id
    who: Literal["client", "child", "other"]
    what: Words
    where: Annotated[str, Meta(max_length=500)]  # the client is now, as far as one knows
    told: Annotated[str, Meta(max_length=500)]  # whom one has told or rung already
    lines: Annotated[list[Seq], Meta(max_length=100)]  # of the transcript, kept as evidence


class EvidenceLine(View):
    seat: Seat
    from_ms: int  # call time
    text: str


class ConcernLine(View):
    id: str
    state: ConcernState
    client_name: str
    raised_by: str
    raised_at_ms: Instant


class Concerns(View):
    """Open ones first."""

    concerns: list[ConcernLine]


class ConcernStepLine(View):
    kind: StepKind
    by_name: str
    words: str
    at_ms: Instant


class ConcernView(View):
    line: ConcernLine
    version: int
    session_id: str
    who: Literal["client", "child", "other"]
    what: str
    where: str
    told: str
    evidence: list[EvidenceLine]
    steps: list[ConcernStepLine]  # oldest first
    client_email: str
    client_phone: str


class ConcernStep(Body):
    """Only operators say that somebody acts, or that it is over."""

    version: Version
    kind: StepKind
    words: Words


ROUTES: dict[str, Route] = {
    "GET /api/guardian": Route(None, GuardianView, CLIENT, "Whether a guardian's consent is needed and there"),
    "POST /api/guardian/papers": Route(None, PaperView, CLIENT, "The signed consent as a file", sent=FILE),
    "POST /api/guardian": Route(
        GuardianSend, GuardianView, CLIENT, "Give it to be read, and who signed it", audit="guardian:send"
    ),
    "GET /api/guardians": Route(
        None, Guardians, ADMIN, "Consents to be read, and those soon to be renewed", audit="guardian:read"
    ),
    "POST /api/guardians/{id}/decide": Route(
        GuardianDecide, Guardians, ADMIN, "Accept one until a day, or not", audit="guardian:decide"
    ),
    "POST /api/concerns": Route(
        ConcernRaise, ConcernView, THERAPIST, "Raise a concern; sets the legal hold", audit="concern:raise"
    ),
    "GET /api/concerns": Route(None, Concerns, THERAPIST | ADMIN, "One's own, or for operators all"),
    "GET /api/concerns/{id}": Route(
        None, ConcernView, THERAPIST | ADMIN, "One, with what was done", audit="concern:read"
    ),
    "POST /api/concerns/{id}/steps": Route(
        ConcernStep, ConcernView, THERAPIST | ADMIN, "Say what is done about it", audit="concern:step"
    ),
}
