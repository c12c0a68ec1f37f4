"""*Join* of a booked session: its room is made by whoever comes first, and the client's first *Join* is their yes.

Easy to break: the session has its booking's id; the client's consents are written with their own *Join*, never with the
therapist's; a room that was left open past its end does not keep its people from the next one.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import bookings
from booking_core.booking import Booking, Side, State
from booking_core.errors import BookingClosed, BookingNotFound, TooEarly
from booking_core.people import People
from booking_core.schema import therapist
from rtc_server.booked import step as booking_step
from rtc_server.errors import AlreadyInSession, TermsOutdated
from rtc_server.fanout import Fanout
from rtc_server.people import guardians
from rtc_server.room import Phase, Room, TranscriptChosen
from rtc_server.room_story import RoomRules, end_with_request, step_room, transact
from rtc_server.store import agreements, events, rooms, timers, transcripts
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.bookings import BookingJoin
from rtc_server.wire.types import Changed


@dataclass(frozen=True)
class JoinRules:
    room: RoomRules
    before_s: float
    time_zone: str = "Europe/London"  # where somebody's birthday begins


class BookedRooms:
    """One per web process."""

    def __init__(self, store: Store, people: People, fanout: Fanout, rules: JoinRules) -> None:
        self.store = store
        self.people = people
        self.fanout = fanout
        self.rules = rules

    async def join(self, person_id: str, booking_id: str, body: BookingJoin) -> str:
        """The session to go to.

        Raises BookingNotFound, TooEarly, BookingClosed, TermsOutdated, AlreadyInSession, GuardianNeeded.
        """
        await self.check_may_begin(person_id)

        async def step(connection: AsyncConnection) -> Booking:
            now = now_ms()
            one = await bookings.load(connection, booking_id)
            side = None if one is None else one.side_of(person_id)
            if one is None or side is None:
                raise BookingNotFound("There is no such booking.")
            self._check_time(one, now)
            await self._end_forgotten(connection, one, now)
            room = await rooms.load(connection, one.id) or await self._open(connection, one, now)
            if room.phase is Phase.ENDED:
                raise BookingClosed("This session has ended.")
            if side is Side.CLIENT and not await rooms.agreed(connection, [one.id], person_id):
                await self._agree(connection, one, room, body, now)
            return one

        one = await transact(self.store, step)
        changes = [Changed("bookings", person, 0) for person in (one.client_id, one.therapist_id)]
        await self.fanout.tell(Changed("room", one.id, 0), Changed("duty", one.therapist_id, 0), *changes)
        return one.id

    async def check_may_begin(self, person_id: str) -> None:
        """Raises GuardianNeeded."""
        on = guardians.today(self.rules.time_zone)
        await guardians.require(self.store, self.people, person_id, on)

    def _check_time(self, one: Booking, now: int) -> None:
        if one.state is not State.CONFIRMED or one.method != "video":
            raise BookingClosed("There is nothing to join here.")
        if now < one.starts_at_ms - int(self.rules.before_s * 1000):
            raise TooEarly("The room is not open yet.")
        if now >= one.ends_at_ms + int(self.rules.room.limits.grace_s * 1000):
            raise BookingClosed("This session is over.")

    async def _end_forgotten(self, connection: AsyncConnection, one: Booking, now: int) -> None:
        for person_id in (one.client_id, one.therapist_id):
            other = await rooms.live_of(connection, person_id)
            is_over = other is not None and other.booked_end_ms is not None and other.booked_end_ms <= now
            if other is not None and is_over and other.phase is not Phase.LIVE and other.session_id != one.id:
                await end_with_request(connection, other.session_id, "length", now, self.rules.room, None)

    async def _open(self, connection: AsyncConnection, one: Booking, now: int) -> Room:
        room = Room(
            session_id=one.id,
            client_id=one.client_id,
            therapist_id=one.therapist_id,
            version=1,
            created_at_ms=now,
            price_pence=one.price_pence,
            area=one.area,
            language=one.language,
            agreed_at_ms=now,
            booked_end_ms=one.ends_at_ms,
        )
        try:
            await rooms.add(connection, room)
        except IntegrityError as error:
            raise AlreadyInSession("One of you is still in another session. Try again in a moment.") from error
        await events.append(connection, "room", one.id, 1, "Opened", None, now)
        await timers.set_timer(connection, "room_length", one.id, self.rules.room.limits.closes_ms(room))
        await timers.set_timer(connection, booking_step.TOPIC, one.id, None)
        standing = await self._standing(connection, one.therapist_id)
        read = (await agreements.in_force(connection, "transcript", now)).version
        said = rooms.Consent(one.therapist_id, "transcript", standing, read, "standing")
        await rooms.add_consents(connection, one.id, [said], now)
        await transcripts.open_transcript(connection, one.id, False, now)
        return room

    async def _standing(self, connection: AsyncConnection, therapist_id: str) -> bool:
        query = select(therapist.c.transcripts_on).where(therapist.c.person_id == therapist_id)
        return bool((await connection.execute(query)).scalar_one())

    async def _agree(self, connection: AsyncConnection, one: Booking, room: Room, body: BookingJoin, now: int) -> None:
        if body.terms_version != (await agreements.in_force(connection, "terms", now)).version:
            raise TermsOutdated("The terms have changed. Please read them again.")
        wants = body.wants_transcript
        read = (await agreements.in_force(connection, "transcript", now)).version
        consents = [
            rooms.Consent(one.client_id, "terms", True, body.terms_version, "yes"),
            rooms.Consent(one.client_id, "transcript", wants, read, "yes"),
        ]
        await rooms.add_consents(connection, one.id, consents, now)
        given = await rooms.transcript_consents(connection, one.id)
        await transcripts.open_transcript(connection, one.id, wants and given.get(one.therapist_id, False), now)
        await step_room(connection, room, TranscriptChosen(), now, self.rules.room, one.client_id)
