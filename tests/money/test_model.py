"""The ledger beside a model of a few lines of Python: whatever is done in whatever order, both say the same."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from booking_core import wallet, withdrawals
from booking_core.errors import BookingError
from booking_core.payouts import Confirmed, Event, InvoiceArrived, Rail
from tests.conftest import IS_SOAK
from tests.money import ledger
from tests.money.test_payouts import EVENTS, LEGAL

PENCE = st.integers(0, 9_000)
SESSION = st.sampled_from(["s1", "s2", "s3", "s4"])
CLIENT = st.sampled_from(ledger.CLIENTS)
WITHDRAWAL = st.sampled_from(["w1", "w2", "w3", "w4", "w5"])
THERAPIST = st.sampled_from(ledger.THERAPISTS)


class Refused(Exception):
    """What the model says no to; its text is the ledger's code."""


class Model:
    """Balances in a dictionary, and what was done under which name."""

    def __init__(self) -> None:
        self.balances: Counter[str] = Counter()
        self.top_ups: dict[str, tuple[str, int]] = {}
        self.holds: dict[str, tuple[str, str, int]] = {}
        self.ended: dict[str, str] = {}
        self.shares: dict[str, int] = {}
        self.withdrawals: dict[str, tuple[str, Rail, int]] = {}
        self.states: dict[str, str] = {}

    def move(self, source: str, target: str, pence: int) -> None:
        if source != "world" and self.balances[source] < pence:
            raise Refused("insufficient_funds")
        self.balances[source] -= pence
        self.balances[target] += pence

    def top_up(self, client: str, pence: int, key: str) -> None:
        if pence == 0:
            return
        is_first = key not in self.top_ups
        if self.top_ups.setdefault(key, (client, pence)) != (client, pence):
            raise Refused("key_reused")
        if is_first:
            self.move("world", f"client:{client}:available", pence)

    def hold(self, session: str, client: str, therapist: str, pence: int) -> None:
        if session in self.holds:
            if self.holds[session] != (client, therapist, pence):
                raise Refused("key_reused")
            return
        self.move(f"client:{client}:available", f"client:{client}:held", pence)
        self.holds[session] = (client, therapist, pence)

    def post(self, session: str, percent: int) -> None:
        if self._is_first_end(session, "posted"):
            client, therapist, pence = self.holds[session]
            self.shares[session] = pence * percent // 100
            self.move(f"client:{client}:held", f"therapist:{therapist}:pending", self.shares[session])
            self.move(f"client:{client}:held", "platform:fees", pence - self.shares[session])

    def void(self, session: str) -> None:
        if self._is_first_end(session, "voided"):
            client, _, pence = self.holds[session]
            self.move(f"client:{client}:held", f"client:{client}:available", pence)

    def _is_first_end(self, session: str, how: str) -> bool:
        if session not in self.holds:
            raise Refused("hold_not_found")
        is_first = session not in self.ended
        if self.ended.setdefault(session, how) != how:
            raise Refused("hold_already_resolved")
        return is_first

    def release(self, session: str) -> None:
        therapist = self.holds[session][1] if session in self.holds else ""
        pence = self.shares.get(session, 0)
        self.shares[session] = 0
        self.move(f"therapist:{therapist}:pending", f"therapist:{therapist}:available", pence)

    def withdraw(self, name: str, therapist: str, rail: Rail, pence: int, sealed: None) -> None:
        if name in self.withdrawals:
            if self.withdrawals[name] != (therapist, rail, pence):
                raise Refused("withdrawal_moved")
            return
        self.move(f"therapist:{therapist}:available", f"therapist:{therapist}:withdrawing", pence)
        self.withdrawals[name] = (therapist, rail, pence)
        self.states[name] = "requested"

    def step(self, name: str, event: Event) -> None:
        if name not in self.withdrawals:
            raise Refused("withdrawal_not_found")
        therapist, rail, pence = self.withdrawals[name]
        to = LEGAL.get((rail.value, self.states[name], type(event)))
        if to is None:
            raise Refused("withdrawal_moved")
        if isinstance(event, InvoiceArrived) and event.amount_pence != pence:
            raise Refused("amount_differs")
        was, self.states[name] = self.states[name], to
        withdrawing = f"therapist:{therapist}:withdrawing"
        if to == "paid":
            self.move(withdrawing, "payout:bank" if rail is Rail.INVOICE else "payout:processor", pence)
        elif was == "paid":
            self.move("payout:bank", f"therapist:{therapist}:available", pence)
        elif to == "failed":
            self.move(withdrawing, f"therapist:{therapist}:available", pence)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="ledger-")
        self.store = self.loop.run_until_complete(ledger.copy_to(Path(self.folder.name) / "ledger.sqlite3"))
        self.model = Model()
        self.now = 0

    def both(self, in_model: Callable[..., None], act: Callable[..., Awaitable[None]], *given: Any) -> None:
        """Do it in both; either both say no for the same reason, or both did it."""
        self.now += 1
        said = done = ""
        try:
            in_model(*given)
        except Refused as refusal:
            said = str(refusal)
        try:
            self.loop.run_until_complete(self.store.write(act, *given, self.now))
        except BookingError as refusal:
            done = refusal.code
        assert done == said

    @rule(client=CLIENT, pence=PENCE, key=st.sampled_from(["t1", "t2", "t3", "t4", "t5"]))
    def top_up(self, client: str, pence: int, key: str) -> None:
        self.both(self.model.top_up, wallet.top_up, client, pence, key)

    @rule(session=SESSION, client=CLIENT, therapist=THERAPIST, pence=PENCE)
    def hold(self, session: str, client: str, therapist: str, pence: int) -> None:
        self.both(self.model.hold, wallet.hold, session, client, therapist, pence)

    @rule(session=SESSION, percent=st.integers(0, 100))
    def post(self, session: str, percent: int) -> None:
        self.both(self.model.post, wallet.post, session, percent)

    @rule(session=SESSION)
    def void(self, session: str) -> None:
        self.both(self.model.void, wallet.void, session)

    @rule(session=SESSION)
    def release(self, session: str) -> None:
        self.both(self.model.release, wallet.release_pending, session)

    @rule(client=CLIENT, therapist=THERAPIST, pence=st.integers(1_000, 9_000), percent=st.integers(50, 100))
    def earn(self, client: str, therapist: str, pence: int, percent: int) -> None:
        """A whole session, so that there is something to withdraw."""
        session = f"earned-{self.now}"
        self.both(self.model.top_up, wallet.top_up, client, pence, session)
        self.both(self.model.hold, wallet.hold, session, client, therapist, pence)
        self.both(self.model.post, wallet.post, session, percent)
        self.both(self.model.release, wallet.release_pending, session)

    @rule(name=WITHDRAWAL, therapist=THERAPIST, rail=st.sampled_from(Rail), pence=st.integers(1, 800))
    def withdraw(self, name: str, therapist: str, rail: Rail, pence: int) -> None:
        self.both(self.model.withdraw, withdrawals.request, name, therapist, rail, pence, None)

    @rule(name=WITHDRAWAL, event=st.sampled_from(EVENTS), is_right=st.booleans())
    def any_step(self, name: str, event: Event, is_right: bool) -> None:
        self.step(name, event, is_right)

    def step(self, name: str, event: Event, is_right: bool) -> None:
        if isinstance(event, InvoiceArrived) and is_right and name in self.model.withdrawals:
            event = InvoiceArrived(self.model.withdrawals[name][2], event.day)
        if isinstance(event, Confirmed):
            event = Confirmed(ledger.BATCH)
        self.both(self.model.step, withdrawals.step, name, event)

    @rule(name=WITHDRAWAL, data=st.data())
    def go_on(self, name: str, data: st.DataObject) -> None:
        """A step that is legal now, so that withdrawals end."""
        if name in self.model.withdrawals:
            rail, state = self.model.withdrawals[name][1].value, self.model.states[name]
            legal = [event for event in EVENTS if (rail, state, type(event)) in LEGAL]
            if legal:
                self.step(name, data.draw(st.sampled_from(legal)), True)

    @invariant()
    def both_hold_the_same(self) -> None:
        found = self.loop.run_until_complete(ledger.balances(self.store))
        assert {name: pence for name, pence in found.items() if pence} == {
            name: pence for name, pence in self.model.balances.items() if pence
        }
        assert sum(found.values()) == 0

    def teardown(self) -> None:
        try:
            # The machine schedules one by one under one batch, of which no sum is kept.
            found = self.loop.run_until_complete(ledger.broken(self.store))
            assert set(found) <= {"a batch paid out is the sum of its withdrawals"}
        finally:
            self.loop.run_until_complete(self.store.close())
            self.loop.close()
            self.folder.cleanup()


@pytest.mark.timeout(3_600 if IS_SOAK else 120)
def test_whatever_is_done_in_whatever_order_the_ledger_and_the_model_say_the_same() -> None:
    counts = settings(max_examples=500 if IS_SOAK else 25, stateful_step_count=80 if IS_SOAK else 40, deadline=None)
    run_state_machine_as_test(LedgerMachine, settings=counts)  # type: ignore[no-untyped-call]
