"""The operator's page about people: who somebody is, whether they may come in, referral codes and invitations.

Easy to break: people are found by their whole address alone, so that nobody leafs through clients; and somebody who is
disabled is out everywhere at once, which is why their sign-ins end before the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.ages import is_minor
from booking_core.errors import PersonNotFound
from booking_core.people import People, Person
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.auth import Auth
from rtc_server.errors import BadMessage, NotYours, ReferralNotFound
from rtc_server.outgoing.letters import Template
from rtc_server.store import audit, mail, referrals, registry
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.practice import (
    Invite,
    PersonFind,
    PersonView,
    ReferralEnd,
    ReferralLine,
    ReferralMake,
    Referrals,
    StandingChange,
    StandingLine,
)
from rtc_server.wire.types import Role

SHOWN_MAX = 200
NOBODY = "Nobody has this address."


class RegistryApi:
    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        people: People,
        auth: Auth,
        zone: ZoneInfo,
        audit_key: bytes,
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._auth = auth
        self._zone = zone
        self._audit_key = audit_key

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/people/find": self.find,
            "POST /api/people/{id}/standing": self.change_standing,
            "GET /api/referrals": self.referrals,
            "POST /api/referrals": self.make_referral,
            "POST /api/referrals/end": self.end_referral,
            "POST /api/invitations": self.invite,
        }

    # People

    async def find(self, call: HttpCall) -> PersonView:
        """Raises PersonNotFound."""
        if not isinstance(call.body, PersonFind):
            raise BadMessage
        found, by_id = (await self._by_email(call.body.email)).id, call.viewer.person_id
        # About whom stands in no path here, so the row is written by hand.
        await self._store.write(audit.append, self._audit_key, by_id, "person:find", found, call.address, now_ms())
        return await self._view(found)

    async def change_standing(self, call: HttpCall) -> PersonView:
        """Raises PersonNotFound; NotYours for oneself, who could not undo it."""
        if not isinstance(call.body, StandingChange):
            raise BadMessage
        body, person_id, by_id = call.body, call.params["id"], call.viewer.person_id
        if person_id == by_id:
            raise NotYours("Somebody else has to do this to your own account.")
        async with self._store.read() as connection:
            if await registry.known(connection, person_id) is None:
                raise PersonNotFound(NOBODY)
        key, now = await self._keys.key_of(person_id), now_ms()
        sealed = key.seal_text(body.reason.strip(), "standing", f"{person_id}:{now}", "reason_sealed")

        async def step(connection: AsyncConnection) -> None:
            if await self._people.set_disabled(connection, person_id, body.is_disabled):
                await registry.note(connection, person_id, body.is_disabled, sealed, by_id, now)

        await self._store.write(step)
        if body.is_disabled:
            await self._auth.sign_out_person(person_id)
        return await self._view(person_id)

    async def _by_email(self, email: str) -> Person:
        found = await self._people.by_email(email)
        if found is None:
            raise PersonNotFound(NOBODY)
        return found[0]

    async def _view(self, person_id: str) -> PersonView:
        person = await self._people.person(person_id)
        async with self._store.read() as connection:
            known = await registry.known(connection, person_id)
            lines = await registry.history(connection, person_id)
        if known is None:
            raise PersonNotFound(NOBODY)
        today = datetime.now(self._zone).date()
        return PersonView(
            id=person_id,
            role=person.role,
            first_name=person.first_name,
            last_name=person.last_name,
            email=await self._people.email(person_id),
            is_disabled=known.is_disabled,
            is_minor=person.role == Role.CLIENT and is_minor(person.date_of_birth, today),
            own_therapist=await self._therapist(known.own_therapist_id),
            made_at_ms=known.made_at_ms,
            has_second_step=await self._auth.second_step.is_on(person_id),
            sign_ins=len(await self._auth.sign_ins(person_id)),
            standing=[await self._line(row) for row in lines],
        )

    async def _line(self, row: Row[Any]) -> StandingLine:
        key = await self._keys.key_of(row.person_id)
        by = await self._people.person(row.by_id)
        return StandingLine(
            is_disabled=row.is_disabled,
            reason=key.open_text(row.reason_sealed, "standing", f"{row.person_id}:{row.at_ms}", "reason_sealed"),
            by_name=f"{by.first_name} {by.last_name}",
            at_ms=row.at_ms,
        )

    async def _therapist(self, person_id: str | None) -> str:
        profile = None if person_id is None else await self._people.profile(person_id)
        return "" if profile is None else f"{profile.first_name} {profile.last_name}"

    # Referral codes

    async def referrals(self, call: HttpCall) -> Referrals:
        async with self._store.read() as connection:
            found = await referrals.newest(connection, SHOWN_MAX)
        return Referrals(
            codes=[
                ReferralLine(
                    code=row.code,
                    therapist=f"{row.first_name} {row.last_name}",
                    made_at_ms=row.made_at_ms,
                    ended_at_ms=row.ended_at_ms,
                    used=row.used,
                )
                for row in found
            ]
        )

    async def make_referral(self, call: HttpCall) -> Referrals:
        """Raises PersonNotFound, also for an address that is no approved therapist's."""
        if not isinstance(call.body, ReferralMake):
            raise BadMessage
        therapist_id = (await self._by_email(call.body.email)).id
        profile = await self._people.profile(therapist_id)
        if profile is None or not profile.is_approved:
            raise PersonNotFound("No approved therapist has this address.")
        await self._store.write(referrals.make, therapist_id, call.viewer.person_id, now_ms())
        return await self.referrals(call)

    async def end_referral(self, call: HttpCall) -> Referrals:
        """Raises ReferralNotFound."""
        if not isinstance(call.body, ReferralEnd):
            raise BadMessage
        if not await self._store.write(referrals.end, call.body.code, now_ms()):
            raise ReferralNotFound("That code has ended already.")
        return await self.referrals(call)

    # Invitations

    async def invite(self, call: HttpCall) -> None:
        """Write to somebody who is to apply as a therapist; to the same address once a day."""
        if not isinstance(call.body, Invite):
            raise BadMessage
        by_id, email, now = call.viewer.person_id, call.body.email.strip(), now_ms()
        key = await self._keys.key_of(by_id)
        by = await self._people.person(by_id)
        facts = {"by_name": f"{by.first_name} {by.last_name}", "link": "/apply"}
        told = f"invite:{self._people.email_hash(email).hex()}:{now // 86_400_000}"

        async def step(connection: AsyncConnection) -> None:
            await mail.queue(
                connection, key, by_id, Template.INVITE_THERAPIST, facts, key=told, now_ms=now, address=email
            )

        await self._store.write(step)
