"""Messages of feedback: what a client thought of a session, and how much of it each reader is shown."""

from typing import Annotated

from msgspec import Meta

from rtc_server.wire.tables import ADMIN, CLIENT, THERAPIST, Route
from rtc_server.wire.types import Body, Instant, View

Rating = Annotated[int, Meta(ge=1, le=5)]  # how somebody leaves the call: 1 worse, 2 the same, 5 much better


class FeedbackGive(Body):
    """The same session again replaces what was said before."""

    rating: Rating
    words: Annotated[str, Meta(max_length=1_000)]
    is_named: bool  # whether the therapist reads whose it is


class FeedbackGiven(View):
    """A client's own answer."""

    rating: Rating
    words: str
    is_named: bool


class OwnFeedback(View):
    given: FeedbackGiven | None


class ReceivedFeedback(View):
    """One as its therapist reads it. Without a name there is no session either, and the month is all of its time."""

    rating: Rating
    words: str
    first_name: str
    session_id: str
    at_ms: Instant


class FeedbackList(View):
    count: int
    average: float | None
    newest: list[ReceivedFeedback]


class TherapistAverage(View):
    name: str
    count: int
    average: float


class FeedbackAverages(View):
    therapists: list[TherapistAverage]


ROUTES: dict[str, Route] = {
    "GET /api/sessions/{id}/feedback": Route(None, OwnFeedback, CLIENT, "What one said of a session"),
    "PUT /api/sessions/{id}/feedback": Route(FeedbackGive, OwnFeedback, CLIENT, "Rate a session, in words too"),
    "GET /api/feedback": Route(None, FeedbackList, THERAPIST, "What clients said of one's sessions"),
    "GET /api/feedback/averages": Route(None, FeedbackAverages, ADMIN, "How therapists are rated"),
}
