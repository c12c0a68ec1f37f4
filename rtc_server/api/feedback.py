"""What clients thought of their sessions: given by them, read by their therapist, counted by the operator.

Easy to break: an unnamed one carries nothing that leads back to its session, neither id nor day nor its place in
order; and operators are shown figures, never words.
"""

from collections.abc import Mapping

from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.unnamed import month_ms
from rtc_server.errors import SealBroken, SessionNotFound
from rtc_server.store import feedback, history
from rtc_server.store.database import Store, now_ms
from rtc_server.store.feedback import Given
from rtc_server.wire.feedback import (
    FeedbackAverages,
    FeedbackGive,
    FeedbackGiven,
    FeedbackList,
    OwnFeedback,
    ReceivedFeedback,
    TherapistAverage,
)


class FeedbackApi:
    def __init__(self, store: Store, keys: KeyStore, people: People) -> None:
        self._store = store
        self._keys = keys
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/sessions/{id}/feedback": self.own,
            "PUT /api/sessions/{id}/feedback": self.give,
            "GET /api/feedback": self.received,
            "GET /api/feedback/averages": self.averages,
        }

    async def give(self, call: HttpCall) -> OwnFeedback:
        """Raises SessionNotFound, NotEnded."""
        body = call.body
        assert isinstance(body, FeedbackGive)
        session_id, client_id = call.params["id"], call.viewer.person_id
        key = await self._keys.key_of(client_id)
        words = body.words.strip()
        sealed = key.seal_text(words, "feedback", session_id, "words_sealed")
        given = Given(session_id, client_id, body.rating, sealed, body.is_named, now_ms())
        await self._store.write(feedback.give, given)
        return OwnFeedback(given=FeedbackGiven(rating=body.rating, words=words, is_named=body.is_named))

    async def own(self, call: HttpCall) -> OwnFeedback:
        """Raises SessionNotFound."""
        async with self._store.read() as connection:
            if await history.of_client(connection, call.params["id"], call.viewer.person_id) is None:
                raise SessionNotFound("There is no such session.")
            given = await feedback.of_session(connection, call.params["id"], call.viewer.person_id)
        if given is None:
            return OwnFeedback(given=None)
        words = await self._words(given)
        return OwnFeedback(given=FeedbackGiven(rating=given.rating, words=words, is_named=given.is_named))

    async def received(self, call: HttpCall) -> FeedbackList:
        async with self._store.read() as connection:
            found = await feedback.of_therapist(connection, call.viewer.person_id)
        named = [await self._named(one) for one in found if one.is_named]
        # In the order of their random ids: the order of time would tell which session each was about.
        unnamed = sorted((one for one in found if not one.is_named), key=lambda one: one.session_id)
        months = [await self._unnamed(one) for one in unnamed]
        return FeedbackList(
            count=len(found),
            average=round(sum(one.rating for one in found) / len(found), 1) if found else None,
            newest=sorted([*named, *months], key=lambda one: one.at_ms, reverse=True),
        )

    async def averages(self, call: HttpCall) -> FeedbackAverages:
        async with self._store.read() as connection:
            found = await feedback.averages(connection)
        return FeedbackAverages(
            therapists=[TherapistAverage(name=one.name, count=one.ratings, average=one.rating) for one in found]
        )

    async def _named(self, given: Given) -> ReceivedFeedback:
        try:
            first_name = (await self._people.person(given.client_id)).first_name
        except (PersonNotFound, SealBroken):
            first_name = ""  # erased since
        return ReceivedFeedback(
            rating=given.rating,
            words=await self._words(given),
            first_name=first_name,
            session_id=given.session_id,
            at_ms=given.at_ms,
        )

    async def _unnamed(self, given: Given) -> ReceivedFeedback:
        return ReceivedFeedback(
            rating=given.rating,
            words=await self._words(given),
            first_name="",
            session_id="",
            at_ms=month_ms(given.at_ms),
        )

    async def _words(self, given: Given) -> str:
        sealed = given.words_sealed
        return await self._keys.text_or_blank(given.client_id, sealed, "feedback", given.session_id, "words_sealed")
