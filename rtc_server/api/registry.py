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
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.auth import Auth
from rtc_server.errors import BadMessage, NotFound, NotYours, ReferralNotFound
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import audit, mail, referrals, registry, second_steps
from rtc_server.store.database import Store, now_ms
from rtc_server.store.registry import StandingAct
from rtc_server.wire.practice import (
    Invite,
    PersonFind,
    PersonView,
    ReferralEnd,
    ReferralLine,
    ReferralMake,
    Referrals,
    SecondStepReset,
    ShareChange,
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
            "POST /api/people/{id}/second-step/reset": self.reset_second_step,
            "POST /api/people/{id}/share": self.change_share,
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
        body, person_id, by_id = call.body, await self._other(call), call.viewer.person_id
        key, now = await self._keys.key_of(person_id), now_ms()
        sealed = _reason_sealed(key, person_id, body.reason, now)
        act: StandingAct = "disabled" if body.is_disabled else "let_in"

        async def step(connection: AsyncConnection) -> None:
            if await self._people.set_disabled(connection, person_id, body.is_disabled):
                await registry.note(connection, person_id, act, sealed, by_id, now)

        await self._store.write(step)
        if body.is_disabled:
            await self._auth.sign_out_person(person_id)
        return await self._view(person_id)

    async def reset_second_step(self, call: HttpCall) -> PersonView:
        """For somebody who has lost app and recovery codes: they are out everywhere and are told by mail.

        Raises PersonNotFound; NotYours for oneself; NotFound when it is not on; WrongPassword, TooOften.
        """
        if not isinstance(call.body, SecondStepReset):
            raise BadMessage
        body, person_id, by_id = call.body, await self._other(call), call.viewer.person_id
        await self._auth.check_password(call.viewer, body.present, call.address)
        key, now = await self._keys.key_of(person_id), now_ms()
        sealed = _reason_sealed(key, person_id, body.reason, now)

        async def step(connection: AsyncConnection) -> bool:
            if not await second_steps.remove(connection, person_id):
                return False
            await registry.note(connection, person_id, "second_step_reset", sealed, by_id, now)
            facts: Facts = {"at_ms": now, "link": "/help"}
            told = f"second_step_reset:{person_id}:{now}"
            await mail.queue(connection, key, person_id, Template.SECOND_STEP_RESET, facts, key=told, now_ms=now)
            return True

        if not await self._store.write(step):
            raise NotFound("Their second step is not on.")
        await self._auth.sign_out_person(person_id)
        return await self._view(person_id)

    async def change_share(self, call: HttpCall) -> PersonView:
        """Counts for what is settled from now on; its therapist is told. Raises PersonNotFound, NotYours."""
        if not isinstance(call.body, ShareChange):
            raise BadMessage
        body, person_id, by_id = call.body, await self._other(call), call.viewer.person_id
        if await self._people.profile(person_id) is None:
            raise PersonNotFound("They are no therapist.")
        key, now = await self._keys.key_of(person_id), now_ms()
        sealed = _reason_sealed(key, person_id, body.reason, now)

        async def step(connection: AsyncConnection) -> None:
            if not await registry.set_share(connection, person_id, body.share_percent):
                return
            await registry.note(connection, person_id, "share", sealed, by_id, now, body.share_percent)
            facts: Facts = {"percent": str(body.share_percent), "at_ms": now, "link": "/account"}
            told = f"share_changed:{person_id}:{now}"
            await mail.queue(connection, key, person_id, Template.SHARE_CHANGED, facts, key=told, now_ms=now)

        await self._store.write(step)
        return await self._view(person_id)

    async def _other(self, call: HttpCall) -> str:
        """Whom the path names. Raises PersonNotFound; NotYours for oneself."""
        person_id = call.params["id"]
        if person_id == call.viewer.person_id:
            raise NotYours("Somebody else has to do this to your own account.")
        async with self._store.read() as connection:
            if await registry.known(connection, person_id) is None:
                raise PersonNotFound(NOBODY)
        return person_id

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
        profile = await self._people.profile(person_id)
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
            share_percent=None if profile is None else profile.share_percent,
            standing=[await self._line(row) for row in lines],
        )

    async def _line(self, row: Row[Any]) -> StandingLine:
        key = await self._keys.key_of(row.person_id)
        by = await self._people.person(row.by_id)
        return StandingLine(
            act=row.act,
            share_percent=row.share_percent,
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


def _reason_sealed(key: SealKey, person_id: str, reason: str, now_ms: int) -> bytes:
    return key.seal_text(reason.strip(), "standing", f"{person_id}:{now_ms}", "reason_sealed")
