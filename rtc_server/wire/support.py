"""Messages of support: questions, problems and complaints with what is answered, and the guide."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.wire.practice import PaperView
from rtc_server.wire.types import Body, Id, Instant, View

Subject = Annotated[str, Meta(min_length=1, max_length=120)]
SupportText = Annotated[str, Meta(min_length=1, max_length=4_000)]
MatterKind = Literal["question", "problem", "complaint"]
# open and appealed: an operator's turn; answered and decided: the person's.
MatterState = Literal["open", "answered", "decided", "appealed", "closed"]
MatterAct = Literal["write", "answer", "decide", "appeal", "close"]


class MatterBegin(Body):
    id: Id
    kind: MatterKind
    subject: Subject
    text: SupportText
    session_id: Id | None = None  # one of one's own: its quality receipt goes along
    paper_id: Id | None = None  # e.g. a screenshot, given before


class MatterStep(Body):
    """Made from what was read in `version`. Writing, appealing and closing is the person's, the rest the operators'."""

    version: int
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
