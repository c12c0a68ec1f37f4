"""What people do with bookings: make, confirm, decline, move and cancel them; each act is one transaction.

Easy to break: what an act costs is judged inside its transaction, and refused with `terms_changed` when it is no longer
what the person was shown; a move takes the new time before it gives the old one back.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import booking, bookings, calendars, packages, wallet
from booking_core.booking import Booking, Outcome, Policy, Side, State
from booking_core.bookings import Service
from booking_core.errors import BookingNotFound, PersonNotFound, ServiceNotFound, SlotClosed, TermsChanged
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.booked import step as booking_step
from rtc_server.booked.letters import Desk, Post
from rtc_server.errors import BadMessage
from rtc_server.fanout import Fanout
from rtc_server.money import settlement
from rtc_server.room_story import RoomRules, end_with_request, transact
from rtc_server.store import duty, timers
from rtc_server.store.database import Store, now_ms
from rtc_server.store.idempotency import is_repeat
from rtc_server.wire.bookings import BookingCancel, BookingMake, BookingMove
from rtc_server.wire.types import Changed
from rtc_server.wire.users import BookingSchedule

MINUTE_MS = 60_000
Choose = Callable[[Booking, Side, int], booking.Event | None]


@dataclass(frozen=True)
class BookingRules:
    room: RoomRules
    ahead_s: float  # how far ahead times are offered


class BookingStory:
    """One per web process."""

    def __init__(self, store: Store, keys: KeyStore, desk: Desk, fanout: Fanout, rules: BookingRules) -> None:
        self.store = store
        self.keys = keys
        self.desk = desk
        self.fanout = fanout
        self.rules = rules

    # Make

    async def make(self, client_id: str, body: BookingMake) -> Booking:
        """The same id is the same booking. Raises SlotTaken, SlotClosed, ClientBusy, InsufficientFunds, TermsChanged,
        ServiceNotFound, AllowanceNotFound, KeyReused."""
        key = await self.keys.key_of(client_id)
        answers = key.seal_text(
            json.dumps([[one.question, one.answer] for one in body.answers]), "booking", body.id, "answers_sealed"
        )
        digest = hashlib.sha256(msgspec.json.encode(body)).digest()
        post = await self._post(client_id, body.therapist_id)

        async def step(connection: AsyncConnection) -> Booking:
            now = now_ms()
            if await is_repeat(connection, client_id, body.id, digest, body.id, now):
                return await self._required(connection, body.id, client_id)
            service = await self._service(connection, body.service_id, body.therapist_id, body.method)
            await self._check_open(connection, client_id, body.therapist_id, service, body.starts_at_ms, now)
            price = service.price_pence if service.is_paid else 0
            paid_with = await settlement.set_aside(
                connection,
                body.id,
                client_id,
                body.therapist_id,
                service.kind,
                price,
                body.starts_at_ms,
                now,
                body.allowance_id,
            )
            if (body.price_pence, body.paid_with) != (price, paid_with):
                raise TermsChanged("The price has changed just now. Nothing was booked; please look at it again.")
            one = Booking(
                id=body.id,
                client_id=client_id,
                therapist_id=body.therapist_id,
                service_id=service.id,
                kind=service.kind,
                method=body.method,
                state=State.REQUESTED if service.is_confirmed_by_hand else State.CONFIRMED,
                version=1,
                starts_at_ms=body.starts_at_ms,
                ends_at_ms=body.starts_at_ms + service.minutes * MINUTE_MS,
                area=body.area,
                language=body.language,
                price_pence=price,
                paid_with=paid_with,
                policy=service.policy,
                created_at_ms=now,
            )
            return await self._begin(connection, one, client_id, answers, now, post)

        made = await self.store.write(step)
        await self._tell(made)
        return made

    async def schedule(self, therapist_id: str, client_id: str, body: BookingSchedule) -> Booking:
        """A therapist books for a client of theirs, at any time they have. The client has not been asked, so that they
        may cancel at any moment and lose nothing. Raises as `make` does."""
        key = await self.keys.key_of(client_id)
        answers = key.seal_text("[]", "booking", body.id, "answers_sealed")
        digest = hashlib.sha256(msgspec.json.encode(body) + client_id.encode()).digest()
        post = await self._post(client_id, therapist_id)

        async def step(connection: AsyncConnection) -> Booking:
            now = now_ms()
            if await is_repeat(connection, therapist_id, body.id, digest, body.id, now):
                return await self._required(connection, body.id, therapist_id)
            service = await self._service(connection, body.service_id, therapist_id, body.method)
            if body.starts_at_ms <= now:
                raise SlotClosed("That time has passed. Nothing was booked.")
            price = service.price_pence if service.is_paid else 0
            starts = body.starts_at_ms
            paid_with = await settlement.set_aside(
                connection, body.id, client_id, therapist_id, service.kind, price, starts, now
            )
            one = Booking(
                id=body.id,
                client_id=client_id,
                therapist_id=therapist_id,
                service_id=service.id,
                kind=service.kind,
                method=body.method,
                state=State.CONFIRMED,
                version=1,
                starts_at_ms=starts,
                ends_at_ms=starts + service.minutes * MINUTE_MS,
                area="",
                language="en",
                price_pence=price,
                paid_with=paid_with,
                policy=Policy(service.policy.move_minutes, service.policy.cancel_minutes, True, None),
                created_at_ms=now,
            )
            return await self._begin(connection, one, therapist_id, answers, now, post)

        made = await self.store.write(step)
        await self._tell(made)
        return made

    async def _begin(
        self,
        connection: AsyncConnection,
        one: Booking,
        by: str,
        answers: bytes,
        now: int,
        post: Post,
        was_ms: int | None = None,
    ) -> Booking:
        await booking_step.begin(connection, one, self.rules.room.outcomes, by, answers, now, post, was_ms)
        calendar = await calendars.load(connection, one.therapist_id)
        await calendars.take(connection, one, 0 if calendar is None else calendar.buffer_minutes)
        return one

    async def _post(self, client_id: str, therapist_id: str) -> Post:
        """Raises ServiceNotFound for a therapist there is none of."""
        try:
            return await self.desk.gather(client_id, therapist_id)
        except PersonNotFound as error:
            raise ServiceNotFound("This is not offered any more. Nothing was booked.") from error

    async def _service(self, connection: AsyncConnection, service_id: str, therapist_id: str, method: str) -> Service:
        """Raises ServiceNotFound, also when this therapist does not offer it or may not work."""
        service = await bookings.service(connection, service_id)
        is_theirs = service is not None and service.is_offered and service.therapist_id in (None, therapist_id)
        if service is None or not is_theirs or not await duty.approved(connection, [therapist_id]):
            raise ServiceNotFound("This is not offered any more. Nothing was booked.")
        if method not in service.methods:
            raise BadMessage("This session is not held that way.")
        return service

    async def _check_open(
        self,
        connection: AsyncConnection,
        client_id: str,
        therapist_id: str,
        service: Service,
        starts_at_ms: int,
        now: int,
        moving_id: str | None = None,
    ) -> None:
        """Raises SlotTaken, SlotClosed: which of the two, so that the page can say what happened."""
        calendar = await calendars.load(connection, therapist_id)
        ahead_ms = now + int(self.rules.ahead_s * 1000)
        if calendar is None or starts_at_ms > ahead_ms:
            raise SlotClosed("That time is not open. Nothing was booked or paid.")
        await booking_step.check_free(connection, calendar, client_id, service.minutes, starts_at_ms, now, moving_id)

    # Steps

    async def confirm(self, therapist_id: str, booking_id: str) -> Booking:
        def choose(one: Booking, side: Side, now: int) -> booking.Event | None:
            _only(side, Side.THERAPIST)
            return None if one.state is State.CONFIRMED else booking.Confirmed()

        return await self._step(therapist_id, booking_id, choose, "")

    async def decline(self, therapist_id: str, booking_id: str, words: str) -> Booking:
        def choose(one: Booking, side: Side, now: int) -> booking.Event | None:
            _only(side, Side.THERAPIST)
            return None if one.state is State.DECLINED else booking.Declined()

        return await self._step(therapist_id, booking_id, choose, words)

    async def say_outcome(self, therapist_id: str, booking_id: str, said: Outcome) -> Booking:
        """What became of a session without a room. Raises TooEarly, BookingClosed."""

        def choose(one: Booking, side: Side, now: int) -> booking.Event | None:
            _only(side, Side.THERAPIST)
            if one.state == said:
                return None
            return booking.outcome_by_hand(one, said, now, self.rules.room.no_show_after_s)

        return await self._step(therapist_id, booking_id, choose, "")

    async def cancel(self, person_id: str, booking_id: str, body: BookingCancel) -> Booking:
        """Raises TermsChanged when it would cost what the person was not told."""

        def choose(one: Booking, side: Side, now: int) -> booking.Event | None:
            if one.state in (State.CANCELLED, State.LATE_CANCELLED) and one.reason == side:
                return None
            if booking.is_forfeit(one, side, now) and not body.is_forfeit:
                raise TermsChanged("It is now too late to cancel without losing the session. Nothing was cancelled.")
            return booking.Cancelled(side)

        return await self._step(person_id, booking_id, choose, body.words)

    async def _step(self, person_id: str, booking_id: str, choose: Choose, words: str) -> Booking:
        key, post = await self._key(person_id, booking_id)
        sealed = key.seal_text(words, "booking", booking_id, "words_sealed")

        async def step(connection: AsyncConnection) -> tuple[Booking, Booking]:
            now = now_ms()
            before = await self._required(connection, booking_id, person_id)
            side = before.side_of(person_id)
            assert side is not None
            event = choose(before, side, now)
            if event is None:
                return before, before
            rules = self.rules.room
            after = await booking_step.step(connection, before, event, now, rules.outcomes, person_id, post, sealed)
            if after.state not in booking.LIVE:
                await end_with_request(connection, booking_id, "cancelled", now, rules, person_id)
            return before, after

        before, after = await transact(self.store, step)
        if after is not before:
            await self._tell(after)
        return after

    async def move(self, person_id: str, booking_id: str, body: BookingMove) -> Booking:
        """To another time: a new booking that names the old one. Raises SlotTaken, SlotClosed, ClientBusy,
        TooLateToMove, MovesUsedUp, BookingClosed, KeyReused. A retry with the same new id is the same move."""
        key, post = await self._key(person_id, booking_id)
        sealed = key.seal_text(body.words, "booking", booking_id, "words_sealed")
        digest = hashlib.sha256(msgspec.json.encode(body) + booking_id.encode()).digest()

        async def step(connection: AsyncConnection) -> Booking:
            now = now_ms()
            before = await self._required(connection, booking_id, person_id)
            if await is_repeat(connection, person_id, body.new_id, digest, body.new_id, now):
                return await self._required(connection, body.new_id, person_id)
            answers, _ = (await bookings.sealed_of(connection, [booking_id]))[booking_id]
            answers = key.seal_text(
                key.open_text(answers, "booking", booking_id, "answers_sealed"),
                "booking",
                body.new_id,
                "answers_sealed",
            )
            return await self._move(connection, before, body, person_id, answers, sealed, now, post)

        after = await transact(self.store, step)
        await self._tell(after)
        return after

    async def _move(
        self,
        connection: AsyncConnection,
        before: Booking,
        body: BookingMove,
        person_id: str,
        answers: bytes,
        words: bytes,
        now: int,
        post: Post,
    ) -> Booking:
        side = before.side_of(person_id)
        assert side is not None
        booking.check_move(before, side, now)
        after = booking.successor(before, body.new_id, body.starts_at_ms, side, now)
        if side is Side.CLIENT:
            service = await bookings.service(connection, before.service_id)
            assert service is not None
            await self._check_open(
                connection, before.client_id, before.therapist_id, service, body.starts_at_ms, now, before.id
            )
        elif body.starts_at_ms <= now:
            raise SlotClosed("That time has passed. Nothing was changed.")
        await self._begin(connection, after, person_id, answers, now, post, before.starts_at_ms)
        rules = self.rules.room
        moved = booking.Moved(side, after.id)
        await booking_step.step(connection, before, moved, now, rules.outcomes, person_id, post, words)
        await end_with_request(connection, before.id, "cancelled", now, rules, person_id)
        await wallet.void(connection, before.id, now)
        await packages.move(connection, before.id, after.id)
        amount = before.price_pence if before.paid_with == "wallet" else 0
        await wallet.hold(connection, after.id, after.client_id, after.therapist_id, amount, now)
        return after

    # Time

    async def fire(self, timer: timers.Timer) -> None:
        """A booking's own time has passed."""
        async with self.store.read() as connection:
            due = await bookings.load(connection, timer.subject_id)
        assert due is not None, "a booking's timer names a booking"
        post = await self.desk.gather(due.client_id, due.therapist_id)

        async def step(connection: AsyncConnection) -> Booking | None:
            now = now_ms()
            if not await timers.claim(connection, timer.id, now):
                return None
            before = await bookings.load(connection, timer.subject_id)
            assert before is not None, "bookings are never deleted"
            return await booking_step.time_passed(connection, before, now, self.rules.room.outcomes, post)

        after = await transact(self.store, step)
        if after is not None:
            await self._tell(after)

    async def _key(self, person_id: str, booking_id: str) -> tuple[SealKey, Post]:
        """What concerns a booking is sealed with its client's key. Raises BookingNotFound, also for somebody else's."""
        async with self.store.read() as connection:
            one = await self._required(connection, booking_id, person_id)
        return await self.keys.key_of(one.client_id), await self.desk.gather(one.client_id, one.therapist_id)

    async def _required(self, connection: AsyncConnection, booking_id: str, person_id: str) -> Booking:
        one = await bookings.load(connection, booking_id)
        if one is None or one.side_of(person_id) is None:
            raise BookingNotFound("There is no such booking.")
        return one

    async def _tell(self, one: Booking) -> None:
        await self.fanout.tell(*(Changed("bookings", person_id, 0) for person_id in (one.client_id, one.therapist_id)))


def _only(side: Side, wanted: Side) -> None:
    if side is not wanted:
        raise BookingNotFound("There is no such booking.")
