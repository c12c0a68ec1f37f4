"""The operator's books: what all accounts hold, and whether everything that must hold between them does."""

from collections.abc import Mapping

from booking_core import books
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.books import BooksAnswer, BooksGroup, BooksView


class BooksApi:
    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /api/books": self.show}

    async def show(self, call: HttpCall) -> BooksView:
        # One connection is one snapshot: money that moves meanwhile is in all of these figures or in none.
        async with self._store.read() as connection:
            groups = await books.groups(connection)
            answers = await books.answers(connection)
            movements = await books.movements(connection)
        return BooksView(
            is_balanced=not any(answer.broken for answer in answers),
            sum_pence=sum(group.pence for group in groups),
            movements=movements,
            groups=[BooksGroup(kind=group.kind, accounts=group.accounts, pence=group.pence) for group in groups],
            answers=[BooksAnswer(name=answer.name, broken=list(answer.broken)) for answer in answers],
            at_ms=now_ms(),
        )
