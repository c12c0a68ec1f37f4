"""Money into a client's wallet: by card through the processor's own page, or credited by an operator; receipts of it.

Also the processor's reports, which stand outside /api because they come from no page of ours. Easy to break: a report
is believed only when it is signed, and money is added only by `top_ups.paid`, which counts once whoever says it first:
the report, or the client's page coming back.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payout_details, top_ups
from booking_core.errors import AmountDiffers, CodedError, PaymentsNotSetUp, PersonNotFound, TopUpNotFound
from booking_core.payments import AccountChanged, CheckoutExpired, CheckoutPaid, Fact, Processor, Report
from booking_core.people import People
from booking_core.top_ups import TopUp
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall, refuse
from rtc_server.api.once import once
from rtc_server.errors import BadMessage, SealBroken
from rtc_server.limits import read_body
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.payouts import CreditAdd, CreditLine, CreditsView, CreditView
from rtc_server.wire.types import Role
from rtc_server.wire.wallet import TopUpBegin, TopUpPage, TopUpView

log = logging.getLogger(__name__)

REPORT_PATH = "/payments/report"
REPORT_BYTES_MAX = 262_144
REPORT_S = 10.0
CREDITS_SHOWN = 50


@dataclass(frozen=True)
class TopUpRules:
    min_pence: int
    max_pence: int
    public_url: str


class TopUpApi:
    """`processor` None: nothing is paid by card here."""

    def __init__(
        self, store: Store, keys: KeyStore, people: People, processor: Processor | None, rules: TopUpRules
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._processor = processor
        self._rules = rules

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/top-ups": self.begin,
            "POST /api/top-ups/{id}/look": self.look,
            "POST /api/credits": self.credit,
            "GET /api/credits": self.credits,
        }

    def add_reports(self, app: web.Application) -> None:
        app.router.add_post(REPORT_PATH, self.report)

    async def begin(self, call: HttpCall) -> TopUpPage:
        """The same id leads to the same page of the processor, however often it is asked for."""
        body, processor = call.body, self._the_processor()
        assert isinstance(body, TopUpBegin)
        rules = self._rules
        if not rules.min_pence <= body.amount_pence <= rules.max_pence:
            raise BadMessage(f"Between {_pounds(rules.min_pence)} and {_pounds(rules.max_pence)} can be added at once.")
        await self._store.write(top_ups.begin, body.id, call.viewer.person_id, body.amount_pence, now_ms())
        back_url = f"{rules.public_url}/wallet/top-up/{body.id}"
        page = await processor.checkout(body.id, body.amount_pence, back_url)
        await self._store.write(top_ups.set_provider, body.id, page.provider_id)
        return TopUpPage(id=body.id, url=page.url)

    async def look(self, call: HttpCall) -> TopUpView:
        """How a top-up stands; the processor is asked when its report has not come yet."""
        found = await self._own(call)
        if found.state == "begun" and found.provider_id is not None and self._processor is not None:
            fact = await self._processor.look(found.provider_id)
            if fact is not None and fact.top_up_id == found.id:
                await self._store.write(_heed, fact, now_ms())
                found = await self._own(call)
        return TopUpView(id=found.id, amount_pence=found.amount_pence, state=found.state)

    async def credit(self, call: HttpCall) -> CreditView:
        body = call.body
        assert isinstance(body, CreditAdd)
        if body.amount_pence > self._rules.max_pence:
            raise BadMessage(f"At most {_pounds(self._rules.max_pence)} can be credited at once.")
        known = await self._people.by_email(body.email)
        if known is None or known[0].role != Role.CLIENT:
            raise PersonNotFound("No client signs in with this address. Nothing was credited.")
        client_id = known[0].id
        key = await self._keys.key_of(client_id)
        sealed = key.seal_text(body.reason, "top_up", body.id, "reason_sealed")

        async def act(connection: AsyncConnection, at_ms: int) -> CreditView:
            by = call.viewer.person_id
            await top_ups.credit(connection, body.id, client_id, body.amount_pence, by, sealed, at_ms)
            return CreditView(id=body.id, amount_pence=body.amount_pence)

        view = await once(self._store, call, body.id, CreditView, act)
        log.info("top_up=%s credited client=%s by=%s", body.id, client_id, call.viewer.person_id)
        return view

    async def credits(self, call: HttpCall) -> CreditsView:
        async with self._store.read() as connection:
            found = await top_ups.credits(connection, CREDITS_SHOWN)
        return CreditsView(lines=[await self._credit_line(one) for one in found])

    async def _credit_line(self, one: TopUp) -> CreditLine:
        to_name = reason = ""
        try:
            client = await self._people.person(one.client_id)
            to_name = f"{client.first_name} {client.last_name}".strip()
            reason = await self.reason(one)
        except SealBroken:
            to_name = "Somebody whose data was erased"
        operator = await self._people.person(one.by_person_id or "")
        return CreditLine(
            id=one.id,
            at_ms=one.created_at_ms,
            to_name=to_name,
            amount_pence=one.amount_pence,
            reason=reason,
            by_name=f"{operator.first_name} {operator.last_name}".strip(),
        )

    async def reason(self, one: TopUp) -> str:
        """Why it was credited, in the operator's words; "" for a payment by card. Raises SealBroken."""
        if one.reason_sealed is None:
            return ""
        key = await self._keys.key_of(one.client_id)
        return key.open_text(one.reason_sealed, "top_up", one.id, "reason_sealed")

    async def report(self, request: web.Request) -> web.StreamResponse:
        """Answered 200 once it is heeded; anything else makes the processor send it again."""
        try:
            raw = await read_body(request, REPORT_BYTES_MAX, REPORT_S)
            report = self._the_processor().report(raw, request.headers.get("Stripe-Signature", ""))
            is_new = await self._store.write(_heed_report, report, now_ms())
        except CodedError as error:
            log.warning("payment report refused: %s", error.code)
            return refuse(error)
        log.info("payment report=%s kind=%s %s", report.id, report.kind, "heeded" if is_new else "known")
        return web.json_response({"ok": True})

    def _the_processor(self) -> Processor:
        if self._processor is None:
            raise PaymentsNotSetUp("Paying by card is not set up here. The practice can add money to your wallet.")
        return self._processor

    async def _own(self, call: HttpCall) -> TopUp:
        async with self._store.read() as connection:
            found = await top_ups.find(connection, call.params["id"])
        if found is None or found.client_id != call.viewer.person_id:
            raise TopUpNotFound("There is no such top-up.")
        return found


async def _heed_report(connection: AsyncConnection, report: Report, at_ms: int) -> bool:
    if not await top_ups.is_new_report(connection, report.id, report.kind, at_ms):
        return False
    if report.fact is not None:
        await _heed(connection, report.fact, at_ms)
    return True


async def _heed(connection: AsyncConnection, fact: Fact, at_ms: int) -> None:
    match fact:
        case CheckoutPaid(top_up_id, amount_pence):
            try:
                await top_ups.paid(connection, top_up_id, amount_pence, at_ms)
            except AmountDiffers:
                # Sending it again would change nothing; somebody has to look at it.
                log.exception("top_up=%s was paid by another amount", top_up_id)
        case CheckoutExpired(top_up_id):
            await top_ups.expired(connection, top_up_id, at_ms)
        case AccountChanged(account_id, is_ready):
            await payout_details.set_ready(connection, account_id, is_ready, at_ms)


def _pounds(pence: int) -> str:
    return f"£{pence // 100}.{pence % 100:02}"
