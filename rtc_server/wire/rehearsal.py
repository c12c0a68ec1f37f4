"""Messages of rehearsals: test sessions of a therapist with a scripted client."""

from rtc_server.store.rehearsals import Stage
from rtc_server.wire.tables import THERAPIST, ClientEvent
from rtc_server.wire.types import Body, Empty, Id, View


class RehearsalRef(Body):
    id: Id  # made by the page: a retry is the same rehearsal


class RehearsalView(View):
    """A rehearsal as its therapist sees it."""

    id: str
    version: int
    state: Stage
    reason: str  # why it ended: busy, finished, not_taken, length, stopped, lost; "" before


class CurrentRehearsal(View):
    rehearsal: RehearsalView | None


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "rehearsal:start": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:stop": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:get": ClientEvent(Empty, CurrentRehearsal, THERAPIST),
}
SERVER_EVENTS: dict[str, type[View]] = {
    "rehearsal:changed": RehearsalView,
}
