"""What each e-mail says: a form of a few lines per template, filled with facts, as plain text and as HTML.

Pure: no I/O, no addresses, no clock. A fact is named by its kind: `…_ms` is an instant (shown in a zone, which is
named), `…_day` an ISO date, `…_pence` money, `method` how a session is held, anything else text. Easy to break: a
subject is fixed words, because it stands on a locked screen; no form carries what a client wrote, why they came, or
what a message says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from rtc_server.outgoing.letter_html import as_html

Facts = Mapping[str, str | int]


class Template(StrEnum):
    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGED = "email_changed"
    SECOND_STEP_RESET = "second_step_reset"
    SHARE_CHANGED = "share_changed"
    INVITE_CLIENT = "invite_client"
    INVITE_THERAPIST = "invite_therapist"
    APPLICATION_APPROVED = "application_approved"
    APPLICATION_REFUSED = "application_refused"
    BOOKING_ASKED = "booking_asked"  # to the client who asked
    BOOKING_REQUESTED = "booking_requested"  # to the therapist who is asked
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_MOVED = "booking_moved"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_REMINDER = "booking_reminder"
    NEW_MESSAGE = "new_message"
    BANK_CHANGED = "bank_changed"
    PAYOUT_REQUESTED = "payout_requested"
    PAYOUT_INVOICE_REFUSED = "payout_invoice_refused"
    PAYOUT_SCHEDULED = "payout_scheduled"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    GUARDIAN_REVIEW = "guardian_review"
    GUARDIAN_RENEW = "guardian_renew"
    CONCERN_RAISED = "concern_raised"
    SUPPORT_ANSWERED = "support_answered"
    SUPPORT_BEGUN = "support_begun"  # by an operator, about a therapist's work
    SUPPORT_WAITING = "support_waiting"  # to operators, as the next
    PAPERS_WAITING = "papers_waiting"


class Notice(StrEnum):
    """What one may choose to be told or not. What stands under none of these is always sent."""

    BOOKINGS = "bookings"
    REMINDERS = "reminders"
    MESSAGES = "messages"
    PAYOUTS = "payouts"
    SUPPORT = "support"
    PAPERS = "papers"  # applications of therapists, guardians' consents


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


# What is offered to choose from, and what holds until somebody has chosen.
DEFAULTS: Mapping[tuple[Notice, Channel], bool] = {
    (Notice.BOOKINGS, Channel.EMAIL): True,
    (Notice.REMINDERS, Channel.EMAIL): True,
    (Notice.REMINDERS, Channel.SMS): False,
    (Notice.MESSAGES, Channel.EMAIL): True,
    (Notice.PAYOUTS, Channel.EMAIL): True,
    (Notice.SUPPORT, Channel.EMAIL): True,
    (Notice.PAPERS, Channel.EMAIL): True,
}


@dataclass(frozen=True)
class Form:
    """`lines` are paragraphs; one whose only fact is empty is left out. The `link` fact is a path of ours."""

    subject: str
    lines: tuple[str, ...]
    button: str
    notice: Notice | None = None

    @property
    def facts(self) -> frozenset[str]:
        return frozenset(FACT.findall(" ".join(self.lines))) | {"link"}


FACT = re.compile(r"{(\w+)}")
NOT_YOU = "If this was not you, there is nothing to do."
SESSION = "With {with_name}, on {at_ms}, {length_minutes} minutes, {method}."
METHODS = {"video": "by video", "phone": "by phone", "in_person": "in person"}

FORMS: Mapping[Template, Form] = {
    Template.VERIFY_EMAIL: Form(
        "Please confirm your e-mail address",
        (
            "Please confirm that this address is yours: type this code on the page that asks for it. It works once, "
            "until {until_ms}.",
            "{code}",
            NOT_YOU,
        ),
        "Open our page",
    ),
    Template.ALREADY_REGISTERED: Form(
        "You already have an account",
        (
            "Somebody, we hope you, tried to open an account with this address. There is one already: sign in, or "
            "choose a new password if you have forgotten yours.",
            NOT_YOU,
        ),
        "Sign in",
    ),
    Template.RESET_PASSWORD: Form(
        "Choose a new password",
        (
            "Somebody, we hope you, asked for a new password for your account. Type this code on the page that asks "
            "for it. It works once, until {until_ms}.",
            "{code}",
            "If this was not you, there is nothing to do: your password stays as it is.",
        ),
        "Open our page",
    ),
    Template.PASSWORD_CHANGED: Form(
        "Your password was changed",
        ("The password of your account was changed on {at_ms}.", "If this was not you, choose a new one at once."),
        "Choose a new password",
    ),
    Template.EMAIL_CHANGED: Form(
        "Your account has another e-mail address",
        (
            "On {at_ms} your account moved to another e-mail address, and this one is used no longer.",
            "If this was not you, write to us at once.",
        ),
        "Get help",
    ),
    Template.SECOND_STEP_RESET: Form(
        "Your second step was taken away",
        (
            "On {at_ms} an operator took away the second step of signing in to your account, and you were signed out "
            "everywhere. Sign in with your password and set up a new one.",
            "If you did not ask for this, write to us at once.",
        ),
        "Get help",
    ),
    Template.SHARE_CHANGED: Form(
        "Your share of the price was changed",
        ("From {at_ms} on you are paid {percent} percent of the price of each session.",),
        "See my account",
    ),
    Template.INVITE_CLIENT: Form(
        "You are invited",
        (
            "{by_name} invites you to book sessions, meet by video and write to each other on our pages. The button "
            "opens your account; it works once, until {until_ms}.",
            "If you do not know {by_name}, there is nothing to do.",
        ),
        "Open my account",
    ),
    Template.INVITE_THERAPIST: Form(
        "You are invited to work with us",
        (
            "{by_name} invites you to work with us as a therapist. The button opens the application: an account, your "
            "card, your papers.",
            "If you do not know {by_name}, there is nothing to do.",
        ),
        "Apply",
    ),
    Template.APPLICATION_APPROVED: Form(
        "Your application is approved",
        ("You may go on duty, and clients see your card from now on. Sign in to begin.",),
        "Sign in",
    ),
    Template.APPLICATION_REFUSED: Form(
        "Your application needs a change",
        ("Something is missing before we can approve it. Sign in to read what, and send it again.",),
        "See my application",
    ),
    Template.BOOKING_ASKED: Form(
        "Your request has gone to your therapist",
        (SESSION, "You have a session when they confirm it; we write to you then.", "{more}"),
        "See my sessions",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_REQUESTED: Form(
        "Somebody asks for a session",
        (SESSION, "Please confirm or decline it.", "{more}"),
        "Answer",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_CONFIRMED: Form(
        "Your session is booked",
        (SESSION, "{more}"),
        "See my sessions",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_DECLINED: Form(
        "That time does not suit",
        ("{with_name} cannot take the session on {at_ms}. Nothing was taken; please choose another time.", "{more}"),
        "Choose another time",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_MOVED: Form(
        "Your session has a new time",
        ("It was on {was_ms}. It is now:", SESSION, "{more}"),
        "See my sessions",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_CANCELLED: Form(
        "Your session was cancelled",
        ("The session with {with_name} on {at_ms} does not take place.", "{more}"),
        "See my sessions",
        Notice.BOOKINGS,
    ),
    Template.BOOKING_REMINDER: Form(
        "Your session is coming up",
        (SESSION, "{more}"),
        "See my sessions",
        Notice.REMINDERS,
    ),
    Template.NEW_MESSAGE: Form(
        "You have a message",
        ("Somebody you have sessions with has written to you. Sign in to read it.",),
        "Read it",
        Notice.MESSAGES,
    ),
    Template.BANK_CHANGED: Form(
        "Your bank details were changed",
        (
            "On {at_ms} the bank account that your payouts go to was changed.",
            "If this was not you, write to us at once, and choose a new password.",
        ),
        "Get help",
    ),
    Template.PAYOUT_REQUESTED: Form(
        "Please send your invoice",
        (
            "You asked for {amount_pence} to be paid out.",
            "Please send an invoice for exactly this amount to {invoice_address}.",
        ),
        "See my transactions",
        Notice.PAYOUTS,
    ),
    Template.PAYOUT_INVOICE_REFUSED: Form(
        "Please send another invoice",
        (
            "Your invoice for {amount_pence} cannot be paid: {reason}.",
            "Please send another one for exactly this amount to {invoice_address}. Until then the amount stays set "
            "aside.",
        ),
        "See my transactions",
        Notice.PAYOUTS,
    ),
    Template.PAYOUT_SCHEDULED: Form(
        "Your payout has a date",
        ("Your invoice for {amount_pence} has arrived. It is paid on {on_day}.",),
        "See my transactions",
        Notice.PAYOUTS,
    ),
    Template.PAYOUT_PAID: Form(
        "Your payout is on its way",
        ("{amount_pence} has been paid to your account on {on_day}.",),
        "See my transactions",
        Notice.PAYOUTS,
    ),
    Template.PAYOUT_FAILED: Form(
        "Your payout did not arrive",
        ("The payment of {amount_pence} came back. The amount is in your wallet again.", "{more}"),
        "See my transactions",
    ),
    Template.GUARDIAN_REVIEW: Form(
        "A guardian's consent is due for review",
        ("The consent of a guardian of one of your clients is to be looked at again by {due_day}.",),
        "See whose",
    ),
    Template.GUARDIAN_RENEW: Form(
        "A paper in your account needs renewing",
        ("The consent of your parent or guardian holds until {due_day}. Please send a new one before that day.",),
        "Send it",
    ),
    Template.CONCERN_RAISED: Form(
        "Something needs your attention now",
        ("A therapist has raised a concern for somebody's safety. Sign in to read it, and say that you act on it.",),
        "Read it",
    ),
    Template.SUPPORT_ANSWERED: Form(
        "We have answered you",
        ("What you wrote to us has an answer. Sign in to read it.",),
        "Read it",
    ),
    Template.SUPPORT_BEGUN: Form(
        "We have written to you",
        ("There is something about your work here that we have to ask you. Sign in to read it and to answer.",),
        "Read it",
    ),
    Template.SUPPORT_WAITING: Form(
        "Somebody has written to support",
        ("Somebody waits for an answer. Sign in to read what they wrote.",),
        "Read it",
        Notice.SUPPORT,
    ),
    Template.PAPERS_WAITING: Form(
        "Papers wait to be read",
        ("An application or a guardian's consent has come. Sign in to read it and decide.",),
        "Read them",
        Notice.PAPERS,
    ),
}


# What is sent as a text as well, to whoever chose that: fixed words without a name or a time, and GSM-7.
TEXTS: Mapping[Template, str] = {
    Template.BOOKING_REMINDER: "You have a session coming up. When and how: {public_url}/sessions",
}


class WrongFacts(Exception):
    """A caller gave a template other facts than it names; the message names both."""


def check(template: Template, facts: Facts) -> None:
    """Raises WrongFacts, so that a mistake is loud where the mail is queued and not hours later in a worker."""
    wanted = FORMS[template].facts
    if set(facts) - {"zone"} != wanted:
        raise WrongFacts(f"{template} takes {sorted(wanted)}, not {sorted(facts)}")
    kinds = {name: int if name.endswith(("_ms", "_pence", "_minutes")) else str for name in facts}
    wrong = [name for name, kind in kinds.items() if not isinstance(facts[name], kind)]
    if wrong or not str(facts["link"]).startswith("/"):
        raise WrongFacts(f"{template}: {wrong or ['link']}")


@dataclass(frozen=True)
class Attachment:
    """A small text file. `content_type` as it stands in the header, e.g. `text/calendar; method=REQUEST`."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True)
