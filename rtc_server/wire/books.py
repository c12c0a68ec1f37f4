"""Messages of the operator's books."""

from rtc_server.wire.tables import ADMIN, Route
from rtc_server.wire.types import Instant, Pence, View


class BooksGroup(View):
    """All accounts of a kind together."""

    kind: str  # a pattern of ids, "client:%:held"
    accounts: int
    pence: Pence


class BooksAnswer(View):
    name: str
    broken: list[str]  # the first ids for which it does not hold


class BooksView(View):
    is_balanced: bool
    sum_pence: Pence  # of all accounts
    movements: int
    groups: list[BooksGroup]
    answers: list[BooksAnswer]
    at_ms: Instant


ROUTES: dict[str, Route] = {
    "GET /api/books": Route(None, BooksView, ADMIN, "Whether the ledger balances, and what it holds together"),
}
