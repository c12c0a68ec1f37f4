"""Socket events of duty, pool and requests: call the story, answer with the caller's view."""

from collections.abc import Mapping

from rtc_server import pool
from rtc_server.errors import AlreadyTaken
from rtc_server.fanout import Fanout
from rtc_server.pool import Request
from rtc_server.presence import Presence
from rtc_server.socket_api import Handler
from rtc_server.socket_state import Socket
from rtc_server.store import duty, requests
from rtc_server.story import Story
from rtc_server.waiting.story import WaitingStory
from rtc_server.wire.pool import (
    CurrentRequest,
    DutySet,
    DutyView,
    PoolView,
    RequestAgree,
    RequestCallback,
    RequestPlace,
    RequestRef,
    RequestView,
    RequestWiden,
)
from rtc_server.wire.types import Empty


class PoolEvents:
    def __init__(self, fanout: Fanout, presence: Presence, story: Story, waiting: WaitingStory) -> None:
        self.fanout = fanout
        self.presence = presence
        self.story = story
        self.waiting = waiting

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "duty:set": self.duty_set,
            "duty:get": self.duty_get,
            "pool:get": self.pool_get,
            "request:current": self.request_current,
            "request:place": self.request_place,
            "request:cancel": self.request_cancel,
            "request:widen": self.request_widen,
            "request:callback": self.request_callback,
            "request:accept": self.request_accept,
            "request:withdraw": self.request_withdraw,
            "request:decline": self.request_decline,
            "request:agree": self.request_agree,
        }

    # Duty and pool

    async def duty_set(self, socket: Socket, body: DutySet) -> DutyView:
        await self.presence.set_duty(socket.viewer.person_id, body.is_on)
        return await self.duty_get(socket, Empty())

    async def duty_get(self, socket: Socket, body: Empty) -> DutyView:
        async def look() -> DutyView:
            async with self.fanout.store.read() as connection:
                facts = await duty.facts(connection, socket.viewer.person_id)
            for own in self.fanout.of(socket.viewer.person_id):
                own.facts = facts
            return await self.fanout.duty_view(facts)

        return await self.fanout.settled(socket, look)

    async def pool_get(self, socket: Socket, body: Empty) -> PoolView:
        return await self.fanout.settled(socket, lambda: self.fanout.pool_view(socket))

    # Requests

    async def request_current(self, socket: Socket, body: Empty) -> CurrentRequest:
        is_client = socket.viewer.role == "client"
        find = requests.open_of_client if is_client else requests.owned_by_therapist

        async def found() -> Request | None:
            async with self.fanout.store.read() as connection:
                return await find(connection, socket.viewer.person_id)

        async def look() -> CurrentRequest:
            current = await found()
            if not is_client:
                socket.hold(current)
                # Whatever changed before this page was known to hold it was not told to this page.
                current = current and await found()
            return CurrentRequest(request=None if current is None else await self.fanout.request_view(current))

        return await self.fanout.settled(socket, look)

    async def request_place(self, socket: Socket, body: RequestPlace) -> RequestView:
        return await self.fanout.request_view(await self.story.place(socket.viewer.person_id, body))

    async def request_cancel(self, socket: Socket, body: RequestRef) -> RequestView:
        changed = await self.story.client_step(socket.viewer.person_id, body.id, pool.ClientCancels())
        return await self.fanout.request_view(changed)

    async def request_widen(self, socket: Socket, body: RequestWiden) -> RequestView:
        return await self.fanout.request_view(await self.waiting.widen(socket.viewer.person_id, body))

    async def request_callback(self, socket: Socket, body: RequestCallback) -> RequestView:
        return await self.fanout.request_view(await self.waiting.call_back(socket.viewer.person_id, body))

    async def request_decline(self, socket: Socket, body: RequestRef) -> RequestView:
        changed = await self.story.client_step(socket.viewer.person_id, body.id, pool.ClientDeclines())
        return await self.fanout.request_view(changed)

    async def request_accept(self, socket: Socket, body: RequestRef) -> RequestView:
        therapist_id, fairness, seen = socket.viewer.person_id, self.fanout.fairness, tuple(socket.window)
        try:
            accepted = await self.story.acceptance.accept(therapist_id, body.id)
        except AlreadyTaken as error:
            fairness.lost(body.id, therapist_id, error.behind_ms)
            raise
        fairness.claimed(accepted, therapist_id, seen)
        socket.hold(accepted)
        # Whatever changed before this page was known to hold it was not told to this page: it is in the answer.
        return await self.fanout.request_view(await self._as_it_stands(accepted, therapist_id))

    async def _as_it_stands(self, accepted: Request, therapist_id: str) -> Request:
        async with self.fanout.store.read() as connection:
            current = await requests.required(connection, accepted.id)
        # Another's it can only be once this one has it no longer, and then it is not this one's to see.
        return current if current.therapist_id in (None, therapist_id) else accepted

    async def request_withdraw(self, socket: Socket, body: RequestRef) -> None:
        await self.story.withdraw(socket.viewer.person_id, body.id)

    async def request_agree(self, socket: Socket, body: RequestAgree) -> RequestView:
        return await self.fanout.request_view(await self.story.agree(socket.viewer.person_id, body))
