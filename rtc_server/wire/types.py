"""What every message is made of: base classes, identifiers, limits of text, roles; and the version of the wire."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from booking_core.booking import Kind as Kind
from booking_core.booking import Method as Method
from booking_core.booking import PaidWith as PaidWith
from booking_core.matching import Gender as Gender
from rtc_server.room import Seat as Seat

PROTOCOL_VERSION = 1
PROTOCOL_VERSIONS_ACCEPTED = (1,)

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
ShortText = Annotated[str, Meta(max_length=80)]
Line = Annotated[str, Meta(max_length=254)]
# One line with something to be seen in it, and nothing that turns round what stands beside it.
SEEN = r"^(?=.*\S)[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+$(?!\n)"
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=SEEN)]
Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]  # E.164
Note = Annotated[str, Meta(max_length=2_000)]
ChatText = Annotated[str, Meta(min_length=1, max_length=4_000)]
NotesText = Annotated[str, Meta(max_length=50_000)]
Instant = Annotated[int, Meta(ge=0, le=4_102_444_799_999)]  # to the end of 2099, as days go
Pence = int
Seq = Annotated[int, Meta(ge=0, le=2**53)]
Version = Annotated[int, Meta(ge=0, le=2**53)]


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of what comes in: an unknown field is `bad_message`."""


class View(Struct, kw_only=True):
    """Base of what goes out."""


class Empty(Body):
    pass


class Hello(Body):
    """What a socket says when it connects."""

    protocol: int
    page_id: Id | None = None


class Role(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"
    ADMIN = "admin"


Area = Literal["mind", "body", "relationship", "growth", "addiction", "work"]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


class Changed(Struct, frozen=True):
    """All that travels between processes: `topic` request, room, chat, notes, duty, transcript, caption and others."""

    topic: str
    id: str
    version: int
    origin: str = ""  # the web process that has told its own sockets already


encoder = msgspec.json.Encoder()
