"""Messages of the operator's outbox: texts and e-mail."""

from typing import Literal

from rtc_server.outgoing.letters import Channel
from rtc_server.outgoing.sending import SendState
from rtc_server.wire.tables import ADMIN, Route
from rtc_server.wire.types import Instant, View


class TextView(View):
    """A text as the operator sees it: never the whole number, never a client's name."""

    id: str
    kind: Literal["waiting", "over", "callback"]
    state: SendState
    reason: str  # closed, late, page_open, not_wanted, no_number, or the provider's code
    to_name: str  # a therapist's; "" for a client
    number_end: str  # the last three digits, "" when there is no number
    text: str
    tries: int
    created_at_ms: Instant
    due_at_ms: Instant
    changed_at_ms: Instant


class MailView(View):
    """An e-mail as the operator sees it: what became of it; what it says only where nothing can be sent, or in
    development."""

    id: str
    template: str
    channel: Channel  # sms: a text that goes beside the e-mail
    state: SendState
    reason: str  # late, erased, not_wanted, no_number, unanswered, why it was no longer so, or the server's code
    to: str  # the address, or the end of the number; "" when that is not shown
    subject: str  # "" when that is not shown
    text: str
    tries: int
    created_at_ms: Instant
    due_at_ms: Instant
    changed_at_ms: Instant


class OutboxView(View):
    is_set_up: bool  # whether there is an SMS service
    texts: list[TextView]  # newest first
    is_mail_set_up: bool  # whether there is an SMTP server
    mails: list[MailView]  # newest first


ROUTES: dict[str, Route] = {
    "GET /api/outbox": Route(
        None, OutboxView, ADMIN, "Texts and e-mail sent and to be sent, newest first", audit="outbox:read"
    ),
}
