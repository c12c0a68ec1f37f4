"""Messages between a client and a therapist: conversations, what was written, files, and search."""

from typing import Annotated

from msgspec import Meta

from rtc_server.room import Seat
from rtc_server.wire.tables import ANY, FILE, PAIR, Route
from rtc_server.wire.types import Body, Id, Instant, Seq, View


class FileView(View):
    id: str
    name: str
    content_type: str
    bytes: int
    width: int | None  # pictures only
    height: int | None


class MessageView(View):
    conversation_id: str
    id: str
    seq: Seq
    seat: Seat
    text: str
    file: FileView | None
    at_ms: Instant
    is_from_call: bool  # typed in a call's chat
    is_gone: bool  # its words are kept no longer


class ConversationView(View):
    """One conversation as one of its two people sees it."""

    id: str
    version: int
    seat: Seat  # the viewer's own
    with_id: str
    first_name: str
    last_name: str
    photo: str | None
    last_seq: Seq
    last: MessageView | None
    unread: int
    read_seq: Seq
    other_read_seq: Seq


class ConversationsView(View):
    conversations: list[ConversationView]
    unread: int  # in all of them


class MessagesFind(Body):
    """A page of a conversation: what came after `since`, else the newest before `before`, else the newest."""

    since: Seq | None = None
    before: Seq | None = None


class MessagesView(View):
    conversation: ConversationView
    messages: list[MessageView]  # oldest first
    is_more: bool  # in the direction that was asked for


class MessageSend(Body):
    id: Id  # made by the page: a retry is the same message
    text: Annotated[str, Meta(max_length=4_000)]
    file_id: Id | None = None


class MessagesRead(Body):
    seq: Seq


class MessageSearch(Body):
    words: Annotated[str, Meta(min_length=2, max_length=80)]


class MessageHit(View):
    conversation_id: str
    seq: Seq
    first_name: str
    last_name: str
    seat: Seat
    at_ms: Instant
    before: str
    found: str
    after: str


class MessageHits(View):
    hits: list[MessageHit]
    is_cut: bool  # there may be more


SERVER_EVENTS: dict[str, type[View]] = {
    "conversation:changed": ConversationView,
}
ROUTES: dict[str, Route] = {
    "GET /api/conversations": Route(None, ConversationsView, PAIR, "The inbox, newest first"),
    "GET /api/conversations/with/{id}": Route(None, ConversationView, PAIR, "The conversation with this person"),
    "POST /api/conversations/search": Route(
        MessageSearch, MessageHits, PAIR, "Words in one's own messages", audit="messages:search"
    ),
    "POST /api/conversations/{id}/find": Route(
        MessagesFind, MessagesView, PAIR, "A page of a conversation", audit="messages:read"
    ),
    "POST /api/conversations/{id}/messages": Route(MessageSend, MessageView, PAIR, "Send a message"),
    "PUT /api/conversations/{id}/read": Route(MessagesRead, ConversationView, PAIR, "It has been read so far"),
    "PUT /api/conversations/{id}/files/{file_id}": Route(None, FileView, PAIR, "A file for a message", sent=FILE),
    "GET /api/files/{id}": Route(
        None, None, PAIR, "A file of a conversation, as a download", audit="file:read", gives=ANY
    ),
}
