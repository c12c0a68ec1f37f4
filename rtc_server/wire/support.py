"""Messages of support: questions, problems, complaints and conduct with what is answered, and the guide."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.store.matters import MatterAct, MatterKind, MatterState
from rtc_server.wire.practice import PaperView
from rtc_server.wire.tables import ADMIN, EVERYONE, FILE, PAIR, PDF, Route
from rtc_server.wire.types import Body, Id, Instant, Version, View

Subject = Annotated[str, Meta(min_length=1, max_length=120)]
SupportText = Annotated[str, Meta(min_length=1, max_length=4_000)]


class MatterBegin(Body):
    id: Id
    kind: Literal["question", "problem", "complaint"]
    subject: Subject
    text: SupportText
    session_id: Id | None = None  # one of one's own: its quality receipt goes along
    paper_id: Id | None = None  # e.g. a screenshot, given before


class ConductBegin(Body):
    """What a therapist is asked to account for. They read it, answer, and may appeal against what is decided."""

    id: Id
    subject: Subject
    text: SupportText


class MatterStep(Body):
    """Made from what was read in `version`. Writing, appealing and closing is the person's, the rest the operators'."""

    version: Version
    act: MatterAct
    text: SupportText
    paper_id: Id | None = None


class MatterLine(View):
    id: str
    kind: MatterKind
    state: MatterState
    subject: str
    person_name: str  # for operators; "" for oneself
    person_role: str
    changed_at_ms: Instant


class Matters(View):
    matters: list[MatterLine]


class MatterSaid(View):
    act: MatterAct
    is_desk: bool
    by_name: str
    text: str
    paper: PaperView | None
    at_ms: Instant


class MatterView(View):
    line: MatterLine
    version: int
    session_id: str | None
    said: list[MatterSaid]  # oldest first
    may: list[MatterAct]  # what the viewer can do now


class GuideItem(View):
    question: str
    answer: str


class GuideSection(View):
    title: str
    items: list[GuideItem]


class GuideView(View):
    title: str
    sections: list[GuideSection]


ROUTES: dict[str, Route] = {
    "GET /api/support": Route(None, Matters, EVERYONE, "What one wrote to support; for operators all"),
    "POST /api/support": Route(
        MatterBegin, MatterView, PAIR, "Ask, report a problem, or complain", audit="support:begin"
    ),
    "POST /api/people/{id}/conduct": Route(
        ConductBegin, MatterView, ADMIN, "Ask a therapist to account for something", audit="conduct:begin"
    ),
    "POST /api/support/papers": Route(None, PaperView, PAIR, "A file for it, e.g. a screenshot", sent=FILE),
    "GET /api/support/{id}": Route(
        None, MatterView, EVERYONE, "One, with everything that was said", audit="support:read"
    ),
    "POST /api/support/{id}/steps": Route(
        MatterStep, MatterView, EVERYONE, "Write, answer, decide, appeal, close", audit="support:step"
    ),
    "GET /api/guide": Route(None, GuideView, EVERYONE, "Questions and answers for one's role"),
    "GET /api/guide.pdf": Route(None, None, EVERYONE, "The same, to be taken along", gives=PDF),
}
