"""Search in a therapist's own sessions: names, what was said, chat and notes, opened here for this search alone.

Everything is sealed, so that there is no index: sessions are opened one by one, the newest first, off the event loop,
until a number, a time or a closed page ends it. Easy to break: what was searched for stands in no address, no log and
no row; it comes in the body and is forgotten with the answer.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row

from rtc_server.adapters.seal import SealKey
from rtc_server.api.call_log import Records
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, SealBroken
from rtc_server.finding import after, before, folded, places
from rtc_server.store import call_log, spoken
from rtc_server.store.call_log import Choice, Logged
from rtc_server.store.notes import load_notes
from rtc_server.store.spoken import Written
from rtc_server.wire.sessions import CallLogSearch, SearchHit, SearchView
from rtc_server.wire.types import Seat

log = logging.getLogger(__name__)

HITS_MAX = 100


@dataclass(frozen=True)
class SearchRules:
    sessions_max: int
    seconds: float


class Text(NamedTuple):
    kind: Literal["name", "said", "chat", "notes"]
    who: str
    seq: int
    from_ms: int
    text: str


class Found(NamedTuple):
    text: Text
    start: int
    end: int


class LogSearchRoutes:
    def __init__(self, records: Records, rules: SearchRules) -> None:
        self._records = records
        self._store = records.store
        self._rules = rules

    def routes(self) -> Mapping[str, Handler]:
        return {"POST /api/call-log/search": self.search}

    async def search(self, call: HttpCall) -> SearchView:
        body, person_id = call.body, call.viewer.person_id
        assert isinstance(body, CallLogSearch)
        wanted = folded(" ".join(body.words.split()))
        if len(wanted) < 2:
            raise BadMessage("Please type at least two letters to look for.")
        async with self._store.read() as connection:
            newest = await call_log.of_therapist(connection, person_id, Choice(), None, self._rules.sessions_max)
            total = await call_log.count(connection, person_id, Choice())
        until, searched = time.monotonic() + self._rules.seconds, 0
        hits: list[SearchHit] = []
        for logged in newest:
            if time.monotonic() > until or len(hits) > HITS_MAX or _has_gone(call):
                break
            try:
                hits += await self._in_session(logged, wanted)
            except SealBroken as error:
                # One record that cannot be opened must not hide all the others; it counts as not looked through.
                log.warning("session=%s cannot be searched: %s", logged.session_id, error.code)
                continue
            searched += 1
        return SearchView(hits=hits[:HITS_MAX], searched=searched, total=total, is_cut=len(hits) > HITS_MAX)

    async def _in_session(self, logged: Logged, wanted: str) -> list[SearchHit]:
        key = await self._records.keys.key_of(logged.client_id)
        async with self._store.read() as connection:
            written = await spoken.written(connection, logged.session_id)
            typed = (await call_log.kept(connection, logged)).chat
            notes = (await load_notes(connection, key, logged.session_id)).text
        names = await self._records.first_names(logged)
        client_name = await self._records.name(logged.client_id)
        known = [Text("name", "", 0, 0, client_name), Text("notes", "", 0, 0, notes)]
        found = await asyncio.to_thread(_look, known, written, typed, names, key, wanted)
        return [
            SearchHit(
                session_id=logged.session_id,
                client_name=client_name,
                at_ms=logged.agreed_at_ms,
                kind=one.text.kind,
                who=one.text.who,
                seq=one.text.seq,
                from_ms=one.text.from_ms,
                before=before(one.text.text, one.start),
                found=one.text.text[one.start : one.end],
                after=after(one.text.text, one.end),
            )
            for one in found
        ]


def _has_gone(call: HttpCall) -> bool:
    """Whether the page that asked has closed its connection: a newer search has taken this one's place."""
    transport = call.request.transport
    return transport is None or transport.is_closing()


def _look(
    known: list[Text],
    written: Written,
    typed: list[Row[Any]],
    names: Mapping[Seat, str],
    key: SealKey,
    wanted: str,
) -> list[Found]:
    """Runs in a thread: opens what is sealed of one session and looks."""
    texts = [*known]
    for said in spoken.opened(written, key.for_session(written.session_id)):
        texts.append(Text("said", names[Seat(said.seat)], said.seq, said.from_ms, said.text))
    for row in typed:
        plain = key.open_text(row.text_sealed, "chat", row.id, "text_sealed")
        texts.append(Text("chat", names[Seat(row.seat)], row.seq, 0, plain))
    return [Found(text, *place) for text in texts for place in places(text.text, wanted)]
