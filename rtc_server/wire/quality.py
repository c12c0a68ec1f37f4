"""Messages about the quality of a call's connection, counted by the pages, and what a device check is given."""

from typing import Annotated

from msgspec import Meta

from rtc_server.wire.room import IceServer
from rtc_server.wire.tables import ADMIN, PAIR, THERAPIST, ClientEvent, Route
from rtc_server.wire.types import Body, Id, Seat, View

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class RoomQuality(Body):
    """What one page counted since it took its seat; said again, the newer replaces the older."""

    session_id: Id
    page_id: Id
    join_ms: Count | None  # from taking the seat to hearing or seeing the other; empty: not yet
    connected_s: Count
    relayed_s: Count  # of these through a relay
    reconnects: Count
    audio_received: Count  # packets, as the three below
    audio_lost: Count
    video_received: Count
    video_lost: Count
    freezes: Count
    freeze_ms: Count
    device_faults: Count


class QualitySide(View):
    """One end of a call, over all pages that held its seat."""

    seat: Seat
    pages: int
    join_ms: int | None  # of the first page that got through
    connected_s: int
    relayed_s: int
    reconnects: int
    audio_lost_percent: float
    video_lost_percent: float
    freezes: int
    freeze_ms: int
    device_faults: int


class QualityView(View):
    sides: list[QualitySide]


class CheckView(View):
    """ICE servers for a device check, good for a few minutes."""

    ice_servers: list[IceServer]


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "room:quality": ClientEvent(RoomQuality, None, PAIR),
}
ROUTES: dict[str, Route] = {
    "GET /api/sessions/{id}/quality": Route(None, QualityView, THERAPIST | ADMIN, "How good the connection was"),
    "GET /api/check": Route(None, CheckView, PAIR, "ICE servers for a device check"),
}
