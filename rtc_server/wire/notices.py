"""Messages of what somebody wants to be told, and how."""

from typing import Literal

from rtc_server.wire.types import Body, View

NoticeName = Literal["bookings", "reminders", "messages", "payouts"]
ChannelName = Literal["email", "sms"]


class NoticeView(View):
    notice: NoticeName
    channel: ChannelName
    is_on: bool


class NoticesView(View):
    notices: list[NoticeView]


class NoticeChoice(Body):
    notice: NoticeName
    channel: ChannelName
    is_on: bool
