"""The worker's task that has the processor pay: what was scheduled, on its day, each under one key; and old keys go.

Owns the lease of an order while the processor is asked. Easy to break: whatever the processor does not clearly refuse
is asked again under the same key, and only as long as the processor remembers that key; then it is a person's turn.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payout_details, withdrawals
from booking_core.payments import Done, Later, NotDone, Outcome, Processor
from booking_core.payouts import PaidOut, PaymentFailed
from booking_core.withdrawals import Order
from rtc_server.config import Settings
from rtc_server.errors import StorageRefused
from rtc_server.money.payout_story import PayoutStory, Seals
from rtc_server.store import idempotency
from rtc_server.store.database import Store, now_ms

log = logging.getLogger(__name__)

LEASE_EXTRA_S = 10.0  # beyond the call itself, before another worker asks under the same key
FORGET_EVERY_S = 600.0
REFUSED = "processor"  # the reason a therapist reads when the processor refused


@dataclass(frozen=True)
class PayoutRules:
    """Seconds."""

    poll_s: float
    call_s: float
    retry_s: float
    give_up_s: float
    keys_kept_s: float


def rules_of(settings: Settings) -> PayoutRules:
    return PayoutRules(
        poll_s=settings.payout_poll_s,
        call_s=settings.payment_call_s,
        retry_s=settings.payout_retry_s,
        give_up_s=settings.payout_give_up_s,
        keys_kept_s=settings.idempotency_s,
    )


class PayoutWorker:
    """`processor` None: there is nobody to ask, and orders wait."""

    def __init__(self, store: Store, story: PayoutStory, processor: Processor | None, rules: PayoutRules) -> None:
        self._store = store
        self._story = story
        self._processor = processor
        self._rules = rules
        self._forgotten_at = float("-inf")

    async def run(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                await self.step()
                await self._forget_keys()
            except (SQLAlchemyError, StorageRefused) as error:
                log.warning("payouts cannot use the database now error=%s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._rules.poll_s)
        if self._processor is not None:
            await self._processor.close()

    async def step(self) -> None:
        """Ask the processor for everything that is due."""
        if self._processor is None:
            return
        async with self._store.read() as connection:
            due = await withdrawals.due_orders(connection, now_ms())
        for order in due:
            await self._pay(self._processor, order)

    async def _forget_keys(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._forgotten_at > FORGET_EVERY_S:
            self._forgotten_at = now
            await self._store.write(idempotency.forget_before, now_ms() - int(self._rules.keys_kept_s * 1_000))

    async def _pay(self, processor: Processor, order: Order) -> None:
        at_ms = now_ms()
        until_ms = at_ms + int((self._rules.call_s + LEASE_EXTRA_S) * 1_000)
        if not await self._store.write(withdrawals.claim_order, order.withdrawal_id, at_ms, until_ms):
            return
        async with self._store.read() as connection:
            found = await withdrawals.load(connection, order.withdrawal_id)
            details = await payout_details.load(connection, found.therapist_id)
        assert details.account_id is not None, "only a connected account can be withdrawn to"
        seals = await self._story.seals([found.id])
        outcome = await processor.pay_out(details.account_id, found.amount_pence, f"payout:{found.id}")
        await self._store.write(self._settle, seals, order, outcome)
        log.info("withdrawal=%s try=%d %s", found.id, order.tries + 1, type(outcome).__name__)

    async def _settle(self, connection: AsyncConnection, seals: Seals, order: Order, outcome: Outcome) -> None:
        at_ms = now_ms()
        match outcome:
            case Done(provider_id):
                await withdrawals.set_provider(connection, order.withdrawal_id, provider_id)
                await self._story.step(connection, seals, order.withdrawal_id, PaidOut(), at_ms)
            case NotDone():
                await self._story.step(connection, seals, order.withdrawal_id, PaymentFailed(REFUSED), at_ms)
            case Later():
                since_ms = order.first_tried_at_ms or at_ms
                is_over = at_ms - since_ms > self._rules.give_up_s * 1_000
                again_ms = None if is_over else at_ms + int(self._rules.retry_s * 1_000)
                await withdrawals.postpone_order(connection, order.withdrawal_id, again_ms)
