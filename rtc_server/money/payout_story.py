"""What follows each step of a withdrawal, in its transaction: the order to the processor, the letter to the therapist.

Easy to break: nothing here asks a processor or a bank anything; what is to be asked is a row (`payout_order`), and
`money/payout_worker.py` asks. Letters are sealed, so `seals` is fetched before the transaction begins.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payouts, withdrawals
from booking_core.errors import AmountDiffers, InsufficientFunds, WithdrawalMoved
from booking_core.payouts import (
    CameBack,
    Confirmed,
    Event,
    InvoiceArrived,
    InvoiceRefused,
    PaidOut,
    PaymentFailed,
    Rail,
    Withdrawal,
)
from booking_core.withdrawals import Batch, Invoice
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.errors import SealBroken
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import mail
from rtc_server.store.database import Store

PAID_FROM = time(9)  # in London: earlier on its day the processor is not asked
LINK = "/transactions"
UPLOADED = "us: upload it on the page Transactions"
REFUSALS = {
    "amount": "its amount differs",
    "details": "a name, an address or its date is missing",
    "unreadable": "it cannot be read",
    "no_invoice": "the file is not an invoice",
}
FAILURES = {
    "wrong_details": "The bank details are wrong: please say them again when you withdraw.",
    "bank_refused": "The bank refused it. Please look at your bank details before you withdraw again.",
    "processor": "The payment service refused it. Please look at your account there before you withdraw again.",
}

Seals = Mapping[str, SealKey]  # by therapist; one whose data was erased is missing, and gets no letter


class PayoutStory:
    """`invoice_email` empty: invoices are uploaded only."""

    def __init__(self, store: Store, keys: KeyStore, invoice_email: str) -> None:
        self._store = store
        self._keys = keys
        self._invoice_address = invoice_email or UPLOADED

    async def seals(self, withdrawal_ids: Sequence[str]) -> Seals:
        """What letters about these are sealed with."""
        async with self._store.read() as connection:
            found = [await withdrawals.find(connection, withdrawal_id) for withdrawal_id in withdrawal_ids]
        seals = {}
        for therapist_id in {one.therapist_id for one in found if one is not None}:
            try:
                seals[therapist_id] = await self._keys.key_of(therapist_id)
            except SealBroken:
                continue
        return seals

    async def request(
        self,
        connection: AsyncConnection,
        seals: Seals,
        withdrawal_id: str,
        therapist_id: str,
        rail: Rail,
        amount_pence: int,
        bank_sealed: bytes | None,
        now_ms: int,
    ) -> Withdrawal:
        """Raises InsufficientFunds in the therapist's words."""
        try:
            fresh = await withdrawals.request(
                connection, withdrawal_id, therapist_id, rail, amount_pence, bank_sealed, now_ms
            )
        except InsufficientFunds as error:
            raise InsufficientFunds("There is not so much ready to withdraw. Nothing was moved.") from error
        if rail is Rail.INVOICE:
            facts = {"invoice_address": self._invoice_address}
            await self._write(connection, seals, fresh, Template.PAYOUT_REQUESTED, facts, now_ms)
        return fresh

    async def step(
        self, connection: AsyncConnection, seals: Seals, withdrawal_id: str, event: Event, now_ms: int
    ) -> Withdrawal:
        """One step and its letter. Raises WithdrawalNotFound, WithdrawalMoved, AmountDiffers."""
        after = await withdrawals.step(connection, withdrawal_id, event, now_ms)
        match event:
            case InvoiceArrived():
                assert after.pay_on is not None, "an invoice that arrived has its day"
                facts: Facts = {"on_day": after.pay_on.isoformat()}
                await self._write(connection, seals, after, Template.PAYOUT_SCHEDULED, facts, now_ms)
            case InvoiceRefused(reason):
                facts = {"invoice_address": self._invoice_address, "reason": REFUSALS[reason]}
                await self._write(connection, seals, after, Template.PAYOUT_INVOICE_REFUSED, facts, now_ms)
            case PaidOut():
                facts = {"on_day": payouts.day_of(now_ms).isoformat()}
                await self._write(connection, seals, after, Template.PAYOUT_PAID, facts, now_ms)
            case PaymentFailed(reason) | CameBack(reason):
                facts = {"more": FAILURES.get(reason, "")}
                await self._write(connection, seals, after, Template.PAYOUT_FAILED, facts, now_ms)
        return after

    async def settle_by_hand(
        self,
        connection: AsyncConnection,
        seals: Seals,
        withdrawal_id: str,
        event: PaidOut | PaymentFailed,
        now_ms: int,
    ) -> Withdrawal:
        """An operator says how it ended; not while the processor may still be about to pay. Raises WithdrawalMoved."""
        order = (await withdrawals.orders(connection, [withdrawal_id])).get(withdrawal_id)
        if order is not None and order.state == "queued" and order.tries > 0:
            raise WithdrawalMoved("The payment service is being asked to pay this. Wait until it has answered.")
        return await self.step(connection, seals, withdrawal_id, event, now_ms)

    async def invoice_arrived(
        self, connection: AsyncConnection, seals: Seals, invoice: Invoice, file_sealed: bytes | None, now_ms: int
    ) -> Withdrawal:
        """An invoice is there; its amount must be the withdrawal's. Raises AmountDiffers, WithdrawalMoved."""
        event = InvoiceArrived(invoice.amount_pence, payouts.day_of(now_ms))
        after = await self.step(connection, seals, invoice.withdrawal_id, event, now_ms)
        await withdrawals.add_invoice(connection, invoice, file_sealed)
        return after

    async def confirm(
        self,
        connection: AsyncConnection,
        batch_id: str,
        ids: Sequence[str],
        total_pence: int,
        operator_id: str,
        now_ms: int,
    ) -> Batch:
        """Schedule exactly these, all on one rail, which come to exactly this.

        Raises AmountDiffers, WithdrawalMoved, WithdrawalNotFound; then none is scheduled.
        """
        found = [await withdrawals.load(connection, withdrawal_id) for withdrawal_id in dict.fromkeys(ids)]
        rails = {one.rail for one in found}
        if sum(one.amount_pence for one in found) != total_pence or len(rails) != 1:
            raise AmountDiffers("These payouts do not come to what was confirmed. Nothing was scheduled; look again.")
        batch = Batch(batch_id, rails.pop(), len(found), total_pence, operator_id, now_ms)
        await withdrawals.add_batch(connection, batch)
        for one in found:
            # The therapist knows the day already, since the invoice came or from the beginning.
            after = await withdrawals.step(connection, one.id, Confirmed(batch_id), now_ms)
            if after.rail is Rail.PROCESSOR:
                await withdrawals.add_order(connection, after.id, _paid_from_ms(after.pay_on))
        return batch

    async def _write(
        self,
        connection: AsyncConnection,
        seals: Seals,
        about: Withdrawal,
        template: Template,
        facts: Facts,
        now_ms: int,
    ) -> None:
        seal = seals.get(about.therapist_id)
        if seal is None:
            return
        told: Facts = {**facts, "amount_pence": about.amount_pence, "link": LINK}
        key = f"{template.value}:{about.id}:{about.version}"
        await mail.queue(connection, seal, about.therapist_id, template, told, key=key, now_ms=now_ms)


def _paid_from_ms(day: date | None) -> int:
    assert day is not None, "a withdrawal on the processor's rail has its day from the beginning"
    return int(datetime.combine(day, PAID_FROM, payouts.LONDON).timestamp() * 1_000)
