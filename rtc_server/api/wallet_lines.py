"""A person's wallet line by line, in words: the ledger's lines with whom each session was, and what is left to do.

Easy to break: a line stays when somebody's data was erased and their name is gone; and a therapist's list holds every
session of theirs, also one that earned nothing, because what is unfinished about it stands there.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from booking_core import bookings, payouts, top_ups, wallet, withdrawals
from booking_core.errors import PersonNotFound
from booking_core.payouts import Rail, State, Withdrawal
from booking_core.people import People
from booking_core.top_ups import TopUp
from booking_core.wallet import LINES_MAX
from booking_core.withdrawals import Invoice
from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import SealBroken
from rtc_server.store import call_log, history, timers
from rtc_server.store.call_log import Choice, Logged
from rtc_server.store.database import Store
from rtc_server.wire.types import Role
from rtc_server.wire.wallet import WalletLine

ADDED = {"card": "Top up by card", "credit": "Added by the practice"}
KINDS = {"quick": "Quick connect", "booked": "Session"}
LATE = "Cancelled late"


class Lines:
    def __init__(self, store: Store, keys: KeyStore, people: People) -> None:
        self._store = store
        self._keys = keys
        self._people = people

    async def of_client(self, client_id: str) -> list[WalletLine]:
        """Newest first."""
        async with self._store.read() as connection:
            lines = await wallet.lines(connection, client_id, Role.CLIENT)
            added = {f"top_up:{one.id}": one for one in await top_ups.of_client(connection, client_id, LINES_MAX)}
            sessions = await history.by_id(connection, _sessions(lines))
            ahead = await bookings.by_id(connection, _sessions(lines) - set(sessions))
        shown = [await self._client_line(line, sessions, added.get(line.id)) for line in lines]
        for one in shown:
            if one.session_id in ahead:
                profile = await self._people.profile(ahead[one.session_id].therapist_id)
                assert profile is not None, "a booking names a therapist"
                one.label = f"{KINDS['booked']}, {profile.first_name} {profile.last_name}"
        return shown

    async def _client_line(
        self, line: wallet.Line, sessions: Mapping[str, history.Past], added: TopUp | None
    ) -> WalletLine:
        shown = WalletLine(
            id=line.id, at_ms=line.at_ms, kind=line.kind, label="", amount_pence=line.amount_pence, state=line.state
        )
        if line.session_id is None:
            shown.label = "Top up" if added is None else ADDED[added.way]
            if added is not None:
                shown.kind = "top_up" if added.way == "card" else "credit"
                shown.reason = await self._reason(added)
                shown.receipt = f"/api/top-ups/{added.id}/receipt.pdf" if added.way == "card" else ""
            return shown
        session = sessions.get(line.session_id)
        shown.session_id = line.session_id
        shown.label = session_label(session, "" if session is None else session.therapist_name)
        if session is not None and line.kind == "charge":
            shown.receipt = f"/api/sessions/{line.session_id}/receipt.pdf"
        return shown

    async def _reason(self, added: TopUp) -> str:
        if added.reason_sealed is None:
            return ""
        return await self._keys.text_or_blank(added.client_id, added.reason_sealed, "top_up", added.id, "reason_sealed")

    async def of_therapist(self, therapist_id: str) -> list[WalletLine]:
        """Sessions, earned or not, and withdrawals, newest first."""
        async with self._store.read() as connection:
            shares = {line.session_id: line for line in await wallet.lines(connection, therapist_id, Role.THERAPIST)}
            logged = await call_log.of_therapist(connection, therapist_id, Choice(), None, LINES_MAX)
            sessions = await history.by_id(connection, [one.session_id for one in logged])
            due = await timers.due_at(connection, "pending_share", [one.session_id for one in logged])
            withdrawn = await withdrawals.of_therapist(connection, therapist_id)
            invoices = await withdrawals.invoices(connection, [one.id for one in withdrawn])
        found = [
            await self._session_line(one, sessions.get(one.session_id), shares.get(one.session_id), due)
            for one in logged
            if not one.is_rehearsal
        ]
        found += await self._forfeited([share for share in shares.values() if share.session_id not in sessions])
        found += [_withdrawal_line(one, await self._number(therapist_id, invoices.get(one.id))) for one in withdrawn]
        return sorted(found, key=lambda line: (line.at_ms, line.id), reverse=True)

    async def _forfeited(self, shares: list[wallet.Line]) -> list[WalletLine]:
        """Shares of bookings that were cancelled late, or whose client did not come: there was no session."""
        async with self._store.read() as connection:
            booked = await bookings.by_id(connection, _sessions(shares))
            due = await timers.due_at(connection, "pending_share", list(booked))
        found = []
        for share in shares:
            if share.session_id in booked:
                name = await self.client_name(booked[share.session_id].client_id)
                found.append(
                    WalletLine(
                        id=share.id,
                        at_ms=share.at_ms,
                        kind="share",
                        label=f"{LATE}, {name}" if name else LATE,
                        amount_pence=share.amount_pence,
                        state=share.state,
                        due_at_ms=due.get(share.session_id) if share.state == "pending" else None,
                    )
                )
        return found

    async def _number(self, therapist_id: str, invoice: Invoice | None) -> str:
        """As the therapist numbers it; "" when it came by mail or has not come."""
        if invoice is None:
            return ""
        key = await self._keys.key_of(therapist_id)
        return key.open_text(invoice.number_sealed, "invoice", invoice.id, "number_sealed")

    async def _session_line(
        self, one: Logged, session: history.Past | None, share: wallet.Line | None, due: Mapping[str, int]
    ) -> WalletLine:
        is_pending = share is not None and share.state == "pending"
        return WalletLine(
            id=f"session:{one.session_id}",
            at_ms=one.ended_at_ms or one.agreed_at_ms,
            kind="share" if share is not None else "session",
            label=session_label(session, await self.client_name(one.client_id)),
            amount_pence=0 if share is None else share.amount_pence,
            state=share.state if share is not None else "live" if one.ended_at_ms is None else "unpaid",
            due_at_ms=due.get(one.session_id) if is_pending else None,
            session_id=one.session_id,
            todo=_todo(one),
        )

    async def client_name(self, client_id: str) -> str:
        """First name and initial; nothing for somebody whose data was erased: the line stays, the name is gone."""
        try:
            person = await self._people.person(client_id)
        except (PersonNotFound, SealBroken):
            return ""
        if person.is_erased:
            return ""
        return f"{person.first_name} {person.last_name[:1]}." if person.last_name else person.first_name


def session_label(session: history.Past | None, name: str) -> str:
    kind = KINDS["quick" if session is None else session.kind]
    return f"{kind}, {name}" if name else kind


def _sessions(lines: Iterable[wallet.Line]) -> set[str]:
    return {line.session_id for line in lines if line.session_id is not None}


def _todo(one: Logged) -> list[Literal["end", "notes", "invoice"]]:
    if one.ended_at_ms is None:
        return ["end"]
    return ["notes"] if one.notes_version is None and not one.are_notes_expired else []


def _withdrawal_line(one: Withdrawal, number: str) -> WalletLine:
    pay_on = payouts.day_of(one.changed_at_ms) if one.state is State.PAID else one.pay_on
    is_invoice_missing = one.rail is Rail.INVOICE and one.state is State.REQUESTED
    return WalletLine(
        id=f"withdrawal:{one.id}",
        at_ms=one.requested_at_ms,
        kind="withdrawal",
        label=f"Withdrawal, invoice {number}" if number else "Withdrawal",
        amount_pence=0 if one.state is State.FAILED else -one.amount_pence,
        state=one.state.value,
        pay_on=None if pay_on is None else pay_on.isoformat(),
        reason=one.reason,
        withdrawal_id=one.id,
        todo=["invoice"] if is_invoice_missing else [],
    )
