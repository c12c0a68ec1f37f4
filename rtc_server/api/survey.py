"""What therapists think of working here: given by them, read by operators.

Easy to break: an unnamed one carries neither name nor day, and stands in the order of its words, not of its time.
"""

from collections.abc import Mapping

from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.unnamed import month_ms
from rtc_server.errors import BadMessage
from rtc_server.store import survey
from rtc_server.store.database import Store, now_ms
from rtc_server.store.survey import Answer
from rtc_server.wire.survey import OwnSurvey, SurveyAnswer, SurveyAnswers, SurveyGive, SurveyGiven

SHOWN_MAX = 200


class SurveyApi:
    def __init__(self, store: Store, keys: KeyStore, people: People) -> None:
        self._store = store
        self._keys = keys
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/survey": self.own,
            "PUT /api/survey": self.give,
            "GET /api/survey/answers": self.answers,
        }

    async def own(self, call: HttpCall) -> OwnSurvey:
        async with self._store.read() as connection:
            found = await survey.of_therapist(connection, call.viewer.person_id)
        if found is None:
            return OwnSurvey(given=None)
        words = await self._words(found)
        return OwnSurvey(given=SurveyGiven(rating=found.rating, words=words, is_named=found.is_named))

    async def give(self, call: HttpCall) -> OwnSurvey:
        if not isinstance(call.body, SurveyGive):
            raise BadMessage
        body, therapist_id = call.body, call.viewer.person_id
        key = await self._keys.key_of(therapist_id)
        sealed = key.seal_text(body.words.strip(), "survey", therapist_id, "words_sealed")
        await self._store.write(survey.give, Answer(therapist_id, body.rating, sealed, body.is_named, now_ms()))
        return await self.own(call)

    async def answers(self, call: HttpCall) -> SurveyAnswers:
        async with self._store.read() as connection:
            count, average = await survey.average(connection)
            found = await survey.newest(connection, SHOWN_MAX)
        shown = [await self._shown(one) for one in found]
        return SurveyAnswers(
            count=count, average=average, newest=sorted(shown, key=lambda one: (-one.at_ms, one.words))
        )

    async def _shown(self, one: Answer) -> SurveyAnswer:
        words = await self._words(one)
        if one.is_named:
            person = await self._people.person(one.therapist_id)
            name = f"{person.first_name} {person.last_name}".strip()
            return SurveyAnswer(rating=one.rating, words=words, name=name, at_ms=one.at_ms)
        return SurveyAnswer(rating=one.rating, words=words, name="", at_ms=month_ms(one.at_ms))

    async def _words(self, one: Answer) -> str:
        by = one.therapist_id
        return await self._keys.text_or_blank(by, one.words_sealed, "survey", by, "words_sealed")
