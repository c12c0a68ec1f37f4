"""The operator pays therapists: invoices that came, what is due, batches confirmed twice, the bank's file, what failed.

Easy to break: an operator confirms exactly the withdrawals and the sum they have seen, never "all that are due"; bank
details are opened for the bank's file alone.
"""

import json
import logging
import uuid
from collections.abc import Mapping, Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payouts, withdrawals
from booking_core.errors import AmountDiffers, BatchNotFound, PersonNotFound, WithdrawalMoved
from booking_core.payouts import CameBack, InvoiceRefused, PaidOut, PaymentFailed, Rail, State, Withdrawal
from booking_core.people import People
from booking_core.withdrawals import Batch, Invoice, Order
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.once import once
from rtc_server.api.withdrawals import view
from rtc_server.errors import SealBroken
from rtc_server.money import bank_file
from rtc_server.money.bank_file import Payment
from rtc_server.money.payout_story import PayoutStory
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.payouts import (
    BatchView,
    InvoiceArrived,
    InvoiceRefuse,
    PayoutBack,
    PayoutConfirm,
    PayoutConfirmed,
    PayoutFail,
    PayoutLine,
    PayoutsView,
)
from rtc_server.wire.wallet import WithdrawalView

log = logging.getLogger(__name__)

LATELY = 100  # a bank sends a payment back within days, and it has to be found then


class PayoutApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, story: PayoutStory) -> None:
        self._store = store
        self._keys = keys
        self._story = story
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/payouts": self.show,
            "POST /api/payouts": self.confirm,
            "POST /api/payouts/{id}/arrived": self.arrived,
            "POST /api/payouts/{id}/refuse-invoice": self.refuse_invoice,
            "POST /api/payouts/{id}/failed": self.failed,
            "POST /api/payouts/{id}/came-back": self.came_back,
            "POST /api/batches/{id}/paid": self.paid,
            "GET /api/batches/{id}/bank.csv": self.bank_csv,
        }

    async def show(self, call: HttpCall) -> PayoutsView:
        async with self._store.read() as connection:
            open_ones = await withdrawals.in_state(connection, *payouts.OPEN)
            lately = await withdrawals.settled(connection, LATELY)
            in_batches = {one.batch_id for one in open_ones if one.batch_id is not None}
            batches = await withdrawals.batches(connection, in_batches)
            members = {batch.id: await withdrawals.of_batch(connection, batch.id) for batch in batches}
            everyone = {
                one.id: one for one in (*open_ones, *lately, *(one for some in members.values() for one in some))
            }
            invoices = await withdrawals.invoices(connection, list(everyone))
            orders = await withdrawals.orders(connection, everyone)
        today = payouts.day_of(now_ms()).isoformat()
        lines = {
            one.id: await self._line(one, invoices.get(one.id), orders.get(one.id), today) for one in everyone.values()
        }
        return PayoutsView(
            today=today,
            to_pay=[lines[one.id] for one in open_ones if _is_to_pay(one)],
            waiting=[lines[one.id] for one in open_ones if one.state is State.REQUESTED and not _is_to_pay(one)],
            batches=[await self._batch(batch, [lines[one.id] for one in members[batch.id]]) for batch in batches],
            lately=[lines[one.id] for one in lately],
        )

    async def _line(self, one: Withdrawal, invoice: Invoice | None, order: Order | None, today: str) -> PayoutLine:
        profile = await self._people.profile(one.therapist_id)
        pay_on = None if one.pay_on is None else one.pay_on.isoformat()
        return PayoutLine(
            id=one.id,
            therapist="" if profile is None else f"{profile.first_name} {profile.last_name}",
            rail=one.rail.value,
            amount_pence=one.amount_pence,
            state=one.state.value,
            reason=one.reason,
            requested_at_ms=one.requested_at_ms,
            changed_at_ms=one.changed_at_ms,
            pay_on=pay_on,
            is_due=pay_on is not None and pay_on <= today,
            invoice_number="" if invoice is None else await self._number(one, invoice),
            invoice_at_ms=None if invoice is None else invoice.arrived_at_ms,
            has_file=invoice is not None and invoice.content_type is not None,
            order="" if order is None else order.state,
        )

    async def _number(self, one: Withdrawal, invoice: Invoice) -> str:
        sealed = invoice.number_sealed
        return await self._keys.text_or_blank(one.therapist_id, sealed, "invoice", invoice.id, "number_sealed")

    async def _batch(self, batch: Batch, lines: list[PayoutLine]) -> BatchView:
        try:
            by = await self._people.person(batch.by_person_id)
            by_name = f"{by.first_name} {by.last_name}".strip()
        except (PersonNotFound, SealBroken):
            by_name = ""
        return BatchView(
            id=batch.id,
            rail=batch.rail.value,
            at_ms=batch.at_ms,
            by_name=by_name,
            count=batch.count,
            total_pence=batch.total_pence,
            lines=lines,
        )

    async def arrived(self, call: HttpCall) -> WithdrawalView:
        """An invoice came by mail."""
        body, withdrawal_id = call.body, call.params["id"]
        assert isinstance(body, InvoiceArrived)
        async with self._store.read() as connection:
            found = await withdrawals.load(connection, withdrawal_id)
        key, invoice_id = await self._keys.key_of(found.therapist_id), str(uuid.uuid4())
        number_sealed = key.seal_text("", "invoice", invoice_id, "number_sealed")

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            made = Invoice(invoice_id, withdrawal_id, body.amount_pence, number_sealed, None, at_ms)
            return view(await self._story.invoice_arrived(connection, {found.therapist_id: key}, made, None, at_ms))

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def refuse_invoice(self, call: HttpCall) -> WithdrawalView:
        body, withdrawal_id = call.body, call.params["id"]
        assert isinstance(body, InvoiceRefuse)
        seals = await self._story.seals([withdrawal_id])

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            after = await self._story.step(connection, seals, withdrawal_id, InvoiceRefused(body.reason), at_ms)
            await withdrawals.refuse_invoices(connection, withdrawal_id)
            return view(after)

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def failed(self, call: HttpCall) -> WithdrawalView:
        """It will not be paid, or was not; the money is the therapist's to withdraw again."""
        body, withdrawal_id = call.body, call.params["id"]
        assert isinstance(body, PayoutFail)
        event, seals = PaymentFailed(body.reason), await self._story.seals([withdrawal_id])

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            return view(await self._story.settle_by_hand(connection, seals, withdrawal_id, event, at_ms))

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def came_back(self, call: HttpCall) -> WithdrawalView:
        """The bank sent back what was marked as paid: the therapist's to withdraw again, by a movement of its own."""
        body, withdrawal_id = call.body, call.params["id"]
        assert isinstance(body, PayoutBack)
        seals = await self._story.seals([withdrawal_id])

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            return view(await self._story.step(connection, seals, withdrawal_id, CameBack(body.reason), at_ms))

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def confirm(self, call: HttpCall) -> PayoutConfirmed:
        body, batch_id = call.body, str(uuid.uuid4())
        assert isinstance(body, PayoutConfirm)

        async def act(connection: AsyncConnection, at_ms: int) -> PayoutConfirmed:
            batch = await self._story.confirm(
                connection, batch_id, body.ids, body.total_pence, call.viewer.person_id, at_ms
            )
            return PayoutConfirmed(batch_id=batch.id, count=batch.count, total_pence=batch.total_pence)

        done = await once(self._store, call, body.key, PayoutConfirmed, act)
        log.info("batch=%s payouts=%d confirmed by=%s", done.batch_id, done.count, call.viewer.person_id)
        return done

    async def paid(self, call: HttpCall) -> PayoutConfirmed:
        """The bank has done these payments of a batch; what it has not done was said to have failed before."""
        body, batch_id = call.body, call.params["id"]
        assert isinstance(body, PayoutConfirm)
        seals = await self._story.seals(body.ids)

        async def act(connection: AsyncConnection, at_ms: int) -> PayoutConfirmed:
            members = await self._members(connection, batch_id)
            wanted = [one for one in members if one.id in body.ids]
            if len(wanted) != len(set(body.ids)) or sum(one.amount_pence for one in wanted) != body.total_pence:
                raise AmountDiffers("These payouts do not come to what was confirmed. Nothing was marked; look again.")
            for one in wanted:
                await self._story.settle_by_hand(connection, seals, one.id, PaidOut(), at_ms)
            return PayoutConfirmed(batch_id=batch_id, count=len(wanted), total_pence=body.total_pence)

        return await once(self._store, call, body.key, PayoutConfirmed, act)

    async def bank_csv(self, call: HttpCall) -> web.Response:
        """What of a batch the bank is still to pay."""
        async with self._store.read() as connection:
            members = await self._members(connection, call.params["id"])
            due = [one for one in members if one.rail is Rail.INVOICE and one.state is State.SCHEDULED]
            sealed = await withdrawals.bank_sealed(connection, [one.id for one in due])
        if not due:
            raise WithdrawalMoved("Nothing of this batch is left for the bank to pay.")
        payments = [await self._payment(one, sealed[one.id]) for one in due]
        headers = {
            "Content-Disposition": f'attachment; filename="payments-{call.params["id"][:8]}.csv"',
            "Cache-Control": "no-store",
        }
        return web.Response(text=bank_file.as_csv(payments), content_type="text/csv", headers=headers)

    async def _payment(self, one: Withdrawal, sealed: bytes) -> Payment:
        key = await self._keys.key_of(one.therapist_id)
        bank = json.loads(key.open_text(sealed, "withdrawal", one.id, "bank_sealed"))
        reference = f"SESSIONS {one.id[:8]}"
        return Payment(bank["sort_code"], bank["account_number"], bank["name"], one.amount_pence, reference)

    async def _members(self, connection: AsyncConnection, batch_id: str) -> Sequence[Withdrawal]:
        members = await withdrawals.of_batch(connection, batch_id)
        if not members:
            raise BatchNotFound("There is no such batch.")
        return members


def _is_to_pay(one: Withdrawal) -> bool:
    return one.state is State.INVOICED or (one.state is State.REQUESTED and one.rail is Rail.PROCESSOR)
