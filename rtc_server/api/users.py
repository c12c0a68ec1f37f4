"""A therapist's users panel: everyone they have seen or are to see, and what can be done for them from there.

Easy to break: a client whom this therapist never met is `person_not_found`, the same as nobody.
"""

from collections.abc import Mapping

from aiohttp import web

from booking_core import bookings, packages
from booking_core.errors import PersonNotFound
from booking_core.packages import Allowance, Form
from rtc_server.api.availability import day_of
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.api.guardians import ConsentsOnFile
from rtc_server.booked.story import BookingStory
from rtc_server.booked.views import BookingViews, service_view
from rtc_server.errors import BadMessage
from rtc_server.money import settlement
from rtc_server.store import call_log
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.bookings import BookingView
from rtc_server.wire.users import BookingSchedule, PackageGrant, UserRow, UsersView, UserView


class UsersApi:
    def __init__(self, store: Store, views: BookingViews, story: BookingStory, consents: ConsentsOnFile) -> None:
        self._store = store
        self._views = views
        self._story = story
        self._consents = consents

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/users": self.all,
            "GET /api/users/{id}": self.one,
            "GET /api/users/{id}/guardian-consent": self.consent_file,
            "POST /api/users/{id}/bookings": self.schedule,
            "POST /api/users/{id}/packages": self.grant,
        }

    async def all(self, call: HttpCall) -> UsersView:
        therapist_id, now = call.viewer.person_id, now_ms()
        async with self._store.read() as connection:
            seen = await call_log.seen_by(connection, therapist_id)
            booked = await bookings.clients_of(connection, therapist_id)
            named = await bookings.referred_to(connection, therapist_id)
            following = await bookings.next_of(connection, therapist_id, now)
        rows = []
        for client_id in {*seen, *booked, *named}:
            sessions, last_ms = seen.get(client_id, (0, None))
            rows.append(
                UserRow(
                    id=client_id,
                    name=await self._views.client_name(client_id),
                    sessions=sessions,
                    last_at_ms=last_ms,
                    next_at_ms=following.get(client_id),
                )
            )
        return UsersView(users=sorted(rows, key=lambda row: (-(row.last_at_ms or 0), row.name, row.id)))

    async def one(self, call: HttpCall) -> UserView:
        await self._check(call)
        return await self._user(call)

    async def consent_file(self, call: HttpCall) -> web.Response:
        await self._check(call)
        return await self._consents.file(call.params["id"])

    async def schedule(self, call: HttpCall) -> BookingView:
        if not isinstance(call.body, BookingSchedule):
            raise BadMessage
        await self._check(call)
        made = await self._story.schedule(call.viewer.person_id, call.params["id"], call.body)
        return await self._views.one(made, call.viewer.person_id)

    async def grant(self, call: HttpCall) -> UserView:
        """A package of this practitioner's own, for sessions with them alone."""
        if not isinstance(call.body, PackageGrant):
            raise BadMessage
        await self._check(call)
        body = call.body
        one = Allowance(
            id=body.id,
            client_id=call.params["id"],
            kind=body.kind,
            form=Form.SINGLE,
            name=body.name,
            sessions=body.sessions,
            until=None if body.until is None else day_of(body.until),
            therapist_id=call.viewer.person_id,
            created_at_ms=now_ms(),
        )
        await self._store.write(packages.grant, one)
        return await self._user(call)

    async def _check(self, call: HttpCall) -> None:
        """Raises PersonNotFound."""
        therapist_id, client_id = call.viewer.person_id, call.params["id"]
        async with self._store.read() as connection:
            known = {
                *await call_log.seen_by(connection, therapist_id),
                *await bookings.clients_of(connection, therapist_id),
                *await bookings.referred_to(connection, therapist_id),
            }
        if client_id not in known:
            raise PersonNotFound("There is no such person.")

    async def _user(self, call: HttpCall) -> UserView:
        therapist_id, client_id, now = call.viewer.person_id, call.params["id"], now_ms()
        async with self._store.read() as connection:
            ahead = await bookings.unsettled(connection, therapist_id, now)
            ahead += await bookings.ahead(connection, therapist_id, now)
            past = await bookings.past(connection, therapist_id, now, client_id)
            left = await packages.balance(connection, client_id, settlement.day_of(now))
            offered = await bookings.services_of(connection, therapist_id)
        name = await self._views.client_name(client_id)
        return UserView(
            id=client_id,
            name=name,
            first_name=name.split(" ")[0],
            ahead=await self._views.many([one for one in ahead if one.client_id == client_id], therapist_id),
            past=await self._views.many(past, therapist_id),
            packages=await self._views.left([one for one in left if one.allowance.therapist_id == therapist_id]),
            services=[service_view(one) for one in offered],
            consent=await self._consents.view(client_id),
        )
