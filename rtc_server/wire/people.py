"""Messages of sign-in, account, terms and the client's home."""

from typing import Annotated

from msgspec import Meta

from rtc_server.wire.allowances import LeftView
from rtc_server.wire.tables import ADMIN, ANYONE, CLIENT, EVERYONE, THERAPIST, Route
from rtc_server.wire.types import PROTOCOL_VERSION, Area, Body, Gender, Instant, Line, Name, Pence, Phone, Role, View


class SignIn(Body):
    email: Line
    password: Annotated[str, Meta(max_length=1_024)]
    code: Annotated[str, Meta(max_length=20)] = ""  # of the second step, or a recovery code


class Me(View):
    id: str
    role: Role
    first_name: str
    last_name: str
    photo: str | None
    must_enrol: bool = False  # nothing opens before the second step is set up
    must_apply: bool = False  # a therapist who is not approved yet
    protocol: int = PROTOCOL_VERSION


class TherapistCard(View):
    """A therapist as the client sees them."""

    id: str
    first_name: str
    last_name: str
    title: str
    experience_years: int
    languages: list[str]
    areas: list[str]
    bio: str
    photo: str | None


class AccountView(View):
    me: Me
    email: str
    card: TherapistCard | None
    gender: Gender | None  # therapists only, as share_percent
    share_percent: int | None  # of a session's price
    transcripts_on: bool | None  # therapists only: the standing choice
    date_of_birth: str | None  # ISO date; therapists' and operators' is not kept for every one
    phone: str | None
    texts_on: bool | None  # therapists only: a text when someone waits and no page is open
    relay_only: bool | None  # clients only: calls go through a relay alone, so that neither learns the other's address
    has_relay: bool  # a relay is set up here


class AccountChange(Body):
    transcripts_on: bool


class DetailsChange(Body):
    """A client's or an operator's name, and the number they may be texted or rung under; none forgets it."""

    first_name: Name
    last_name: Name
    phone: Phone | None = None


class RelayChoice(Body):
    """Whether calls go through a relay alone, from the next session on."""

    is_on: bool


class TextsChoice(Body):
    """Whether to be texted, and where. Off may come with a number, which is kept; no number forgets it."""

    is_on: bool
    phone: Phone | None = None


class TermsView(View):
    version: str
    text: str
    transcript_version: str
    transcript_text: str


class AreaChoice(View):
    area: Area
    name: str
    issues: list[str]


class HomeView(View):
    """What the client's home and the form need before anything is asked."""

    on_duty: int
    wait_low_s: int | None  # None: we cannot say
    wait_high_s: int | None
    price_pence: Pence
    length_minutes: int
    available_pence: Pence
    held_pence: Pence
    allowance: LeftView | None  # what a session now would be taken from
    needs_guardian: bool  # under 18, and no consent is in date
    areas: list[AreaChoice]
    languages: list[str]
    place_kept_until_ms: Instant | None  # a callback was asked for: asking again before takes the same place
    upcoming_session_id: str | None  # a live session to go back to
    completed: list["PastSession"]


class PastSession(View):
    session_id: str
    with_name: str
    at_ms: Instant
    length_s: int
    charged_pence: Pence


ROUTES: dict[str, Route] = {
    "POST /api/sign-in": Route(SignIn, Me, ANYONE, "Sign in; sets the cookie"),
    "POST /api/sign-out": Route(
        None,
        None,
        EVERYONE,
        "Sign out; closes this sign-in's sockets",
        audit="person:sign_out",
        before_second_step=True,
    ),
    "GET /api/me": Route(None, Me, EVERYONE, "Who is signed in", before_second_step=True),
    "GET /api/account": Route(None, AccountView, EVERYONE, "Account details"),
    "PATCH /api/account": Route(
        AccountChange, AccountView, THERAPIST, "Standing choice for transcripts", audit="account:change"
    ),
    "PUT /api/account/details": Route(
        DetailsChange, AccountView, CLIENT | ADMIN, "One's own name and number", audit="account:change"
    ),
    "PUT /api/account/relay": Route(
        RelayChoice, AccountView, CLIENT, "Whether calls go through a relay alone", audit="account:change"
    ),
    "PUT /api/account/texts": Route(
        TextsChoice, AccountView, THERAPIST, "A text when someone waits, and where", audit="account:change"
    ),
    "GET /api/account/export.zip": Route(
        None,
        None,
        EVERYONE,
        "One's own data as JSON and a page, zipped",
        audit="account:export",
        gives="application/zip",
    ),
    "GET /api/terms": Route(None, TermsView, EVERYONE, "Terms and transcript text in force"),
    "GET /api/home": Route(None, HomeView, CLIENT, "What the client's home shows"),
}