class Letter:
    """One e-mail, ready to be sent or shown."""

    subject: str
    plain: str
    html: str


def compose(template: Template, facts: Facts, first_name: str, public_url: str, zone: str) -> Letter:
    """`first_name` may be empty. `zone` is used unless the facts name the receiver's own."""
    form = FORMS[template]
    shown = {name: _shown(name, value, ZoneInfo(str(facts.get("zone", zone)))) for name, value in facts.items()}
    lines = [f"Hello {first_name}," if first_name else "Hello,"]
    lines += [text for line in form.lines if (text := line.format_map(shown)).strip()]
    link = public_url + str(facts["link"])
    foot = [
        "Nobody reads answers to this e-mail. To answer a person, sign in and write in Messages.",
        "In danger now? Call 999, or call Samaritans on 116 123 at any time.",
    ]
    if form.notice is not None:
        foot.insert(1, f"Which e-mails you get is your choice, in Account: {public_url}/account")
    return Letter(
        form.subject,
        "\n\n".join([*lines, f"{form.button}:\n{link}", "-- \n" + "\n".join(foot)]) + "\n",
        as_html(form.subject, lines, form.button, link, foot),
    )


def _shown(name: str, value: str | int, zone: ZoneInfo) -> str:
    if isinstance(value, str):
        if name == "method":
            return METHODS[value]
        return _day(date.fromisoformat(value)) if name.endswith("_day") else " ".join(value.split())
    if name.endswith("_ms"):
        at = datetime.fromtimestamp(value / 1000, zone)
        return f"{_day(at.date())} at {at:%H:%M} ({zone.key.rpartition('/')[2].replace('_', ' ')} time)"
    return f"£{value / 100:,.2f}" if name.endswith("_pence") else str(value)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
