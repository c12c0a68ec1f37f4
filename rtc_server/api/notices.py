"""What somebody wants to be told, and by which channel: their own choice in *Account*. Owns no table."""

from collections.abc import Mapping

from booking_core.people import People
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, PhoneNeeded
from rtc_server.outgoing.letters import DEFAULTS, Channel, Notice
from rtc_server.store import notices
from rtc_server.store.database import Store
from rtc_server.wire.notices import NoticeChoice, NoticesView, NoticeView
from rtc_server.wire.types import Role

DESK = frozenset({Notice.SUPPORT, Notice.PAPERS})
# Payouts are a therapist's, what comes to the desk is the operators', who have no sessions and earn nothing.
NOT_FOR = {
    Role.CLIENT: DESK | {Notice.PAYOUTS},
    Role.THERAPIST: DESK,
    Role.ADMIN: frozenset(Notice) - DESK,
}


class NoticesApi:
    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/account/notices": self.show,
            "PUT /api/account/notices": self.choose,
        }

    async def show(self, call: HttpCall) -> NoticesView:
        async with self._store.read() as connection:
            chosen = await notices.choices(connection, call.viewer.person_id)
        hidden = NOT_FOR[Role(call.viewer.role)]
        return NoticesView(
            notices=[
                NoticeView(notice=notice, channel=channel, is_on=is_on)
                for (notice, channel), is_on in chosen.items()
                if notice not in hidden
            ]
        )

    async def choose(self, call: HttpCall) -> NoticesView:
        """One choice at a time. Raises PhoneNeeded; BadMessage for a channel that this notice does not have."""
        person_id, choice = call.viewer.person_id, call.body
        if not isinstance(choice, NoticeChoice):
            raise BadMessage
        if (choice.notice, choice.channel) not in DEFAULTS:
            raise BadMessage("That cannot be sent this way.")
        if choice.phone is not None:
            await self._people.set_phone(person_id, choice.phone)
        elif choice.is_on and choice.channel is Channel.SMS and not await self._people.phone(person_id):
            raise PhoneNeeded("Please add the mobile number we should text.")
        await self._store.write(notices.choose, person_id, (choice.notice, choice.channel), choice.is_on)
        return await self.show(call)
