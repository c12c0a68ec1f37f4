"""Messages of what somebody wants to be told, and how."""

from rtc_server.outgoing.letters import Channel, Notice
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
