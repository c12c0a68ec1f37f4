"""Messages of what a client may still take without paying."""

from booking_core.packages import Form
from rtc_server.wire.types import Kind, View


class LeftView(View):
    """An allowance and what is left of it."""

    id: str
    kind: Kind
    form: Form
    name: str
    left: int | None  # None: as many as they like
    sessions: int | None
    until: str | None  # the last day, ISO 8601
    therapist_id: str | None  # a practitioner's package
    with_name: str
