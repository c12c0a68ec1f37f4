"""Messages of a therapist's card and application, and of the operator's pages about people."""

from typing import Annotated

from msgspec import Meta

from rtc_server.store.agreements import AgreementKind
from rtc_server.store.applications import ApplicationState
from rtc_server.store.registry import StandingAct
from rtc_server.wire.accounts import Email
from rtc_server.wire.people import TherapistCard
from rtc_server.wire.tables import ADMIN, ANY, EVERYONE, FILE, THERAPIST, Route
from rtc_server.wire.types import Area, Body, Gender, Instant, Language, Name, Note, ShortText, Version, View

Bio = Annotated[str, Meta(max_length=1_200)]
Reason = Annotated[str, Meta(min_length=3, max_length=500)]


class CardChange(Body):
    """Everything on the card but the picture."""

    first_name: Name
    last_name: Name
    title: ShortText
    experience_years: Annotated[int, Meta(ge=0, le=70)]
    gender: Gender
    languages: Annotated[list[Language], Meta(min_length=1, max_length=12)]
    areas: Annotated[list[Area], Meta(max_length=6)]
    bio: Bio


class PaperView(View):
    id: str
    name: str
    content_type: str
    size: int
    at_ms: Instant


class ApplicationView(View):
    """A therapist's own."""

    state: ApplicationState
    papers: list[PaperView]
    words: str  # what was said with the decision
    missing: list[str]  # what is to be filled in before it can be sent: title, bio, areas, papers
    conduct_version: str
    conduct_text: str


class ApplicationSend(Body):
    accepts_version: ShortText


class ApplicationLine(View):
    """One of those that operators look at."""

    therapist_id: str
    first_name: str
    last_name: str
    title: str
    state: ApplicationState
    sent_at_ms: Instant
    decided_at_ms: Instant | None


class Applications(View):
    applications: list[ApplicationLine]


class ApplicationDetail(View):
    line: ApplicationLine
    version: int
    card: TherapistCard
    email: str
    papers: list[PaperView]
    words: str


class ApplicationDecide(Body):
    version: Version
    is_approved: bool
    words: Note


class PersonFind(Body):
    email: Email


class StandingLine(View):
    act: StandingAct
    share_percent: int | None  # with act "share": from then on
    reason: str
    by_name: str
    at_ms: Instant


class PersonView(View):
    """Somebody as the operator sees them: who they are and how they stand, nothing of what they said."""

    id: str
    role: str
    first_name: str
    last_name: str
    email: str
    is_disabled: bool
    is_minor: bool
    own_therapist: str  # by a referral
    made_at_ms: Instant
    has_second_step: bool
    sign_ins: int
    share_percent: int | None  # therapists only: of a session's price
    standing: list[StandingLine]  # newest first


class StandingChange(Body):
    is_disabled: bool
    reason: Reason


class SecondStepReset(Body):
    """`present`: the operator's own password, which a page left open does not have."""

    reason: Reason
    present: Annotated[str, Meta(max_length=1_024)]


class ShareChange(Body):
    share_percent: Annotated[int, Meta(ge=0, le=100)]
    reason: Reason


class ReferralLine(View):
    code: str
    therapist: str
    made_at_ms: Instant
    ended_at_ms: Instant | None
    used: int


class Referrals(View):
    codes: list[ReferralLine]


class ReferralMake(Body):
    """For the therapist with this address."""

    email: Email


class ReferralEnd(Body):
    code: ShortText


class Invite(Body):
    email: Email


class AuditFind(Body):
    """The newest rows, or those before `before_seq`; of one person or thing when `about` names it."""

    before_seq: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    about: Annotated[str, Meta(max_length=40)] = ""


class AuditLine(View):
    seq: int
    at_ms: Instant
    actor: str  # a name for therapists and operators; clients are "a client"
    actor_id: str
    action: str
    object_id: str
    address: str


class AuditView(View):
    lines: list[AuditLine]
    has_more: bool


