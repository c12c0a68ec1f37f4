"""All that clients and therapists can do, in every order that hypothesis thinks of, on web processes that are killed.

After each step the rows, their history and every open page must agree.

The run is repeatable: `QC_SEED` is printed, and names the orders that were tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.cluster import SHORT_TIMES, Cluster, running
from tests.conftest import IS_SOAK
from tests.scenario.company import CLIENT_VERBS, THERAPIST_VERBS, Company, Page

PEOPLE = 3  # of each kind
PAGES_MAX = 9
ORDERS, STEPS = (60, 50) if IS_SOAK else (4, 14)
SEED = int(os.environ.get("QC_SEED", "20261122"))
# Nobody may be billed for what a machine tries; the time to answer and to join are awaited now and then.
TIMES = {
    **SHORT_TIMES,
    "REQUEST_WAIT_S": "600",
    "REQUEST_ANSWER_S": "3",
    "REQUEST_JOIN_S": "3",
    "AREA_FIRST_S": "2",
    "DUTY_ABSENT_S": "4",
    "BILLABLE_MIN_S": "3600",
}

who = st.integers(0, 99)
webs = st.integers(0, 1)
verbs = st.sampled_from(CLIENT_VERBS + THERAPIST_VERBS)


@pytest.fixture(scope="module")
def company(cluster_folder: Path) -> Iterator[Company]:
    cluster = Cluster(cluster_folder / "machine", webs=2, settings=TIMES)
    with running(cluster, therapists=PEOPLE, clients=PEOPLE):
        entered = Company(cluster, list(cluster.people))
        entered.enter()
        try:
            yield entered
        finally:
            entered.leave()


class Pool(RuleBasedStateMachine):
    company: Company

    @initialize()
    def everybody_is_there(self) -> None:
        self.company.assemble()

    def pages(self) -> list[Page]:
        return [*self.company.clients, *self.company.therapists]

    def page(self, number: int) -> Page:
        return self.pages()[number % len(self.pages())]

    def client(self, number: int) -> Page:
        return self.company.clients[number % len(self.company.clients)]

    def therapist(self, number: int) -> Page:
        return self.company.therapists[number % len(self.company.therapists)]

    def up(self, web: int) -> int:
        return web if self.company.is_up(web) else 1 - web

    def note(self, text: str) -> None:
        self.company.journal.append(text)

    @rule(number=who, verb=st.sampled_from(CLIENT_VERBS))
    def a_client_acts(self, number: int, verb: str) -> None:
        self.note(f"client {number} {verb}")
        self.company.run(self.company.act(self.client(number), verb))

    @rule(number=who, verb=st.sampled_from(THERAPIST_VERBS))
    def a_therapist_acts(self, number: int, verb: str) -> None:
        self.note(f"therapist {number} {verb}")
        self.company.run(self.company.act(self.therapist(number), verb))

    @rule(client=who, therapist=who, depth=st.integers(1, 5))
    def they_get_on(self, client: int, therapist: int, depth: int) -> None:
        """The first steps of a session, each when the one before is known to its page."""
        self.note(f"client {client} and therapist {therapist} get on, {depth} steps")
        theirs, mine = self.client(client), self.therapist(therapist)
        steps = [(theirs, "place"), (mine, "accept"), (theirs, "agree"), (theirs, "join"), (mine, "join")]
        for page, verb in steps[:depth]:
            self.company.run(self.company.act(page, verb))
            self.company.assert_all_is_well()

    @rule(first=who, second=who, third=who, doing=st.tuples(verbs, verbs, verbs))
    def three_act_at_once(self, first: int, second: int, third: int, doing: tuple[str, str, str]) -> None:
        self.note(f"{first} {second} {third} at once: {doing}")
        begun = [
            self.company.begin(self.company.act(self.page(number), verb))
            for number, verb in zip((first, second, third), doing, strict=True)
        ]
        for one in begun:
            one.result()

    @rule(therapists=st.lists(who, min_size=2, max_size=4))
    def several_accept_at_once(self, therapists: list[int]) -> None:
        self.note(f"therapists {therapists} accept at once")
        for one in [self.company.begin(self.company.act(self.therapist(number), "accept")) for number in therapists]:
            one.result()

    @rule(number=who, web=webs)
    def a_page_is_reloaded(self, number: int, web: int) -> None:
        self.note(f"{number} reloads from web{web}")
        self.company.run(self.company.load(self.page(number), self.up(web)))

    @rule(number=who, web=webs)
    def a_page_changes_its_network(self, number: int, web: int) -> None:
        self.note(f"{number} comes back on web{web}")
        page = self.page(number)
        self.company.run(page.actor.cut())
        self.company.run(self.company.come_back(page, self.up(web)))

    @precondition(lambda self: len(self.pages()) < PAGES_MAX)
    @rule(number=who, web=webs)
    def a_second_tab_is_opened(self, number: int, web: int) -> None:
        self.note(f"{number} opens a tab on web{web}")
        self.company.run(self.company.open_tab(self.page(number), self.up(web)))

    @rule(number=who)
    def nobody_answers(self, number: int) -> None:
        self.note(f"the time of client {number} passes")
        self.company.run(self.company.until_its_time_has_passed(self.client(number)))

    @precondition(lambda self: self.company.is_up(0) and self.company.is_up(1))
    @rule(web=webs, number=who, verb=verbs, after_ms=st.integers(0, 30))
    def a_web_process_dies(self, web: int, number: int, verb: str, after_ms: int) -> None:
        self.note(f"web{web} dies {after_ms} ms after {number} {verb}")
        self.company.kill(web, self.page(number), verb, after_ms)

    @invariant()
    def rows_and_pages_agree(self) -> None:
        self.company.assert_all_is_well()


@pytest.mark.timeout(7200 if IS_SOAK else 120)
def test_whatever_happens_one_owner_one_place_and_every_page_knows(company: Company) -> None:
    class Machine(Pool):
        pass

    Machine.company = company
    print(f"state machine: QC_SEED={SEED}, {ORDERS} orders of {STEPS} steps")
    how = settings(
        max_examples=ORDERS,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(SEED)(Machine), settings=how)
    except BaseException:
        print("What was done:", *company.journal, sep="\n  ")
        raise
