"""What a web process keeps of one socket of somebody signed in."""

from dataclasses import dataclass, field
from typing import NamedTuple

from rtc_server.auth import Viewer
from rtc_server.pool import Request, TherapistFacts
from rtc_server.socket_line import Line
from rtc_server.waiting.window import Window


class Held(NamedTuple):
    """The request that a therapist has accepted, and by which of its steps it is theirs."""

    id: str
    version: int
    since_ms: int


@dataclass(eq=False, slots=True)
class Socket:
    """One socket of somebody signed in. Thousands are open and idle, so it has no room for more than this."""

    sid: str
    viewer: Viewer
    page_id: str
    line: Line
    window: Window  # of the pool; therapists only
    has_spoken: bool = False  # since its sign-in was last looked at
    facts: TherapistFacts | None = None  # therapists only
    told: int = 0  # grows with everything about requests and duty that this page is about to be told
    address: str = ""
    watches_queue: bool = False  # an operator's, who has asked for the live queue
    holding: Held | None = None
    sessions: set[str] = field(default_factory=set)  # rooms this page has warmed or joined
    seats: dict[str, int] = field(default_factory=dict)  # session:seat this page holds -> room version of its join

    def hold(self, request: Request | None) -> None:
        self.holding = None if request is None else Held(request.id, request.version, request.state_since_ms)

    def concerns(self, request: Request) -> bool:
        """Whether it is this therapist's. Not when it was read before they accepted it, or accepted another since: to
        tell the page of that row, and to let go by it, would leave the page with an offer that nobody tells it the end
        of."""
        held = self.holding
        if held is not None and held.id == request.id:
            return request.version >= held.version
        is_newest = held is None or request.state_since_ms >= held.since_ms
        return is_newest and self.viewer.person_id == request.therapist_id
