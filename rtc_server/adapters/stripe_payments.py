"""Stripe behind the payment port: Checkout for clients, Connect accounts and transfers for therapists, its webhooks.

Owns what Stripe's words mean for us. Logs nothing that Stripe says. Easy to break: every POST carries an idempotency
key, and Stripe keeps one for a day (docs.stripe.com/api/idempotent_requests): the same key later may pay twice.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
import msgspec
import stripe

from booking_core.errors import BadSignature, PaymentsUnavailable
from booking_core.payments import (
    AccountChanged,
    Checkout,
    CheckoutExpired,
    CheckoutPaid,
    Done,
    Fact,
    Later,
    NotDone,
    Outcome,
    Report,
)

T = TypeVar("T")

CURRENCY = "gbp"
TOLERANCE_S = 300  # a report signed longer ago may be one that was recorded (docs.stripe.com/webhooks)
UNAVAILABLE = "The payment service does not answer. Nothing was taken; please try again in a moment."
# A refusal that says nothing about the payment itself: our balance, our key, too many at once.
NOT_NOW = frozenset({"balance_insufficient", "lock_timeout", "rate_limit"})


class _Event(msgspec.Struct):
    id: str
    type: str
    data: "_Data"


class _Data(msgspec.Struct):
    object: dict[str, Any]


_decoder = msgspec.json.Decoder(_Event)


class Stripe:
    """One per process. `api_base` empty: Stripe itself. `call_s` bounds one call."""

    name = "Stripe"

    def __init__(self, secret_key: str, webhook_secret: str, *, api_base: str, call_s: float) -> None:
        self._webhook_secret = webhook_secret
        self._call_s = call_s
        self._http = stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=call_s))
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/") or stripe.DEFAULT_API_BASE},
            http_client=self._http,
            max_network_retries=0,
        )
        self._api = client.v1

    async def checkout(self, top_up_id: str, amount_pence: int, back_url: str) -> Checkout:
        page = await self._asked(
            self._api.checkout.sessions.create_async(
                {
                    "mode": "payment",
                    "client_reference_id": top_up_id,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": CURRENCY,
                                "unit_amount": amount_pence,
                                # On a bank statement and on Stripe's pages: nothing that says what this is about.
                                "product_data": {"name": "Wallet top-up"},
                            },
                        }
                    ],
                    "success_url": back_url,
                    "cancel_url": back_url,
                },
                {"idempotency_key": f"top_up:{top_up_id}"},
            )
        )
        return Checkout(page.id, str(page.url))

    async def look(self, provider_id: str) -> CheckoutPaid | CheckoutExpired | None:
        page = await self._asked(self._api.checkout.sessions.retrieve_async(provider_id))
        return _checkout(
            str(page.client_reference_id or ""), str(page.status), str(page.payment_status), page.amount_total
        )

    async def open_account(self, therapist_id: str) -> str:
        account = await self._asked(
            self._api.accounts.create_async(
                {
                    "country": "GB",
                    "controller": {
                        "stripe_dashboard": {"type": "express"},
                        "fees": {"payer": "application"},
                        "losses": {"payments": "application"},
                    },
                    "capabilities": {"transfers": {"requested": True}},
                    "metadata": {"therapist_id": therapist_id},
                },
                {"idempotency_key": f"connect:{therapist_id}"},
            )
        )
        return account.id

    async def connect_url(self, account_id: str, back_url: str) -> str:
        link = await self._asked(
            self._api.account_links.create_async(
                {"account": account_id, "refresh_url": back_url, "return_url": back_url, "type": "account_onboarding"}
            )
        )
        return link.url

    async def is_ready(self, account_id: str) -> bool:
        account = await self._asked(self._api.accounts.retrieve_async(account_id))
        return bool(account.payouts_enabled) and bool(account.details_submitted)

    async def pay_out(self, account_id: str, amount_pence: int, key: str) -> Outcome:
        """Transfer to a therapist's account. Never raises for anything Stripe does."""
        try:
            async with asyncio.timeout(self._call_s):
                transfer = await self._api.transfers.create_async(
                    {"amount": amount_pence, "currency": CURRENCY, "destination": account_id, "transfer_group": key},
                    {"idempotency_key": key},
                )
        except stripe.InvalidRequestError as error:
            code = str(error.code or error.http_status)
            return Later(code) if code in NOT_NOW else NotDone(code)
        except (stripe.StripeError, TimeoutError, OSError) as error:
            return Later(type(error).__name__)
        return Done(transfer.id)

    def report(self, raw: bytes, signature: str) -> Report:
        try:
            stripe.WebhookSignature.verify_header(raw, signature, self._webhook_secret, TOLERANCE_S)
            event = _decoder.decode(raw)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, msgspec.DecodeError) as error:
            raise BadSignature("This report is not signed as it should be.") from error
        return Report(event.id, event.type, _fact(event.type, event.data.object))

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # untyped in the SDK

    async def _asked(self, act: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._call_s):
                return await act
        except (stripe.StripeError, TimeoutError, OSError) as error:
            raise PaymentsUnavailable(UNAVAILABLE) from error


def _fact(kind: str, told: dict[str, Any]) -> Fact | None:
    """What an event says that concerns us (docs.stripe.com/api/events/types)."""
    if kind.startswith("checkout.session."):
        top_up_id = str(told.get("client_reference_id") or "")
        status = "expired" if kind.endswith("async_payment_failed") else str(told.get("status"))
        return _checkout(top_up_id, status, str(told.get("payment_status")), told.get("amount_total"))
    if kind == "account.updated":
        is_ready = bool(told.get("payouts_enabled")) and bool(told.get("details_submitted"))
        return AccountChanged(str(told.get("id")), is_ready)
    return None


def _checkout(
    top_up_id: str, status: str, payment_status: str, amount: int | None
) -> CheckoutPaid | CheckoutExpired | None:
    if payment_status == "paid" and amount is not None:
        return CheckoutPaid(top_up_id, int(amount))
    return CheckoutExpired(top_up_id) if status == "expired" else None
