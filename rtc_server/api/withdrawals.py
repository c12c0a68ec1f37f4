"""What a therapist does to be paid: bank details, an account at the processor, a withdrawal, its invoice.

Easy to break: bank details and invoices are opened for their owner and for the operator who pays, and are sealed under
the therapist's key before the transaction begins; what a file is, is told by its content and never by its name.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payout_details, withdrawals
from booking_core.errors import PaymentsNotSetUp, PayoutDetailsMissing
from booking_core.payments import Processor
from booking_core.payouts import Rail, TakenBack, Withdrawal
from booking_core.withdrawals import Invoice
from rtc_server import uploads
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.once import once
from rtc_server.errors import FileRefused
from rtc_server.money.payout_story import PayoutStory
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import mail
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.types import Role
from rtc_server.wire.wallet import (
    BankDetails,
    ConnectPage,
    InvoiceUpload,
    WithdrawalAsk,
    WithdrawalMove,
    WithdrawalView,
)

log = logging.getLogger(__name__)

# What an invoice may be, and how its file is called.
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class WithdrawalApi:
    """`processor` None: payment is by bank transfer against an invoice alone."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        story: PayoutStory,
        processor: Processor | None,
        public_url: str,
    ) -> None:
        self._store = store
        self._keys = keys
        self._story = story
        self._processor = processor
        self._public_url = public_url

    def routes(self) -> Mapping[str, Handler]:
        return {
            "PUT /api/payout-details": self.set_bank,
            "POST /api/payout-details/connect": self.connect,
            "POST /api/payout-details/look": self.look,
            "POST /api/withdrawals": self.ask,
            "POST /api/withdrawals/{id}/take-back": self.take_back,
            "POST /api/withdrawals/{id}/invoice": self.upload,
            "GET /api/withdrawals/{id}/invoice": self.invoice,
        }

    async def set_bank(self, call: HttpCall) -> None:
        body, therapist_id = call.body, call.viewer.person_id
        assert isinstance(body, BankDetails)
        digits = body.sort_code.replace("-", "")
        plain = {"name": body.name.strip(), "sort_code": digits, "account_number": body.account_number}
        key = await self._keys.key_of(therapist_id)
        sealed = key.seal_text(json.dumps(plain), "payout_details", therapist_id, "bank_sealed")
        now = now_ms()

        async def step(connection: AsyncConnection) -> None:
            await payout_details.set_bank(connection, therapist_id, sealed, now)
            # To the address that is known: whoever sits at a page left open must not redirect money unnoticed.
            facts: Facts = {"at_ms": now, "link": "/help"}
            told = f"bank_changed:{therapist_id}:{now}"
            await mail.queue(connection, key, therapist_id, Template.BANK_CHANGED, facts, key=told, now_ms=now)

        await self._store.write(step)
        log.info("therapist=%s set bank details", therapist_id)

    async def connect(self, call: HttpCall) -> ConnectPage:
        """Where the processor asks what it needs; the account is made once and stays."""
        therapist_id, processor = call.viewer.person_id, self._the_processor()
        account_id = (await self._details(therapist_id)).account_id
        if account_id is None:
            made = await processor.open_account(therapist_id)
            await self._store.write(payout_details.set_account, therapist_id, made, now_ms())
            account_id = made
        return ConnectPage(url=await processor.connect_url(account_id, f"{self._public_url}/transactions/connected"))

    async def look(self, call: HttpCall) -> None:
        """Ask the processor whether the account can be paid to by now; its own report may be late."""
        account_id = (await self._details(call.viewer.person_id)).account_id
        if account_id is not None:
            is_ready = await self._the_processor().is_ready(account_id)
            await self._store.write(payout_details.set_ready, account_id, is_ready, now_ms())

    async def ask(self, call: HttpCall) -> WithdrawalView:
        body, therapist_id = call.body, call.viewer.person_id
        assert isinstance(body, WithdrawalAsk)
        rail, details = Rail(body.rail), await self._details(therapist_id)
        key, bank_sealed = await self._keys.key_of(therapist_id), None
        if rail is Rail.PROCESSOR:
            self._the_processor()
            if not details.is_account_ready:
                raise PayoutDetailsMissing("Connect an account first. Nothing was moved.")
        else:
            if details.bank_sealed is None:
                raise PayoutDetailsMissing("Say first where we should pay to. Nothing was moved.")
            plain = key.open_text(details.bank_sealed, "payout_details", therapist_id, "bank_sealed")
            bank_sealed = key.seal_text(plain, "withdrawal", body.key, "bank_sealed")

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            return view(
                await self._story.request(
                    connection, {therapist_id: key}, body.key, therapist_id, rail, body.amount_pence, bank_sealed, at_ms
                )
            )

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def take_back(self, call: HttpCall) -> WithdrawalView:
        body, withdrawal_id = call.body, call.params["id"]
        assert isinstance(body, WithdrawalMove)

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            await withdrawals.load(connection, withdrawal_id, call.viewer.person_id)
            return view(await self._story.step(connection, {}, withdrawal_id, TakenBack(), at_ms))

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def upload(self, call: HttpCall) -> WithdrawalView:
        body, withdrawal_id, therapist_id = call.body, call.params["id"], call.viewer.person_id
        assert isinstance(body, InvoiceUpload)
        given = await asyncio.to_thread(uploads.examined, body.file, "invoice")
        if given.content_type not in ENDINGS:
            raise FileRefused("An invoice is a PDF or a picture of one. Save it as one of these and upload it again.")
        key, invoice_id = await self._keys.key_of(therapist_id), str(uuid.uuid4())
        file_sealed = key.seal(given.content, "invoice", invoice_id, "file_sealed")
        number_sealed = key.seal_text(body.number.strip(), "invoice", invoice_id, "number_sealed")

        async def act(connection: AsyncConnection, at_ms: int) -> WithdrawalView:
            await withdrawals.load(connection, withdrawal_id, therapist_id)
            made = Invoice(invoice_id, withdrawal_id, body.amount_pence, number_sealed, given.content_type, at_ms)
            return view(await self._story.invoice_arrived(connection, {therapist_id: key}, made, file_sealed, at_ms))

        return await once(self._store, call, body.key, WithdrawalView, act)

    async def invoice(self, call: HttpCall) -> web.Response:
        """The uploaded file, to its therapist and to operators."""
        viewer = call.viewer
        owner = viewer.person_id if viewer.role == Role.THERAPIST else None
        async with self._store.read() as connection:
            found = await withdrawals.load(connection, call.params["id"], owner)
            made = (await withdrawals.invoices(connection, [found.id])).get(found.id)
            sealed = None if made is None else await withdrawals.invoice_file(connection, made.id)
        if made is None or made.content_type is None or sealed is None:
            raise FileRefused("No file was uploaded for this withdrawal.")
        key = await self._keys.key_of(found.therapist_id)
        plain = key.open(sealed, "invoice", made.id, "file_sealed")
        name = f'attachment; filename="invoice-{found.id[:8]}.{ENDINGS[made.content_type]}"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return web.Response(body=plain, content_type=made.content_type, headers=headers)

    async def _details(self, therapist_id: str) -> payout_details.PayoutDetails:
        async with self._store.read() as connection:
            return await payout_details.load(connection, therapist_id)

    def _the_processor(self) -> Processor:
        if self._processor is None:
            raise PaymentsNotSetUp("Only bank transfers are set up here.")
        return self._processor


def view(one: Withdrawal) -> WithdrawalView:
    pay_on = None if one.pay_on is None else one.pay_on.isoformat()
    return WithdrawalView(id=one.id, amount_pence=one.amount_pence, state=one.state.value, pay_on=pay_on)
