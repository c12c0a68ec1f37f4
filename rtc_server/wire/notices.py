"""Messages of what somebody wants to be told, and how."""

from rtc_server.outgoing.letters import Channel, Notice
from rtc_server.wire.tables import EVERYONE, Route
from rtc_server.wire.types import Body, Phone, View


class NoticeView(View):
    notice: Notice
    channel: Channel
    is_on: bool


class NoticesView(View):
    notices: list[NoticeView]


class NoticeChoice(Body):
    """`phone`: where texts go from now on; needed for the first of them."""

    notice: Notice
    channel: Channel
    is_on: bool
    phone: Phone | None = None


ROUTES: dict[str, Route] = {
    "GET /api/account/notices": Route(None, NoticesView, EVERYONE, "What one is told of, and by which channel"),
    "PUT /api/account/notices": Route(
        NoticeChoice, NoticesView, EVERYONE, "Choose one of these", audit="account:change"
    ),
}
