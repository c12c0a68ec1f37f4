"""Messages of signing up, of passwords, of the second step, and of one's own sign-ins."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.wire.types import Body, Id, Instant, ShortText, View

Email = Annotated[str, Meta(pattern=r"^\s*[^@\s]{1,64}@[^@\s]+\.[^@\s.]+\s*$", max_length=254)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
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
