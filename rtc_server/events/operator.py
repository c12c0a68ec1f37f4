"""Socket events of the operator's live queue."""

from collections.abc import Mapping

from rtc_server.socket_api import Handler
from rtc_server.socket_state import Socket
from rtc_server.waiting.live_queue import LiveQueue
from rtc_server.waiting.story import WaitingStory
from rtc_server.wire.pool import RequestRef
from rtc_server.wire.queue import QueueRemove, QueueView, RequestHistory
from rtc_server.wire.types import Empty


class OperatorEvents:
    def __init__(self, queue: LiveQueue, waiting: WaitingStory) -> None:
        self.queue = queue
        self.waiting = waiting

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "queue:get": self.queue_get,
            "queue:remove": self.queue_remove,
            "queue:history": self.queue_history,
        }

    async def queue_get(self, socket: Socket, body: Empty) -> QueueView:
        """From now on this socket is told when the queue changes."""
        socket.watches_queue = True
        return await self.queue.view()

    async def queue_remove(self, socket: Socket, body: QueueRemove) -> QueueView:
        await self.waiting.take_out(socket.viewer.person_id, socket.address, body)
        return await self.queue.view()

    async def queue_history(self, socket: Socket, body: RequestRef) -> RequestHistory:
        return await self.queue.history(body.id)
