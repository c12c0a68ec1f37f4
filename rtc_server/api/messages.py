"""Conversations over HTTP: the inbox, a conversation page by page, sending, reading, files and search.

Owns no rule. Easy to break: a file leaves here as a download only (`attachment`), under the type that its content was
found to have; pictures stand in our pages all the same, because an `<img>` does not heed that.
"""

from collections.abc import Mapping

from aiohttp import web

from rtc_server.api.dispatch import Handler, HttpCall, attachment
from rtc_server.conversations import Conversations
from rtc_server.room import Seat
from rtc_server.wire.messages import (
    ConversationsView,
    ConversationView,
    FileView,
    MessageHits,
    MessageSearch,
    MessageSend,
    MessagesFind,
    MessagesRead,
    MessagesView,
    MessageView,
)


class MessagesApi:
    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/conversations": self.inbox,
            "GET /api/conversations/with/{id}": self.with_person,
            "POST /api/conversations/search": self.search,
            "POST /api/conversations/{id}/find": self.find,
            "POST /api/conversations/{id}/messages": self.send,
            "PUT /api/conversations/{id}/read": self.read,
            "PUT /api/conversations/{id}/files/{file_id}": self.attach,
            "GET /api/files/{id}": self.file,
        }

    async def inbox(self, call: HttpCall) -> ConversationsView:
        return await self._conversations.inbox(call.viewer.person_id, Seat(call.viewer.role))

    async def with_person(self, call: HttpCall) -> ConversationView:
        seat = Seat(call.viewer.role)
        return await self._conversations.with_person(call.viewer.person_id, seat, call.params["id"])

    async def search(self, call: HttpCall) -> MessageHits:
        assert isinstance(call.body, MessageSearch)
        return await self._conversations.search(call.viewer.person_id, Seat(call.viewer.role), call.body)

    async def find(self, call: HttpCall) -> MessagesView:
        assert isinstance(call.body, MessagesFind)
        return await self._conversations.find(call.viewer.person_id, call.params["id"], call.body)

    async def send(self, call: HttpCall) -> MessageView:
        assert isinstance(call.body, MessageSend)
        return await self._conversations.send(call.viewer.person_id, call.params["id"], call.body)

    async def read(self, call: HttpCall) -> ConversationView:
        assert isinstance(call.body, MessagesRead)
        return await self._conversations.read(call.viewer.person_id, call.params["id"], call.body.seq)

    async def attach(self, call: HttpCall) -> FileView:
        params, person_id = call.params, call.viewer.person_id
        return await self._conversations.attach(person_id, params["id"], params["file_id"], call.raw, call.file_name)

    async def file(self, call: HttpCall) -> web.Response:
        found = await self._conversations.file(call.viewer.person_id, call.params["id"])
        return attachment(found.content, found.content_type, found.name)
