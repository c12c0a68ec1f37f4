"""Socket events of rehearsals: start, stop, and how it stands."""

from collections.abc import Mapping

from rtc_server.fanout import Fanout
from rtc_server.rehearsal.story import RehearsalStory
from rtc_server.socket_api import Handler
from rtc_server.socket_state import Socket
from rtc_server.views import rehearsal_view
from rtc_server.wire.rehearsal import CurrentRehearsal, RehearsalRef, RehearsalView
from rtc_server.wire.types import Empty


class RehearsalEvents:
    def __init__(self, fanout: Fanout, story: RehearsalStory) -> None:
        self.fanout = fanout
        self.story = story

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "rehearsal:start": self.start,
            "rehearsal:stop": self.stop,
            "rehearsal:get": self.get,
        }

    async def start(self, socket: Socket, body: RehearsalRef) -> RehearsalView:
        return rehearsal_view(await self.story.start(socket.viewer.person_id, body.id))

    async def stop(self, socket: Socket, body: RehearsalRef) -> RehearsalView:
        return rehearsal_view(await self.story.stop(socket.viewer.person_id, body.id))

    async def get(self, socket: Socket, body: Empty) -> CurrentRehearsal:
        newest = await self.story.newest(socket.viewer.person_id)
        return CurrentRehearsal(rehearsal=None if newest is None else rehearsal_view(newest))
