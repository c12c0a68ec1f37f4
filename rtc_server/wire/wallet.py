"""Messages of the wallet: a client's money, and what a therapist has earned and withdraws."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from booking_core.top_ups import TopUpState
from rtc_server.wire.tables import ADMIN, ANY, CLIENT, PAIR, PDF, THERAPIST, Route
from rtc_server.wire.types import Body, Id, Instant, Pence, View

Amount = Annotated[int, Meta(ge=1, le=100_000_000)]
Day = str  # ISO date, a day in London


class WalletLine(View):
    id: str
    at_ms: Instant
    kind: str  # top_up, credit, hold, charge, void, share, session, withdrawal
    label: str
    amount_pence: Pence  # signed, from the viewer's side
    state: str  # held, taken, returned, pending, available; of a withdrawal its own
    due_at_ms: Instant | None = None  # when a pending share becomes available
    pay_on: Day | None = None  # of a withdrawal: when it is due, or was paid
    reason: str = ""  # why a withdrawal failed, or money was credited
    session_id: str | None = None
    withdrawal_id: str | None = None
    todo: list[Literal["end", "notes", "invoice"]] = msgspec.field(default_factory=list)  # what is left to do
    receipt: str = ""  # path of the receipt as PDF


class TopUpTerms(View):
    """What a client may add by themselves. `by_card` False: only the practice adds money."""

    by_card: bool
    min_pence: Pence
    max_pence: Pence
    practice: str
    practice_email: str


class PayoutTerms(View):
    """How a therapist is paid, and when, if the invoice came today."""

    practice: str
    practice_address: str
    invoice_email: str  # "" where invoices are only uploaded
    invoice_by: Day
    pay_on: Day
    batch_on: Day  # the next weekly batch of the processor
    bank_end: str  # the last four digits of the account number, "" without bank details
    processor: str  # its name, "" when there is none
    processor_account: Literal["none", "begun", "ready"]


class WalletView(View):
    available_pence: Pence
    held_pence: Pence  # clients: held for a session; therapists: pending for 24 hours
    withdrawing_pence: Pence
    lines: list[WalletLine]
    top_up: TopUpTerms | None  # clients
    payout: PayoutTerms | None  # therapists


class TopUpBegin(Body):
    id: Id
    amount_pence: Amount


class TopUpPage(View):
    """Where to pay."""

    id: str
    url: str


class TopUpView(View):
    id: str
    amount_pence: Pence
    state: TopUpState


class BankDetails(Body):
    name: Annotated[str, Meta(min_length=1, max_length=70)]
    sort_code: Annotated[str, Meta(pattern=r"^[0-9]{2}-?[0-9]{2}-?[0-9]{2}$")]
    account_number: Annotated[str, Meta(pattern=r"^[0-9]{8}$")]


class ConnectPage(View):
    """Where the processor asks what it needs to know."""

    url: str


class WithdrawalAsk(Body):
    key: Id
    amount_pence: Amount
    rail: Literal["invoice", "processor"]


class WithdrawalMove(Body):
    key: Id


class WithdrawalView(View):
    id: str
    amount_pence: Pence
    state: Literal["requested", "invoiced", "scheduled", "paid", "failed"]
    pay_on: Day | None


class InvoiceUpload(Body):
    """`file`: a PDF, JPEG or PNG; what it is is told by its content."""

    key: Id
    amount_pence: Amount
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    file: bytes


ROUTES: dict[str, Route] = {
    "GET /api/wallet": Route(None, WalletView, PAIR, "Balance and lines"),
    "POST /api/top-ups": Route(TopUpBegin, TopUpPage, CLIENT, "Add money by card: where to pay"),
    "POST /api/top-ups/{id}/look": Route(None, TopUpView, CLIENT, "How a top-up stands"),
    "GET /api/top-ups/{id}/receipt.pdf": Route(None, None, CLIENT, "Receipt of a top-up as PDF", gives=PDF),
    "GET /api/sessions/{id}/receipt.pdf": Route(None, None, CLIENT, "Receipt of a session as PDF", gives=PDF),
    "GET /api/wallet/statement.pdf": Route(None, None, THERAPIST, "A month as PDF; ?month=2026-11", gives=PDF),
    "GET /api/wallet/statement.csv": Route(None, None, THERAPIST, "A month as CSV; ?month=2026-11", gives="text/csv"),
    "PUT /api/payout-details": Route(
        BankDetails, None, THERAPIST, "The bank account to be paid to", audit="payout_details:change"
    ),
    "POST /api/payout-details/connect": Route(None, ConnectPage, THERAPIST, "An account at the payment processor"),
    "POST /api/payout-details/look": Route(None, None, THERAPIST, "Ask the processor whether it is ready"),
    "POST /api/withdrawals": Route(WithdrawalAsk, WithdrawalView, THERAPIST, "Ask to be paid"),
    "POST /api/withdrawals/{id}/take-back": Route(WithdrawalMove, WithdrawalView, THERAPIST, "Take it back"),
    "POST /api/withdrawals/{id}/invoice": Route(
        InvoiceUpload, WithdrawalView, THERAPIST, "Upload its invoice", audit="invoice:upload", file_inside=True
    ),
    "GET /api/withdrawals/{id}/invoice": Route(
        None, None, THERAPIST | ADMIN, "The invoice that was uploaded", audit="invoice:read", gives=ANY
    ),
}
