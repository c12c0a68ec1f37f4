"""Messages of signing up, of passwords, of the second step, and of one's own sign-ins."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.wire.people import Me
from rtc_server.wire.tables import ANYONE, EVERYONE, Route
from rtc_server.wire.types import Body, Id, Instant, Name, ShortText, View

Email = Annotated[str, Meta(pattern=r"^\s*[^@\s]{1,64}@[^@\s]+\.[^@\s.]+\s*$", max_length=254)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Password = Annotated[str, Meta(max_length=1_024)]
Code = Annotated[str, Meta(min_length=1, max_length=20)]


class SignUp(Body):
    """Whoever has the mailbox goes on with a `MailedCode`; the answer says nothing about the address.

    A therapist may work once their application is approved.
    """

    id: Id  # made by the page, one for each try
    role: Literal["client", "therapist"]
    email: Email
    password: Password
    first_name: Name
    last_name: Name
    date_of_birth: Day
    accepts_version: ShortText  # of the account's terms, as they were read
    referral_code: ShortText = ""


class MailedCode(Body):
    """The code from the mail."""

    id: Id
    code: Code


class Forgot(Body):
    id: Id
    email: Email


class PasswordReset(Body):
    id: Id
    code: Code
    password: Password


class PasswordChange(Body):
    present: Password
    password: Password


class EmailChange(Body):
    id: Id
    email: Email
    present: Password


class Present(Body):
    """The present password."""

    present: Password


class SignInLine(View):
    id: str
    agent: str
    address: str
    made_at_ms: Instant
    used_at_ms: Instant
    is_this: bool


class SignIns(View):
    sign_ins: list[SignInLine]


class SecondStepView(View):
    is_on: bool
    is_required: bool  # it may be set up anew, and not turned off
    recovery_left: int


class SecondStepSeed(View):
    """What an authenticator app is told; shown once."""

    seed: str
    qr_path: str  # strokes of width 1 in a square of `qr_size`
    qr_size: int


class SecondStepCode(Body):
    code: Code


class RecoveryCodes(View):
    """Shown once; each opens the second step one time."""

    codes: list[str]


class AccountTerms(View):
    """What is agreed to at sign-up, before anybody is signed in."""

    version: str
    text: str
    age_min: int  # younger than this cannot sign up


ROUTES: dict[str, Route] = {
    "GET /api/account-terms": Route(None, AccountTerms, ANYONE, "What is agreed to at sign-up"),
    "POST /api/sign-up": Route(SignUp, None, ANYONE, "Ask for a code by mail; says nothing about the address"),
    "POST /api/sign-up/confirm": Route(MailedCode, Me, ANYONE, "Make the account; sets the cookie"),
    "POST /api/password/forgot": Route(Forgot, None, ANYONE, "Ask for a code by mail, if there is an account"),
    "POST /api/password/reset": Route(PasswordReset, None, ANYONE, "A new password; every sign-in ends"),
    "POST /api/account/password": Route(PasswordChange, None, EVERYONE, "Change it; every other sign-in ends"),
    "POST /api/account/email": Route(EmailChange, None, EVERYONE, "Ask for a code at the new address"),
    "POST /api/account/email/confirm": Route(MailedCode, None, EVERYONE, "Move to the new address"),
    "GET /api/account/sign-ins": Route(None, SignIns, EVERYONE, "Where one is signed in"),
    "POST /api/account/sign-ins/{id}/end": Route(
        None, SignIns, EVERYONE, "End one sign-in; its sockets close", audit="person:sign_out_other"
    ),
    "POST /api/account/sign-out-everywhere": Route(
        None, None, EVERYONE, "End every sign-in, this one too", audit="person:sign_out_everywhere"
    ),
    "GET /api/account/second-step": Route(
        None, SecondStepView, EVERYONE, "Whether a code is asked for as well", before_second_step=True
    ),
    "POST /api/account/second-step": Route(
        Present, SecondStepSeed, EVERYONE, "Begin to set it up", before_second_step=True
    ),
    "POST /api/account/second-step/confirm": Route(
        SecondStepCode, RecoveryCodes, EVERYONE, "Turn it on by a code", audit="second_step:on", before_second_step=True
    ),
    "POST /api/account/second-step/recovery": Route(
        Present, RecoveryCodes, EVERYONE, "New recovery codes", audit="second_step:new_codes"
    ),
    "POST /api/account/second-step/off": Route(
        Present, None, EVERYONE, "Turn it off, or set it up anew", audit="second_step:off"
    ),
}
