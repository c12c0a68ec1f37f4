"""A person's wallet as they read it: what they have, every line, and the ways money comes in or goes out."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from booking_core import payout_details, payouts, wallet
from booking_core.payments import Processor
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.wallet_lines import Lines
from rtc_server.money.statements import Practice
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.types import Role
from rtc_server.wire.wallet import PayoutTerms, TopUpTerms, WalletView


@dataclass(frozen=True)
class WalletRules:
    practice: Practice
    invoice_email: str
    min_pence: int
    max_pence: int


class WalletApi:
    """`processor` None: nothing is paid by card, and therapists are paid by bank transfer alone."""

    def __init__(
        self, store: Store, keys: KeyStore, people: People, processor: Processor | None, rules: WalletRules
    ) -> None:
        self._store = store
        self._keys = keys
        self._lines = Lines(store, keys, people)
        self._processor = processor
        self._rules = rules

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /api/wallet": self.show}

    async def show(self, call: HttpCall) -> WalletView:
        viewer = call.viewer
        is_client = viewer.role == Role.CLIENT
        async with self._store.read() as connection:
            funds = await wallet.balances(connection, viewer.person_id, viewer.role)
        of = self._lines.of_client if is_client else self._lines.of_therapist
        return WalletView(
            available_pence=funds.available_pence,
            held_pence=funds.held_pence,
            withdrawing_pence=funds.withdrawing_pence,
            lines=await of(viewer.person_id),
            top_up=self._top_up_terms() if is_client else None,
            payout=None if is_client else await self._payout_terms(viewer.person_id),
        )

    def _top_up_terms(self) -> TopUpTerms:
        rules = self._rules
        return TopUpTerms(
            by_card=self._processor is not None,
            min_pence=rules.min_pence,
            max_pence=rules.max_pence,
            practice=rules.practice.name,
            practice_email=rules.practice.email,
        )

    async def _payout_terms(self, therapist_id: str) -> PayoutTerms:
        async with self._store.read() as connection:
            details = await payout_details.load(connection, therapist_id)
        bank_end = ""
        if details.bank_sealed is not None:
            key = await self._keys.key_of(therapist_id)
            plain = key.open_text(details.bank_sealed, "payout_details", therapist_id, "bank_sealed")
            bank_end = json.loads(plain)["account_number"][-4:]
        today = payouts.day_of(now_ms())
        pay_on, batch_on = await asyncio.to_thread(lambda: (payouts.pay_day(today), payouts.batch_day(today)))
        return PayoutTerms(
            practice=self._rules.practice.name,
            practice_address=self._rules.practice.address,
            invoice_email=self._rules.invoice_email,
            invoice_by=payouts.last_day_for(today).isoformat(),
            pay_on=pay_on.isoformat(),
            batch_on=batch_on.isoformat(),
            bank_end=bank_end,
            processor="" if self._processor is None else self._processor.name,
            processor_account=(
                "none" if details.account_id is None else "ready" if details.is_account_ready else "begun"
            ),
        )
