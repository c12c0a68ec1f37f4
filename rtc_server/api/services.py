"""The catalogue: an operator's for the whole practice, a practitioner's own; and allowances an operator grants."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import bookings, packages
from booking_core.booking import Policy
from booking_core.bookings import Service
from booking_core.errors import PersonNotFound, ServiceNotFound
from booking_core.packages import Allowance
from booking_core.people import People
from rtc_server.api.availability import day_of
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.booked.views import BookingViews
from rtc_server.errors import BadMessage
from rtc_server.money import settlement
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.types import Role
from rtc_server.wire.users import (
    AllowanceFind,
    AllowanceGrant,
    ClientAllowances,
    ServiceForm,
    ServiceSave,
    ServicesView,
)


class ServicesApi:
    def __init__(self, store: Store, people: People, views: BookingViews) -> None:
        self._store = store
        self._people = people
        self._views = views

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/services": self.all,
            "PUT /api/services": self.save,
            "POST /api/allowances/find": self.find,
            "POST /api/allowances": self.grant,
            "DELETE /api/allowances/{id}": self.end,
        }

    async def all(self, call: HttpCall) -> ServicesView:
        async with self._store.read() as connection:
            found = await bookings.practice_services(connection, _owner(call))
        return ServicesView(services=[_form(one) for one in found])

    async def save(self, call: HttpCall) -> ServicesView:
        """Bookings that stand keep the policy they were made under. Raises ServiceNotFound for somebody else's."""
        if not isinstance(call.body, ServiceSave):
            raise BadMessage
        await self._store.write(_save, _service(call.body, _owner(call)))
        return await self.all(call)

    async def find(self, call: HttpCall) -> ClientAllowances:
        if not isinstance(call.body, AllowanceFind):
            raise BadMessage
        return await self._allowances(await self._client(call.body.email))

    async def grant(self, call: HttpCall) -> ClientAllowances:
        if not isinstance(call.body, AllowanceGrant):
            raise BadMessage
        body = call.body
        if (body.form == "unlimited") != (body.sessions is None):
            raise BadMessage("Say how many sessions, unless they are unlimited.")
        client_id = await self._client(body.email)
        one = Allowance(
            id=body.id,
            client_id=client_id,
            kind=body.kind,
            form=body.form,
            name=body.name,
            sessions=body.sessions,
            until=None if body.until is None else day_of(body.until),
            therapist_id=None,
            created_at_ms=now_ms(),
        )
        await self._store.write(packages.grant, one)
        return await self._allowances(client_id)

    async def end(self, call: HttpCall) -> None:
        yesterday = settlement.day_of(now_ms()) - timedelta(days=1)
        await self._store.write(packages.end, call.params["id"], yesterday)

    async def _client(self, email: str) -> str:
        found = await self._people.by_email(email)
        if found is None or found[0].role != Role.CLIENT:
            raise PersonNotFound("There is no client with that address.")
        return found[0].id

    async def _allowances(self, client_id: str) -> ClientAllowances:
        async with self._store.read() as connection:
            left = await packages.balance(connection, client_id, settlement.day_of(now_ms()))
        return ClientAllowances(
            client_id=client_id,
            name=await self._views.client_name(client_id),
            allowances=await self._views.left(left),
        )


def _owner(call: HttpCall) -> str | None:
    return None if call.viewer.role == Role.ADMIN else call.viewer.person_id


async def _save(connection: AsyncConnection, one: Service) -> None:
    known = await bookings.service(connection, one.id)
    if known is None and one.id == "quick":
        raise ServiceNotFound("The quick session is not changed here.")
    if known is not None and known.therapist_id != one.therapist_id:
        raise ServiceNotFound("There is no such service.")
    await bookings.save_service(connection, one)


def _service(body: ServiceSave, owner: str | None) -> Service:
    return Service(
        id=body.id,
        name=body.name,
        kind=body.kind,
        therapist_id=owner,
        price_pence=body.price_pence,
        minutes=body.minutes,
        methods=tuple(dict.fromkeys(body.methods)),
        questions=tuple(body.questions),
        is_paid=body.is_paid,
        is_confirmed_by_hand=body.is_confirmed_by_hand,
        is_offered=body.is_offered,
        policy=Policy(body.move_minutes, body.cancel_minutes, body.is_late_returned, body.moves_max),
    )


def _form(one: Service) -> ServiceForm:
    return ServiceForm(
        id=one.id,
        name=one.name,
        kind=one.kind,
        price_pence=one.price_pence,
        minutes=one.minutes,
        methods=list(one.methods),
        questions=list(one.questions),
        is_paid=one.is_paid,
        is_confirmed_by_hand=one.is_confirmed_by_hand,
        is_offered=one.is_offered,
        move_minutes=one.policy.move_minutes,
        cancel_minutes=one.policy.cancel_minutes,
        is_late_returned=one.policy.is_late_returned,
        moves_max=one.policy.moves_max,
    )
