"""Booking over HTTP: whom, when, for how much; and what becomes of a booking.

Easy to break: a booking is shown to its two people only; anybody else's is `booking_not_found`, the same as none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import cast

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import availability, bookings, calendars, matching, openings, packages, wallet
from booking_core.booking import MINUTE_MS, Booking
from booking_core.bookings import Service
from booking_core.calendar_file import Method
from booking_core.errors import BookingNotFound, PersonNotFound, ServiceNotFound
from booking_core.matching import Candidate, Wish
from booking_core.packages import Left
from rtc_server import texts
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.booked import letters as booking_letters
from rtc_server.booked.follow_up import questions_of
from rtc_server.booked.room import BookedRooms
from rtc_server.booked.story import BookingStory
from rtc_server.booked.views import BookingViews, service_view
from rtc_server.errors import BadMessage
from rtc_server.money import settlement
from rtc_server.store import history
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.bookings import (
    ActivityView,
    AreaQuestions,
    BookingCancel,
    BookingDecline,
    BookingForm,
    BookingJoin,
    BookingMake,
    BookingMove,
    BookingOutcome,
    BookingQuote,
    BookingsView,
    BookingView,
    FreeAsk,
    FreeView,
    JoinedView,
    QuestionView,
    QuoteView,
    Suggestion,
    Suggestions,
    TherapistFind,
    TherapistServices,
)
from rtc_server.wire.types import Area, Kind, Role

SUGGESTED_MAX = 6
SPAN_MS_MAX = 45 * 24 * 3_600_000  # of one look at a calendar
USUAL_MINUTES = 60
KINDS: tuple[Kind, ...] = ("therapy", "coaching")


@dataclass(frozen=True)
class Parts:
    store: Store
    views: BookingViews
    story: BookingStory
    rooms: BookedRooms


class FindingApi:
    """Before the booking: the form, a therapist, a time, the price."""

    def __init__(self, parts: Parts, *, ahead_s: float) -> None:
        self._store = parts.store
        self._views = parts.views
        self._ahead_ms = int(ahead_s * 1000)

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/booking-form": self.form,
            "POST /api/therapists/find": self.find,
            "GET /api/therapists/{id}/services": self.services,
            "POST /api/therapists/{id}/free": self.free,
            "POST /api/bookings/quote": self.quote,
        }

    async def form(self, call: HttpCall) -> BookingForm:
        client_id = call.viewer.person_id
        async with self._store.read() as connection:
            languages = await history.languages(connection)
            left = await packages.balance(connection, client_id, settlement.day_of(now_ms()))
            own_id = await bookings.own_therapist(connection, client_id)
        return BookingForm(
            areas=[
                AreaQuestions(
                    area=cast(Area, area),
                    name=name,
                    questions=[QuestionView(text=one.text, options=list(one.options)) for one in questions_of(area)],
                )
                for area, name, _ in texts.AREAS
            ],
            languages=languages,
            balance=await self._views.left(left),
            my_therapist=None if own_id is None else await self._views.card(own_id),
        )

    async def find(self, call: HttpCall) -> Suggestions:
        if not isinstance(call.body, TherapistFind):
            raise BadMessage
        wanted, client_id, now = call.body, call.viewer.person_id, now_ms()
        async with self._store.read() as connection:
            own_id = await bookings.own_therapist(connection, client_id)
            able: list[Candidate] = await openings.candidates(
                connection, client_id, wanted.language, wanted.gender, USUAL_MINUTES, now, self._ahead_ms
            )
        wish = Wish(wanted.area, wanted.language, wanted.gender, own_id, wanted.is_change)
        found = []
        for fit in matching.suggest(able, wish, now)[:SUGGESTED_MAX]:
            card = await self._views.card(fit.therapist_id)
            assert card is not None
            found.append(Suggestion(card=card, reasons=list(fit.reasons), first_free_ms=fit.first_free_ms))
        return Suggestions(therapists=found)

    async def services(self, call: HttpCall) -> TherapistServices:
        """Raises PersonNotFound for anybody who is no therapist."""
        therapist_id = call.params["id"]
        card = await self._views.card(therapist_id)
        if card is None:
            raise PersonNotFound
        async with self._store.read() as connection:
            offered = await bookings.services_of(connection, therapist_id)
            left = await packages.balance(connection, call.viewer.person_id, settlement.day_of(now_ms()))
        own = [one for one in left if one.allowance.therapist_id == therapist_id and one.left != 0]
        return TherapistServices(
            card=card, services=[service_view(one) for one in offered], packages=await self._views.left(own)
        )

    async def free(self, call: HttpCall) -> FreeView:
        """Raises ServiceNotFound, BadMessage for a span that is too long."""
        if not isinstance(call.body, FreeAsk) or call.body.to_ms - call.body.from_ms > SPAN_MS_MAX:
            raise BadMessage("That is too long a time to look at once.")
        asked, now, viewer = call.body, now_ms(), call.viewer
        until_ms = now + self._ahead_ms
        async with self._store.read() as connection:
            service = await _service(connection, asked.service_id)
            calendar = await calendars.load(connection, call.params["id"])
            if calendar is None:
                raise PersonNotFound
            client_id = viewer.person_id if viewer.role == Role.CLIENT else None
            moving_id = await self._moving(connection, asked.moving_id, viewer.person_id)
            starts = await openings.free_between(
                connection,
                calendar,
                service.minutes,
                asked.from_ms,
                min(asked.to_ms, until_ms),
                now,
                client_id=client_id,
                moving_id=moving_id,
            )
            next_ms = await openings.first_free(
                connection, calendar, service.minutes, asked.to_ms, until_ms, now, client_id
            )
        return FreeView(starts=starts, next_ms=next_ms)

    async def _moving(self, connection: AsyncConnection, booking_id: str | None, person_id: str) -> str | None:
        if booking_id is None:
            return None
        one = await bookings.load(connection, booking_id)
        if one is None or one.side_of(person_id) is None:
            raise BookingNotFound("There is no such booking.")
        return booking_id

    async def quote(self, call: HttpCall) -> QuoteView:
        if not isinstance(call.body, BookingQuote):
            raise BadMessage
        asked, client_id = call.body, call.viewer.person_id
        async with self._store.read() as connection:
            service = await _service(connection, asked.service_id)
            price = service.price_pence if service.is_paid else 0
            left = await self._cover(connection, client_id, asked, service, price)
            funds = await wallet.balances(connection, client_id, Role.CLIENT)
        policy = service.policy
        return QuoteView(
            price_pence=price,
            paid_with="allowance" if left is not None else "wallet" if price > 0 else "nothing",
            left=None if left is None else (await self._views.left([left]))[0],
            available_pence=funds.available_pence,
            is_confirmed_by_hand=service.is_confirmed_by_hand,
            move_until_ms=asked.starts_at_ms - policy.move_minutes * MINUTE_MS,
            cancel_until_ms=asked.starts_at_ms - policy.cancel_minutes * MINUTE_MS,
            is_late_returned=policy.is_late_returned,
        )

    async def _cover(
        self, connection: AsyncConnection, client_id: str, asked: BookingQuote, service: Service, price: int
    ) -> Left | None:
        """What `settlement.set_aside` would take it from."""
        day = settlement.day_of(asked.starts_at_ms)
        if asked.allowance_id is not None:
            found = await packages.balance(connection, client_id, day)
            return next((one for one in found if one.allowance.id == asked.allowance_id and one.left != 0), None)
        if price == 0:
            return None
        return await packages.cover(connection, client_id, service.kind, asked.therapist_id, day)


class BookingsApi:
    """Bookings that are made."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._views = parts.views
        self._story = parts.story
        self._rooms = parts.rooms

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/bookings": self.all,
            "POST /api/bookings": self.make,
            "GET /api/bookings/{id}": self.one,
            "GET /api/bookings/{id}/session.ics": self.calendar_file,
            "POST /api/bookings/{id}/move": self.move,
            "POST /api/bookings/{id}/cancel": self.cancel,
            "POST /api/bookings/{id}/confirm": self.confirm,
            "POST /api/bookings/{id}/decline": self.decline,
            "POST /api/bookings/{id}/outcome": self.outcome,
            "POST /api/bookings/{id}/join": self.join,
        }

    async def all(self, call: HttpCall) -> BookingsView:
        viewer, now = call.viewer, now_ms()
        day = settlement.day_of(now)
        async with self._store.read() as connection:
            ahead = await bookings.ahead(connection, viewer.person_id, now)
            past = await bookings.past(connection, viewer.person_id, now)
            unsettled = await bookings.unsettled(connection, viewer.person_id, now)
            left = await packages.balance(connection, viewer.person_id, day)
            own_id = await bookings.own_therapist(connection, viewer.person_id)
            counted = await bookings.counted(connection, viewer.person_id, *_month_ms(day))
        is_client = viewer.role == Role.CLIENT
        return BookingsView(
            ahead=await self._views.many(ahead, viewer.person_id),
            past=await self._views.many(past, viewer.person_id),
            unsettled=await self._views.many(unsettled, viewer.person_id),
            balance=await self._views.left(left),
            activity=[_activity(kind, counted.get(kind, 0), left) for kind in KINDS] if is_client else [],
            my_therapist=None if own_id is None or not is_client else await self._views.card(own_id),
            quick_minutes=int(self._story.rules.room.limits.length_s) // 60,
        )

    async def one(self, call: HttpCall) -> BookingView:
        async with self._store.read() as connection:
            found = await bookings.load(connection, call.params["id"])
        if found is None or found.side_of(call.viewer.person_id) is None:
            raise BookingNotFound("There is no such booking.")
        return await self._shown(found, call)

    async def calendar_file(self, call: HttpCall) -> web.Response:
        async with self._store.read() as connection:
            found = await bookings.load(connection, call.params["id"])
            if found is None or found.side_of(call.viewer.person_id) is None:
                raise BookingNotFound("There is no such booking.")
            uid, depth = await bookings.root(connection, found)
        post = await self._story.desk.gather(found.client_id, found.therapist_id)
        text = booking_letters.calendar_text(post, found, uid, depth, Method.PUBLISH, now_ms(), None)
        headers = {"Content-Disposition": f'attachment; filename="{booking_letters.FILE_NAME}"'}
        return web.Response(text=text, content_type="text/calendar", headers=headers)

    async def make(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingMake):
            raise BadMessage
        # Better said now than when they come to a session that cannot begin.
        await self._rooms.check_may_begin(call.viewer.person_id)
        return await self._shown(await self._story.make(call.viewer.person_id, call.body), call)

    async def move(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingMove):
            raise BadMessage
        return await self._shown(await self._story.move(call.viewer.person_id, call.params["id"], call.body), call)

    async def cancel(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingCancel):
            raise BadMessage
        return await self._shown(await self._story.cancel(call.viewer.person_id, call.params["id"], call.body), call)

    async def confirm(self, call: HttpCall) -> BookingView:
        return await self._shown(await self._story.confirm(call.viewer.person_id, call.params["id"]), call)

    async def decline(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingDecline):
            raise BadMessage
        declined = await self._story.decline(call.viewer.person_id, call.params["id"], call.body.words)
        return await self._shown(declined, call)

    async def outcome(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingOutcome):
            raise BadMessage
        said = await self._story.say_outcome(call.viewer.person_id, call.params["id"], call.body.outcome)
        return await self._shown(said, call)

    async def join(self, call: HttpCall) -> JoinedView:
        if not isinstance(call.body, BookingJoin):
            raise BadMessage
        return JoinedView(session_id=await self._rooms.join(call.viewer.person_id, call.params["id"], call.body))

    async def _shown(self, one: Booking, call: HttpCall) -> BookingView:
        return await self._views.one(one, call.viewer.person_id)


async def _service(connection: AsyncConnection, service_id: str) -> Service:
    service = await bookings.service(connection, service_id)
    if service is None:
        raise ServiceNotFound("This is not offered any more.")
    return service


def _month_ms(day: date) -> tuple[int, int]:
    """From the first of the month to the first of the next, as the practice counts."""
    first = day.replace(day=1)
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    found = [availability.instant_ms(one, time.min, calendars.HOME_ZONE) for one in (first, after)]
    assert found[0] is not None and found[1] is not None
    return found[0], found[1]


def _activity(kind: Kind, booked: int, left: list[Left]) -> ActivityView:
    """Of what may be taken in this month: what is booked and what is left."""
    own = [one for one in left if one.allowance.kind == kind]
    if not own or any(one.left is None for one in own):
        return ActivityView(kind=kind, booked=booked, of=None, percent=None)
    of = booked + sum(one.left or 0 for one in own)
    return ActivityView(kind=kind, booked=booked, of=of, percent=booked * 100 // of if of else 0)
