"""Messages of the operator's money pages: credits, invoices, batches of payouts."""

from typing import Annotated, Literal

from msgspec import Meta

from booking_core.withdrawals import OrderState
from rtc_server.wire.tables import ADMIN, Route
from rtc_server.wire.types import Body, Id, Instant, Line, Pence, View
from rtc_server.wire.wallet import Amount, Day, WithdrawalView

Reason = Annotated[str, Meta(min_length=3, max_length=200)]


class CreditAdd(Body):
    id: Id
    email: Line
    amount_pence: Amount
    reason: Reason


class CreditView(View):
    id: str
    amount_pence: Pence


class CreditLine(View):
    id: str
    at_ms: Instant
    to_name: str
    amount_pence: Pence
    reason: str
    by_name: str


class CreditsView(View):
    lines: list[CreditLine]  # newest first


class PayoutLine(View):
    id: str
    therapist: str
    rail: Literal["invoice", "processor"]
    amount_pence: Pence
    state: Literal["requested", "invoiced", "scheduled", "paid", "failed"]
    reason: str
    requested_at_ms: Instant
    changed_at_ms: Instant
    pay_on: Day | None
    is_due: bool  # its day has come
    invoice_number: str
    invoice_at_ms: Instant | None
    has_file: bool
    order: Literal["", OrderState]  # what the processor was asked


class BatchView(View):
    """Withdrawals that were confirmed together and are not all settled yet."""

    id: str
    rail: Literal["invoice", "processor"]
    at_ms: Instant
    by_name: str
    count: int
    total_pence: Pence
    lines: list[PayoutLine]


class PayoutsView(View):
    today: Day
    to_pay: list[PayoutLine]  # first those that are due first
    waiting: list[PayoutLine]  # for an invoice
    batches: list[BatchView]
    lately: list[PayoutLine]  # paid or failed, the latest first


class InvoiceArrived(Body):
    """It came by mail. `amount_pence`: what it says."""

    key: Id
    amount_pence: Amount


class InvoiceRefuse(Body):
    key: Id
    reason: Literal["amount", "details", "unreadable", "no_invoice"]


class PayoutFail(Body):
    key: Id
    reason: Literal["wrong_details", "bank_refused", "asked_for", "other"]


class PayoutBack(Body):
    """The bank has sent it back after it was paid."""

    key: Id
    reason: Literal["wrong_details", "bank_refused", "other"]


class PayoutConfirm(Body):
    """The second confirmation: exactly these, which come to exactly this."""

    key: Id
    ids: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    total_pence: Amount


class PayoutConfirmed(View):
    batch_id: str
    count: int
    total_pence: Pence


ROUTES: dict[str, Route] = {
    "GET /api/payouts": Route(None, PayoutsView, ADMIN, "Payouts due, waiting, scheduled and lately settled"),
    "POST /api/payouts": Route(
        PayoutConfirm, PayoutConfirmed, ADMIN, "Confirm payouts: they become a batch", audit="payouts:confirm"
    ),
    "POST /api/payouts/{id}/arrived": Route(
        InvoiceArrived, WithdrawalView, ADMIN, "An invoice came by mail", audit="invoice:arrived"
    ),
    "POST /api/payouts/{id}/refuse-invoice": Route(
        InvoiceRefuse, WithdrawalView, ADMIN, "Ask for another invoice", audit="invoice:refuse"
    ),
    "POST /api/payouts/{id}/failed": Route(
        PayoutFail, WithdrawalView, ADMIN, "It was not paid: back to available", audit="payout:failed"
    ),
    "POST /api/payouts/{id}/came-back": Route(
        PayoutBack, WithdrawalView, ADMIN, "The bank sent it back after all", audit="payout:came_back"
    ),
    "POST /api/batches/{id}/paid": Route(
        PayoutConfirm, PayoutConfirmed, ADMIN, "The bank has paid these", audit="payouts:paid"
    ),
    "GET /api/batches/{id}/bank.csv": Route(
        None, None, ADMIN, "What of a batch the bank is still to pay", audit="bank_details:export", gives="text/csv"
    ),
    "POST /api/credits": Route(CreditAdd, CreditView, ADMIN, "Add money to a client's wallet", audit="wallet:credit"),
    "GET /api/credits": Route(None, CreditsView, ADMIN, "Money that operators added, newest first"),
}
