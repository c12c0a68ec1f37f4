"""A person's wallet as they read it: the ledger's lines, with whom each session was in words."""

from collections.abc import Mapping

from booking_core import wallet
from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import SealBroken
from rtc_server.store import history
from rtc_server.store.database import Store
from rtc_server.wire.types import Role
from rtc_server.wire.wallet import WalletLine, WalletView

KINDS = {"quick": "Quick connect", "booked": "Session"}


class WalletApi:
    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {("GET", "/api/wallet"): self.show}

    async def show(self, call: HttpCall) -> WalletView:
        viewer = call.viewer
        async with self._store.read() as connection:
            funds = await wallet.balances(connection, viewer.person_id, viewer.role)
            lines = await wallet.lines(connection, viewer.person_id, viewer.role)
            ids = {line.session_id for line in lines if line.session_id is not None}
            sessions = await history.by_id(connection, ids)
        return WalletView(
            available_pence=funds.available_pence,
            held_pence=funds.held_pence,
            lines=[
                WalletLine(
                    id=line.id,
                    at_ms=line.at_ms,
                    kind=line.kind,
                    label=await self._label(line, sessions, viewer.role),
                    amount_pence=line.amount_pence,
                    state=line.state,
                )
                for line in lines
            ],
        )

    async def _label(self, line: wallet.Line, sessions: Mapping[str, history.Past], role: str) -> str:
        if line.session_id is None:
            return "Top up"
        session = sessions.get(line.session_id)
        if session is None:
            return KINDS["quick"]
        name = session.therapist_name if role == Role.CLIENT else await self._client_name(session.client_id)
        return f"{KINDS[session.kind]}, {name}" if name else KINDS[session.kind]

    async def _client_name(self, client_id: str) -> str:
        """First name and initial; nothing for somebody whose data was erased: the line stays, the name is gone."""
        try:
            person = await self._people.person(client_id)
        except (PersonNotFound, SealBroken):
            return ""
        if person.is_erased:
            return ""
        return f"{person.first_name} {person.last_name[:1]}." if person.last_name else person.first_name
