"""Messages of a therapist's invitations to their own clients."""

from typing import Annotated

from msgspec import Meta

from rtc_server.wire.accounts import Email
from rtc_server.wire.tables import ANYONE, CLIENT, THERAPIST, Route
from rtc_server.wire.types import Body, Instant, View

InvitationCode = Annotated[str, Meta(min_length=1, max_length=20)]


class Invitation(View):
    code: str
    link: str
    email: str
    made_at_ms: Instant
    until_ms: Instant  # in the past: it has run out


class Invitations(View):
    """Those that nobody has taken up yet, the newest first."""

    invitations: list[Invitation]


class InviteClient(Body):
    email: Email


class InvitationRef(Body):
    code: InvitationCode


class Invited(View):
    """What a code opens."""

    code: str
    therapist_id: str
    by_name: str


ROUTES: dict[str, Route] = {
    "GET /api/invited": Route(None, Invitations, THERAPIST, "Whom one has invited who has not come yet"),
    "POST /api/invited": Route(
        InviteClient, Invitations, THERAPIST, "Invite a client by mail, or once more", audit="invitation:send"
    ),
    "POST /api/invited/take-back": Route(
        InvitationRef, Invitations, THERAPIST, "Take an invitation back", audit="invitation:take_back"
    ),
    "POST /api/invitations/find": Route(InvitationRef, Invited, ANYONE, "Who invites by this code"),
    "POST /api/invitations/accept": Route(
        InvitationRef, Invited, CLIENT, "Take an invitation up with the account one has", audit="invitation:accept"
    ),
}