class AuditProof(View):
    """Every row was read anew and compared with the one before."""

    rows: int
    first_broken: int | None
    checkpoint: str  # SEQ:HEX, to be kept elsewhere and compared later
    at_ms: Instant


class AgreementVersion(View):
    version: str
    text: str
    in_force_from_ms: Instant
    is_in_force: bool
    accepted: int  # how often


class AgreementLine(View):
    kind: AgreementKind
    versions: list[AgreementVersion]  # newest first; the last is the one that came with the product


class Agreements(View):
    agreements: list[AgreementLine]


class AgreementMake(Body):
    kind: AgreementKind
    text: Annotated[str, Meta(min_length=20, max_length=20_000)]
    in_force_from_ms: Instant


ROUTES: dict[str, Route] = {
    "PUT /api/account/card": Route(
        CardChange, TherapistCard, THERAPIST, "What stands on one's card", audit="account:change"
    ),
    "POST /api/account/photo": Route(
        None, TherapistCard, THERAPIST, "A picture, which is made anew", audit="account:change", sent=FILE
    ),
    "DELETE /api/account/photo": Route(None, TherapistCard, THERAPIST, "Take the picture away", audit="account:change"),
    "GET /api/photos/{id}": Route(None, None, EVERYONE, "A therapist's picture (image/jpeg)", gives="image/*"),
    "GET /api/application": Route(None, ApplicationView, THERAPIST, "One's own application"),
    "POST /api/application/papers": Route(
        None, ApplicationView, THERAPIST, "Add a paper", audit="application:add_paper", sent=FILE
    ),
    "DELETE /api/application/papers/{id}": Route(
        None, ApplicationView, THERAPIST, "Take one away again", audit="application:remove_paper"
    ),
    "POST /api/application/send": Route(
        ApplicationSend, ApplicationView, THERAPIST, "Send it to be decided", audit="application:send"
    ),
    "GET /api/papers/{id}/file": Route(
        None, None, EVERYONE, "A file one gave, or as operator anybody's", audit="paper:export", gives=ANY
    ),
    "GET /api/applications": Route(None, Applications, ADMIN, "Those to be decided first"),
    "GET /api/applications/{id}": Route(
        None, ApplicationDetail, ADMIN, "One, with its papers", audit="application:read"
    ),
    "POST /api/applications/{id}/decide": Route(
        ApplicationDecide, ApplicationDetail, ADMIN, "Approve it, or not", audit="application:decide"
    ),
    "POST /api/people/find": Route(PersonFind, PersonView, ADMIN, "Somebody by their whole address"),
    "POST /api/people/{id}/standing": Route(
        StandingChange, PersonView, ADMIN, "Disable somebody, or let them in", audit="person:standing"
    ),
    "POST /api/people/{id}/second-step/reset": Route(
        SecondStepReset, PersonView, ADMIN, "Take a lost second step away", audit="second_step:reset"
    ),
    "POST /api/people/{id}/share": Route(
        ShareChange, PersonView, ADMIN, "A therapist's share of the price", audit="person:share"
    ),
    "GET /api/referrals": Route(None, Referrals, ADMIN, "Referral codes"),
    "POST /api/referrals": Route(
        ReferralMake, Referrals, ADMIN, "A code for a therapist's own clients", audit="referral:make"
    ),
    "POST /api/referrals/end": Route(
        ReferralEnd, Referrals, ADMIN, "End a code; whoever came by it stays", audit="referral:end"
    ),
    "POST /api/invitations": Route(Invite, None, ADMIN, "Invite a therapist by mail", audit="therapist:invite"),
    "GET /api/agreements": Route(None, Agreements, ADMIN, "What people agree to, in versions"),
    "POST /api/agreements": Route(
        AgreementMake, Agreements, ADMIN, "A new version, from an instant on", audit="agreement:make"
    ),
    "POST /api/audit": Route(AuditFind, AuditView, ADMIN, "The audit trail, newest first", audit="audit:read"),
    "POST /api/audit/proof": Route(None, AuditProof, ADMIN, "Read every row anew and compare it", audit="audit:prove"),
}
