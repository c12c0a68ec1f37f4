"""HEART: a session's live facts and the phase that follows from them. Booked and quick alike.

Pure: no I/O, no clock, no money. Facts are stored, the phase is derived, so the two cannot contradict each other.
The rule easy to break: a seat is taken by `SeatJoined`, never by a connection, and `link` rises whenever a seat
changes hands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from rtc_server.errors import NotAgreed, SeatReplaced, SessionEnded, StaleLink


class Phase(StrEnum):
    WARMING = "warming"  # accepted, not yet yes
    OPEN = "open"
    LIVE = "live"  # both present
    INTERRUPTED = "interrupted"  # was live, a seat is absent
    ENDED = "ended"


class Seat(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"

    @property
    def other(self) -> "Seat":
        return Seat.THERAPIST if self is Seat.CLIENT else Seat.CLIENT


# A seat's newest connection to the recorder, as the recorder reports it.
LegState = Literal["none", "opening", "recording", "closed"]


@dataclass(frozen=True)
class SeatFacts:
    page_id: str | None = None
    is_present: bool = False
    is_muted: bool = False
    is_camera_on: bool = True
    has_captions: bool = False  # this person reads what the other says


@dataclass(frozen=True)
class Room:
    session_id: str
    client_id: str
    therapist_id: str
    version: int
    created_at_ms: int
    price_pence: int = 0
    request_id: str | None = None
    area: str = ""
    language: str = "en"
    is_chat_only: bool = False
    is_rehearsal: bool = False
    is_relay_only: bool = False  # the client's choice when it was accepted: neither learns the other's address
    link: int = 0
    client: SeatFacts = field(default_factory=SeatFacts)
    therapist: SeatFacts = field(default_factory=SeatFacts)
    client_is_away: bool = False  # left quickly: the seat stays
    client_left: bool = False  # by End session
    mute_asked_of: str = ""
    agreed_at_ms: int | None = None
    live_at_ms: int | None = None  # call time zero
    empty_since_ms: int | None = None
    alone_since_ms: int | None = None
    ended_at_ms: int | None = None
    ended_reason: str = ""
    chat_seq: int = 0
    booked_end_ms: int | None = None  # None: a quick session, whose length counts from the meeting

    @property
    def phase(self) -> Phase:
        if self.ended_at_ms is not None:
            return Phase.ENDED
        if self.agreed_at_ms is None:
            return Phase.WARMING
        if self.client.is_present and self.therapist.is_present:
            return Phase.LIVE
        return Phase.OPEN if self.live_at_ms is None else Phase.INTERRUPTED

    def must_relay(self, has_relay: bool) -> bool:
        """Whether only relays may be used now: before the yes neither shall learn the other's address, if there is a
        relay at all. The scripted client of a rehearsal is ours and has nothing to hide."""
        return self.is_relay_only or (has_relay and self.phase is Phase.WARMING and not self.is_rehearsal)

    def seat(self, name: Seat) -> SeatFacts:
        return self.client if name is Seat.CLIENT else self.therapist

    def seat_of(self, person_id: str) -> Seat | None:
        if person_id == self.client_id:
            return Seat.CLIENT
        return Seat.THERAPIST if person_id == self.therapist_id else None


@dataclass(frozen=True)
class Warmed:
    """A page prepares before yes: it may signal, holds no seat and starts no presence."""

    seat: Seat
    page_id: str


@dataclass(frozen=True)
class Agreed:
    pass


@dataclass(frozen=True)
class SeatJoined:
    seat: Seat
    page_id: str


@dataclass(frozen=True)
class SeatAbsent:
    seat: Seat


@dataclass(frozen=True)
class Muted:
    seat: Seat
    is_muted: bool


@dataclass(frozen=True)
class CameraSet:
    seat: Seat
    is_on: bool


@dataclass(frozen=True)
class CaptionsSet:
    seat: Seat
    is_on: bool


@dataclass(frozen=True)
class AwaySet:
    is_away: bool


@dataclass(frozen=True)
class MuteAsked:
    of: Seat


@dataclass(frozen=True)
class RebuildAsked:
    link: int


@dataclass(frozen=True)
class ClientLeft:
    pass


@dataclass(frozen=True)
class TranscriptChosen:
    """Somebody changed their consent; the fact itself is a consent row."""


@dataclass(frozen=True)
class HintDue:
    """Time to offer Rejoin or End session to whoever is left."""


@dataclass(frozen=True)
class Ended:
    reason: str


Event = (
    Warmed
    | Agreed
    | SeatJoined
    | SeatAbsent
    | Muted
    | CameraSet
    | CaptionsSet
    | AwaySet
    | MuteAsked
    | RebuildAsked
    | ClientLeft
    | TranscriptChosen
    | HintDue
    | Ended
)


def advance(room: Room, event: Event, now_ms: int) -> Room:
    """Return the room after `event`; the same object when nothing changes.

    Raises SessionEnded after the end (`Ended` again is no change: twice is one end), NotAgreed for a join before yes.
    """
    if room.ended_at_ms is not None:
        if isinstance(event, Ended):
            return room
        raise SessionEnded("This session has ended.")
    changed = _apply(room, event, now_ms)
    if changed == room:
        return room
    return replace(_with_absence(changed, now_ms), version=room.version + 1)


def _apply(room: Room, event: Event, now_ms: int) -> Room:
    match event:
        case Warmed(seat, page_id):
            return room if room.agreed_at_ms is not None else _hand_over(room, seat, page_id)
        case Agreed():
            return replace(room, agreed_at_ms=room.agreed_at_ms or now_ms)
        case SeatJoined(seat, page_id):
            return _join(room, seat, page_id, now_ms)
        case SeatAbsent(seat):
            return _with_seat(room, seat, replace(room.seat(seat), is_present=False))
        case Muted(seat, is_muted):
            room = _with_seat(room, seat, replace(room.seat(seat), is_muted=is_muted))
            return replace(room, mute_asked_of="") if is_muted and room.mute_asked_of == seat else room
        case CameraSet(seat, is_on):
            return _with_seat(room, seat, replace(room.seat(seat), is_camera_on=is_on))
        case CaptionsSet(seat, is_on):
            return _with_seat(room, seat, replace(room.seat(seat), has_captions=is_on))
        case AwaySet(is_away):
            return replace(room, client_is_away=is_away)
        case MuteAsked(of):
            return room if room.seat(of).is_muted else replace(room, mute_asked_of=of.value)
        case RebuildAsked(link):
            if link < room.link:
                return room  # Somebody asked before: the newer link is already on its way.
            return replace(room, link=room.link + 1)
        case ClientLeft():
            room = _with_seat(room, Seat.CLIENT, replace(room.client, is_present=False, page_id=None))
            return replace(room, client_left=True)
        case TranscriptChosen() | HintDue():
            return replace(room, version=room.version + 1)
        case Ended(reason):
            room = replace(
                room, client=replace(room.client, is_present=False), therapist=replace(room.therapist, is_present=False)
            )
            return replace(room, ended_at_ms=now_ms, ended_reason=reason)


def _join(room: Room, seat: Seat, page_id: str, now_ms: int) -> Room:
    if room.agreed_at_ms is None:
        raise NotAgreed("The other side has not said yes yet.")
    room = _hand_over(room, seat, page_id)
    room = _with_seat(room, seat, replace(room.seat(seat), is_present=True))
    if seat is Seat.CLIENT:
        room = replace(room, client_is_away=False, client_left=False)
    if room.client.is_present and room.therapist.is_present and room.live_at_ms is None:
        room = replace(room, live_at_ms=now_ms)
    return room


def _hand_over(room: Room, seat: Seat, page_id: str) -> Room:
    held_by = room.seat(seat).page_id
    if held_by == page_id:
        return room
    room = _with_seat(room, seat, replace(room.seat(seat), page_id=page_id))
    # The first page on a seat meets a link that nobody has used from that side yet.
    return room if held_by is None and room.link == 0 else replace(room, link=room.link + 1)


def _with_seat(room: Room, name: Seat, seat: SeatFacts) -> Room:
    return replace(room, client=seat) if name is Seat.CLIENT else replace(room, therapist=seat)


def _with_absence(room: Room, now_ms: int) -> Room:
    present = int(room.client.is_present) + int(room.therapist.is_present)
    is_running = room.agreed_at_ms is not None and room.ended_at_ms is None
    empty = (room.empty_since_ms or now_ms) if is_running and present == 0 else None
    alone = (room.alone_since_ms or now_ms) if is_running and present == 1 else None
    return replace(room, empty_since_ms=empty, alone_since_ms=alone)


@dataclass(frozen=True)
class RoomLimits:
    """Lengths in seconds, from the settings."""

    length_s: float
    grace_s: float
    empty_s: float
    left_s: float
    hint_s: float

    def empty_due_ms(self, room: Room) -> int | None:
        """When an empty room ends by itself; None while somebody is there, or a booked session may still be held."""
        if room.empty_since_ms is None or (room.booked_end_ms is not None and not room.client_left):
            return None
        wait_s = min(self.empty_s, self.left_s) if room.client_left else self.empty_s
        return room.empty_since_ms + int(wait_s * 1000)

    def hint_due_ms(self, room: Room) -> int | None:
        since = room.empty_since_ms if room.empty_since_ms is not None else room.alone_since_ms
        return None if since is None or room.live_at_ms is None else since + int(self.hint_s * 1000)

    def may_end_alone(self, room: Room, now_ms: int) -> bool:
        return room.alone_since_ms is not None and now_ms >= room.alone_since_ms + int(self.hint_s * 1000)

    def length_over_ms(self, room: Room) -> int | None:
        if room.booked_end_ms is not None:
            return room.booked_end_ms
        return None if room.live_at_ms is None else room.live_at_ms + int(self.length_s * 1000)

    def closes_ms(self, room: Room) -> int | None:
        """When its time is over for good and it ends by itself."""
        over_ms = self.length_over_ms(room)
        return None if over_ms is None else over_ms + int(self.grace_s * 1000)


def check_speaker(room: Room, seat: Seat, page_id: str, link: int | None = None) -> None:
    """Whether a page may speak for a seat. Raises SessionEnded, SeatReplaced, StaleLink."""
    if room.ended_at_ms is not None:
        raise SessionEnded("This session has ended.")
    if room.seat(seat).page_id != page_id:
        raise SeatReplaced("This session is open on another page.")
    if link is not None and link != room.link:
        raise StaleLink("The connection was rebuilt.")


Interval = tuple[int, int | None]


def overlap_ms(client: Iterable[Interval], therapist: Iterable[Interval], end_ms: int) -> int:
    """Milliseconds both were present. Intervals of one person do not overlap; an open one lasts until `end_ms`."""
    others = [(start, end if end is not None else end_ms) for start, end in therapist]
    total = 0
    for start, end in client:
        stop = end if end is not None else end_ms
        total += sum(max(0, min(stop, other_end) - max(start, other_start)) for other_start, other_end in others)
    return total
