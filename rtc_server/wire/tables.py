"""What the tables of the wire are made of: a socket event, a route, and who may send it.

Each noun's tables stand below its messages, an event by its name and a route by method and path; `protocol.py` puts
them together. Easy to break: `roles` is all that opens a route, and `ANYONE` needs no sign-in.
"""

from typing import NamedTuple

from rtc_server.wire.types import Body, Role, View

ANYONE: frozenset[Role] = frozenset()
CLIENT = frozenset({Role.CLIENT})
THERAPIST = frozenset({Role.THERAPIST})
PAIR = CLIENT | THERAPIST
EVERYONE = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})

JSON = "application/json"
FILE = "application/octet-stream"  # the bytes of one file, its name in X-File-Name
PDF = "application/pdf"
ANY = "*/*"  # as it was given
SDP = "application/sdp"  # an offer, which is answered alike (WHIP, RFC 9725)


class ClientEvent(NamedTuple):
    body: type[Body]
    value: type[View] | None
    roles: frozenset[Role]


class Route(NamedTuple):
    body: type[Body] | None
    value: type[View] | None
    roles: frozenset[Role]
    summary: str
    audit: str = ""  # the action that each use leaves on the audit trail, about the path's {id}, else about the viewer
    sent: str = JSON
    gives: str = JSON
    file_inside: bool = False  # the JSON holds a file, as base64, beside what is to be known of it
    before_second_step: bool = False  # open to those who have yet to set up what their role may not do without
