"""What a therapist does with a transcript: correct it, mark passages, try it again, delete it.

Easy to break: whose session it is, is asked before anything is changed (`Records.of`).
"""

from collections.abc import Mapping

from rtc_server.api.call_log import Publish, Records, utterance_view
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import TranscriptChanged
from rtc_server.store import erasure, spoken, transcripts
from rtc_server.store.call_log import Logged
from rtc_server.store.database import now_ms
from rtc_server.store.spoken import Fix, Spoken, Written
from rtc_server.wire.sessions import PassageMark, Revision, Revisions, Utterance, WordsCorrect
from rtc_server.wire.types import Seat


class TranscriptRoutes:
    def __init__(self, records: Records, publish: Publish) -> None:
        self._records = records
        self._store = records.store
        self._publish = publish

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/sessions/{id}/corrections": self.correct,
            "GET /api/sessions/{id}/corrections": self.corrections,
            "PUT /api/sessions/{id}/marks": self.mark,
            "DELETE /api/sessions/{id}/transcript": self.delete,
            "POST /api/sessions/{id}/transcript/retry": self.retry,
        }

    async def correct(self, call: HttpCall) -> Utterance:
        body, at_ms = call.body, now_ms()
        assert isinstance(body, WordsCorrect)
        logged = await self._records.of(call)
        key = (await self._records.keys.key_of(logged.client_id)).for_session(logged.session_id)
        fix = Fix(body.seq, body.revision, body.place, body.count, body.text)
        await self._store.write(spoken.correct, key, logged.session_id, fix, call.viewer.person_id, at_ms)
        now = [one for one in spoken.opened(await self._written(logged), key) if one.seq == body.seq]
        if not now:
            raise TranscriptChanged(spoken.CHANGED)
        return utterance_view(now[0], await self._records.first_names(logged))

    async def corrections(self, call: HttpCall) -> Revisions:
        logged = await self._records.of(call)
        key = (await self._records.keys.key_of(logged.client_id)).for_session(logged.session_id)
        names = await self._records.first_names(logged)
        found = spoken.history(await self._written(logged), key)
        return Revisions(revisions=[_revision(one, names) for one in found])

    async def mark(self, call: HttpCall) -> None:
        body = call.body
        assert isinstance(body, PassageMark)
        logged = await self._records.of(call)
        await self._store.write(
            spoken.set_mark, logged.session_id, body.seq, body.is_marked, call.viewer.person_id, now_ms()
        )

    async def delete(self, call: HttpCall) -> None:
        logged, at_ms = await self._records.of(call), now_ms()
        if await self._store.write(erasure.delete_transcript, logged.session_id, call.viewer.person_id, at_ms):
            await self._publish("transcript", logged.session_id, at_ms)

    async def retry(self, call: HttpCall) -> None:
        logged, at_ms = await self._records.of(call), now_ms()
        await self._store.write(transcripts.retry, logged.session_id, call.viewer.person_id, at_ms)
        await self._publish("transcript", logged.session_id, at_ms)

    async def _written(self, logged: Logged) -> Written:
        async with self._store.read() as connection:
            return await spoken.written(connection, logged.session_id)


def _revision(one: Spoken, names: Mapping[Seat, str]) -> Revision:
    return Revision(
        seq=one.seq,
        name=names[Seat(one.seat)],
        from_ms=one.from_ms,
        revision=one.revision,
        text=one.text,
        at_ms=one.corrected_at_ms,
    )
