"""What each side sees of bookings, services and allowances.

Easy to break: the answers of the form go to the therapist alone; what cancelling costs and until when a booking may be
moved is said for the viewer and for now.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import booking, bookings, packages
from booking_core.booking import MINUTE_MS, Booking, Side, State
from booking_core.bookings import Service
from booking_core.errors import PersonNotFound
from booking_core.packages import Left
from booking_core.people import People, TherapistProfile
from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import SealBroken
from rtc_server.room import Phase, Room, Seat
from rtc_server.store import rooms
from rtc_server.store.database import Store, now_ms
from rtc_server.views import card_of
from rtc_server.wire.allowances import LeftView
from rtc_server.wire.bookings import BookingView, GivenAnswer, ServiceView
from rtc_server.wire.people import TherapistCard

GONE = "Somebody who left"


class _Facts(NamedTuple):
    services: Mapping[str, Service]
    rooms: Mapping[str, Room]
    agreed: set[str]
    own_packages: set[str]
    sealed: Mapping[str, tuple[bytes, bytes | None]]


class BookingViews:
    """One per web process."""

    def __init__(
        self, store: Store, keys: KeyStore, people: People, *, join_before_s: float, no_show_after_s: float
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._join_before_ms = int(join_before_s * 1000)
        self._no_show_after_ms = int(no_show_after_s * 1000)

    async def one(self, found: Booking, viewer_id: str) -> BookingView:
        return (await self.many([found], viewer_id))[0]

    async def many(self, found: Sequence[Booking], viewer_id: str) -> list[BookingView]:
        async with self._store.read() as connection:
            facts = await self._facts(connection, found, viewer_id)
        profiles: dict[str, TherapistProfile] = {}
        for one in found:
            if one.therapist_id not in profiles:
                profile = await self._people.profile(one.therapist_id)
                assert profile is not None, "a booking names a therapist"
                profiles[one.therapist_id] = profile
        now = now_ms()
        return [await self._view(one, viewer_id, facts, profiles[one.therapist_id], now) for one in found]

    async def _facts(self, connection: AsyncConnection, found: Sequence[Booking], viewer_id: str) -> _Facts:
        ids = [one.id for one in found]
        return _Facts(
            services=await bookings.services_by_id(connection, {one.service_id for one in found}),
            rooms=await rooms.by_id(connection, ids),
            agreed=await rooms.agreed(connection, ids, viewer_id),
            own_packages=await packages.from_own_packages(connection, ids),
            sealed=await bookings.sealed_of(connection, ids),
        )

    async def _view(
        self, one: Booking, viewer_id: str, facts: _Facts, profile: TherapistProfile, now: int
    ) -> BookingView:
        side = one.side_of(viewer_id)
        assert side is not None, "a booking is shown to its two people"
        room = facts.rooms.get(one.id)
        is_room_open = room is not None and room.phase is not Phase.ENDED
        other = Seat.THERAPIST if side is Side.CLIENT else Seat.CLIENT
        answers, words = await self._opened(one, facts)
        return BookingView(
            id=one.id,
            version=one.version,
            state=one.state,
            reason=one.reason,
            words=words,
            kind=one.kind,
            method=one.method,
            service_id=one.service_id,
            service_name=facts.services[one.service_id].name,
            area=one.area,
            starts_at_ms=one.starts_at_ms,
            ends_at_ms=one.ends_at_ms,
            now_ms=now,
            therapist=card_of(one.therapist_id, profile),
            client_id=one.client_id,
            client_name=await self.client_name(one.client_id),
            price_pence=one.price_pence,
            paid_with=one.paid_with,
            is_own_package=one.id in facts.own_packages,
            join_from_ms=one.starts_at_ms - self._join_before_ms if one.method == "video" else None,
            outcome_from_ms=self._outcome_from_ms(one, side),
            is_room_open=is_room_open,
            is_other_there=room is not None and is_room_open and room.seat(other).is_present,
            has_agreed=one.id in facts.agreed,
            offers_transcript=profile.transcripts_on,
            move_until_ms=_move_until_ms(one, side, now),
            is_forfeit=booking.is_forfeit(one, side, now),
            cancel_until_ms=_cancel_until_ms(one, side),
            successor_id=one.successor_id,
            answers=answers if side is Side.THERAPIST else [],
        )

    def _outcome_from_ms(self, one: Booking, side: Side) -> int | None:
        is_theirs = side is Side.THERAPIST and one.state is State.CONFIRMED and one.method != "video"
        return one.starts_at_ms + self._no_show_after_ms if is_theirs else None

    async def _opened(self, one: Booking, facts: _Facts) -> tuple[list[GivenAnswer], str]:
        """What people wrote; nothing of somebody whose data was erased."""
        answers, words = facts.sealed[one.id]
        try:
            key = await self._keys.key_of(one.client_id)
            given = json.loads(key.open_text(answers, "booking", one.id, "answers_sealed"))
            said = "" if words is None else key.open_text(words, "booking", one.id, "words_sealed")
        except SealBroken:
            return [], ""
        return [GivenAnswer(question=question, answer=answer) for question, answer in given], said

    async def client_name(self, client_id: str) -> str:
        """First name and initial, as therapists see clients."""
        try:
            person = await self._people.person(client_id)
        except (PersonNotFound, SealBroken):
            return GONE
        return f"{person.first_name} {person.last_name[:1]}." if person.last_name else person.first_name

    async def left(self, found: Sequence[Left]) -> list[LeftView]:
        return [await self._left(one) for one in found]

    async def _left(self, found: Left) -> LeftView:
        therapist_id = found.allowance.therapist_id
        profile = None if therapist_id is None else await self._people.profile(therapist_id)
        return left_view(found, "" if profile is None else f"{profile.first_name} {profile.last_name}")

    async def card(self, therapist_id: str) -> TherapistCard | None:
        profile = await self._people.profile(therapist_id)
        return None if profile is None else card_of(therapist_id, profile)


def left_view(found: Left, with_name: str) -> LeftView:
    one = found.allowance
    return LeftView(
        id=one.id,
        kind=one.kind,
        form=one.form,
        name=one.name,
        left=found.left,
        sessions=one.sessions,
        until=None if one.until is None else one.until.isoformat(),
        therapist_id=one.therapist_id,
        with_name=with_name,
    )


def service_view(one: Service) -> ServiceView:
    return ServiceView(
        id=one.id,
        name=one.name,
        kind=one.kind,
        price_pence=one.price_pence if one.is_paid else 0,
        minutes=one.minutes,
        methods=list(one.methods),
        questions=list(one.questions),
        is_confirmed_by_hand=one.is_confirmed_by_hand,
        is_own=one.therapist_id is not None,
        move_minutes=one.policy.move_minutes,
        cancel_minutes=one.policy.cancel_minutes,
        is_late_returned=one.policy.is_late_returned,
        moves_max=one.policy.moves_max,
    )


def _move_until_ms(one: Booking, side: Side, now: int) -> int | None:
    if one.state not in booking.LIVE or now >= one.starts_at_ms:
        return None
    if side is Side.THERAPIST:
        return one.starts_at_ms
    is_used_up = one.policy.moves_max is not None and one.moves >= one.policy.moves_max
    if is_used_up or not booking.is_ahead(one, now, one.policy.move_minutes):
        return None
    return one.starts_at_ms - one.policy.move_minutes * MINUTE_MS


def _cancel_until_ms(one: Booking, side: Side) -> int:
    """Until when nothing is lost by cancelling."""
    is_free = side is Side.THERAPIST or one.policy.is_late_returned or one.state is State.REQUESTED
    return one.starts_at_ms if is_free else one.starts_at_ms - one.policy.cancel_minutes * MINUTE_MS
