"""What somebody wants to be told, and by which channel: their own choice in *Account*. Owns no table."""

from collections.abc import Mapping

from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage
from rtc_server.letters import DEFAULTS, Channel, Notice
from rtc_server.store import notices
from rtc_server.store.database import Store
from rtc_server.wire.notices import NoticeChoice, NoticesView, NoticeView
from rtc_server.wire.types import Role

# Payouts are a therapist's.
NOT_FOR = {Role.CLIENT: frozenset({Notice.PAYOUTS})}


class NoticesApi:
    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/api/account/notices"): self.show,
            ("PUT", "/api/account/notices"): self.choose,
        }

    async def show(self, call: HttpCall) -> NoticesView:
        async with self._store.read() as connection:
            chosen = await notices.choices(connection, call.viewer.person_id)
        hidden = NOT_FOR.get(Role(call.viewer.role), frozenset())
        return NoticesView(
            notices=[
                NoticeView(notice=notice.value, channel=channel.value, is_on=is_on)
                for (notice, channel), is_on in chosen.items()
                if notice not in hidden
            ]
        )

    async def choose(self, call: HttpCall) -> NoticesView:
        """One choice at a time. Raises BadMessage for a channel that this notice does not have."""
        if not isinstance(call.body, NoticeChoice):
            raise BadMessage
        pair = (Notice(call.body.notice), Channel(call.body.channel))
        if pair not in DEFAULTS:
            raise BadMessage("That cannot be sent this way.")
        await self._store.write(notices.choose, call.viewer.person_id, pair, call.body.is_on)
        return await self.show(call)
