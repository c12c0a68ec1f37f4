"""Messages of the survey: what a therapist thinks of working here, and what operators read of it."""

from typing import Annotated

from msgspec import Meta

from rtc_server.wire.tables import ADMIN, THERAPIST, Route
from rtc_server.wire.types import Body, Instant, View

Rating = Annotated[int, Meta(ge=1, le=5)]  # 1 poor, 3 all right, 5 very good


class SurveyGive(Body):
    """Replaces what was said before."""

    rating: Rating
    words: Annotated[str, Meta(max_length=2_000)]
    is_named: bool  # whether operators read whose it is


class SurveyGiven(View):
    rating: Rating
    words: str
    is_named: bool


class OwnSurvey(View):
    given: SurveyGiven | None


class SurveyAnswer(View):
    """One as operators read it. Without a name the month is all of its time."""

    rating: Rating
    words: str
    name: str
    at_ms: Instant


class SurveyAnswers(View):
    count: int
    average: float | None
    newest: list[SurveyAnswer]


ROUTES: dict[str, Route] = {
    "GET /api/survey": Route(None, OwnSurvey, THERAPIST, "What one said of working here"),
    "PUT /api/survey": Route(SurveyGive, OwnSurvey, THERAPIST, "Say how it is to work here"),
    "GET /api/survey/answers": Route(None, SurveyAnswers, ADMIN, "What therapists say of working here"),
}
