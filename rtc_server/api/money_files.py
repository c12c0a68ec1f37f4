"""Money on paper: a client's receipts, a therapist's monthly statement as PDF and CSV.

Easy to break: a receipt is its owner's alone and says what was paid, never what a session was about.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiohttp import web

from booking_core import payouts, statement, top_ups, wallet
from booking_core.errors import TopUpNotFound
from booking_core.people import People
from booking_core.statement import Movement
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.wallet_lines import Lines, session_label
from rtc_server.errors import BadMessage, NotEnded, SessionNotFound, unfit
from rtc_server.money import statements
from rtc_server.money.statements import Entry, Practice, Receipt, Statement
from rtc_server.store import history
from rtc_server.store.database import Store, now_ms

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


class MoneyFiles:
    """Days are days in London, as payouts are."""

    def __init__(self, store: Store, keys: KeyStore, people: People, practice: Practice) -> None:
        self._store = store
        self._people = people
        self._lines = Lines(store, keys, people)
        self._practice = practice

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/sessions/{id}/receipt.pdf": self.session_receipt,
            "GET /api/top-ups/{id}/receipt.pdf": self.top_up_receipt,
            "GET /api/wallet/statement.pdf": self.statement_pdf,
            "GET /api/wallet/statement.csv": self.statement_csv,
        }

    async def session_receipt(self, call: HttpCall) -> web.Response:
        client_id, session_id = call.viewer.person_id, call.params["id"]
        async with self._store.read() as connection:
            session = await history.of_client(connection, session_id, client_id)
            settled = (await wallet.settlements(connection, [session_id]))[session_id]
        if session is None:
            raise SessionNotFound("There is no such session.")
        if not settled.is_settled:
            raise NotEnded("This session is not settled yet. Its receipt is there a moment after it ends.")
        minutes = round(session.together_s / 60)
        with_whom = session_label(session, session.therapist_name)
        facts = [("Service", with_whom), ("Length", "1 minute" if minutes == 1 else f"{minutes} minutes")]
        facts.append(("Paid from", "Your wallet"))
        return await self._receipt(client_id, session_id, session.agreed_at_ms, facts, settled.charged_pence)

    async def top_up_receipt(self, call: HttpCall) -> web.Response:
        client_id = call.viewer.person_id
        async with self._store.read() as connection:
            found = await top_ups.find(connection, call.params["id"])
        if found is None or found.client_id != client_id or found.state != "paid" or found.way != "card":
            raise TopUpNotFound("There is no receipt for this.")
        facts = [("What", "Money added to your wallet"), ("Paid by", "Card")]
        return await self._receipt(client_id, found.id, found.changed_at_ms, facts, found.amount_pence)

    async def _receipt(
        self, client_id: str, about: str, at_ms: int, facts: list[tuple[str, str]], total_pence: int
    ) -> web.Response:
        client = await self._people.person(client_id)
        receipt = Receipt(
            practice=self._practice,
            number=about[:8].upper(),
            to_name=f"{client.first_name} {client.last_name}".strip(),
            at_ms=at_ms,
            facts=facts,
            total="Paid",
            total_pence=total_pence,
            zone=payouts.LONDON,
        )
        return _file("receipt-" + about[:8] + ".pdf", "application/pdf", await asyncio.to_thread(_receipt_pdf, receipt))

    async def statement_pdf(self, call: HttpCall) -> web.Response:
        made = await self._statement(call)
        return _file(made.file_name + ".pdf", "application/pdf", await asyncio.to_thread(_statement_pdf, made))

    async def statement_csv(self, call: HttpCall) -> web.Response:
        made = await self._statement(call)
        return _file(made.file_name + ".csv", "text/csv", statements.as_csv(made).encode())

    async def _statement(self, call: HttpCall) -> Statement:
        therapist_id, today = call.viewer.person_id, payouts.day_of(now_ms())
        month = _month(call.request.query.get("month", f"{today:%Y-%m}"))
        end = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        async with self._store.read() as connection:
            account = await statement.between(connection, therapist_id, _midnight_ms(month), _midnight_ms(end))
            earned_by = {one.subject_id for one in account.movements if one.kind == statement.IN}
            sessions = await history.by_id(connection, earned_by)
            funds = await wallet.balances(connection, therapist_id, call.viewer.role)
        names = {one.client_id: await self._lines.client_name(one.client_id) for one in sessions.values()}
        now = [
            ("Ready to withdraw", funds.available_pence),
            ("Held for 24 hours after a session", funds.held_pence),
            ("Being paid out", funds.withdrawing_pence),
        ]
        therapist = await self._people.person(therapist_id)
        return Statement(
            practice=self._practice,
            therapist=f"{therapist.first_name} {therapist.last_name}".strip(),
            month=month,
            opening_pence=account.opening_pence,
            entries=[_entry(one, sessions, names) for one in account.movements],
            closing_pence=account.closing_pence,
            now=now if end > today else [],
        )


def _receipt_pdf(receipt: Receipt) -> bytes:
    # With the first one only, as for a session's record: what draws it takes long to load.
    from rtc_server.adapters.money_pdf import receipt_pdf

    return receipt_pdf(receipt)


def _statement_pdf(made: Statement) -> bytes:
    from rtc_server.adapters.money_pdf import statement_pdf

    return statement_pdf(made)


def _entry(one: Movement, sessions: Mapping[str, history.Past], names: Mapping[str, str]) -> Entry:
    what = "Paid out" if one.kind == statement.OUT else "Sent back by the bank"
    if one.kind == statement.IN:
        session = sessions.get(one.subject_id)
        what = session_label(session, "" if session is None else names[session.client_id])
    return Entry(payouts.day_of(one.at_ms), what, one.amount_pence, is_sent_back=one.kind == statement.BACK)


def _month(text: str) -> date:
    if not MONTH.fullmatch(text):
        raise BadMessage(unfit("month"))
    return date.fromisoformat(f"{text}-01")


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=payouts.LONDON).timestamp() * 1_000)


def _file(name: str, content_type: str, body: bytes) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    charset: Any = "utf-8" if content_type.startswith("text/") else None
    return web.Response(body=body, content_type=content_type, charset=charset, headers=headers)
