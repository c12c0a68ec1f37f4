"""A therapist invites their own clients by mail; whoever opens the link signs up as theirs, or becomes it.

Easy to break: nothing tells the therapist whether an address has an account; and a code names its therapist to whoever
holds it, so guesses are counted by visitor.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People, name_own_therapist, normal_email
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, NotFound, ReferralNotFound
from rtc_server.limits import Rates, address_key
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import conversations, mail, referrals
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.invitations import Invitation, InvitationRef, Invitations, InviteClient, Invited

RESENT_AFTER_MS = 600_000  # a second press is not a second mail
OVER = "This invitation is over. Ask whoever invited you for a new one."


@dataclass(frozen=True)
class InvitationRules:
    """`holds_s` seconds; `per_hour` by therapist, `guesses_per_hour` by visitor."""

    holds_s: float
    per_hour: int
    guesses_per_hour: int


class InvitationApi:
    def __init__(self, store: Store, keys: KeyStore, people: People, rules: InvitationRules, public_url: str) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._holds_ms = round(rules.holds_s * 1000)
        self._public_url = public_url
        self._sent = Rates(rules.per_hour / 60, rules.per_hour)
        self._guesses = Rates(rules.guesses_per_hour / 60, rules.guesses_per_hour)

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/invited": self.all,
            "POST /api/invited": self.invite,
            "POST /api/invited/take-back": self.take_back,
            "POST /api/invitations/find": self.one,
            "POST /api/invitations/accept": self.accept,
        }

    async def all(self, call: HttpCall) -> Invitations:
        key = await self._keys.key_of(call.viewer.person_id)
        async with self._store.read() as connection:
            found = await referrals.invited_by(connection, call.viewer.person_id)
        return Invitations(
            invitations=[
                Invitation(
                    code=row.code,
                    link=f"{self._public_url}{_path(row.code)}",
                    email=key.open_text(row.email_sealed, "referral", row.code, "email_sealed"),
                    made_at_ms=row.made_at_ms,
                    until_ms=row.until_ms,
                )
                for row in found
            ]
        )

    async def invite(self, call: HttpCall) -> Invitations:
        """To an address that was invited before, the same invitation again. Raises TooOften."""
        if not isinstance(call.body, InviteClient):
            raise BadMessage
        therapist_id, email, now = call.viewer.person_id, call.body.email.strip(), now_ms()
        self._sent.take(therapist_id)
        key = await self._keys.key_of(therapist_id)
        open_ones = (await self.all(call)).invitations
        before = next((one.code for one in open_ones if normal_email(one.email) == normal_email(email)), None)
        code, until = before or referrals.fresh_code(), now + self._holds_ms
        facts: Facts = {"by_name": await self._name(therapist_id), "until_ms": until, "link": _path(code)}
        told = f"invite:{code}:{now // RESENT_AFTER_MS}"
        sealed = key.seal_text(email, "referral", code, "email_sealed")

        async def step(connection: AsyncConnection) -> None:
            if before is None:
                await referrals.invite(connection, code, therapist_id, sealed, until, now)
            else:
                await referrals.prolong(connection, code, until)
            await mail.queue(
                connection, key, therapist_id, Template.INVITE_CLIENT, facts, key=told, now_ms=now, address=email
            )

        await self._store.write(step)
        return await self.all(call)

    async def take_back(self, call: HttpCall) -> Invitations:
        """Raises NotFound."""
        if not isinstance(call.body, InvitationRef):
            raise BadMessage
        if not await self._store.write(referrals.take_back, call.viewer.person_id, call.body.code):
            raise NotFound("That invitation was taken up, or back, meanwhile.")
        return await self.all(call)

    async def one(self, call: HttpCall) -> Invited:
        """Raises ReferralNotFound, TooOften."""
        return await self._invited(call)

    async def accept(self, call: HttpCall) -> Invited:
        """The client who is signed in becomes this therapist's own. Raises ReferralNotFound, TooOften."""
        found, client_id, now = await self._invited(call), call.viewer.person_id, now_ms()

        async def step(connection: AsyncConnection) -> bool:
            if not await referrals.use(connection, found.code, now):
                return False
            await name_own_therapist(connection, client_id, found.therapist_id)
            await conversations.ensure(connection, client_id, found.therapist_id, now)
            return True

        if not await self._store.write(step):
            raise ReferralNotFound(OVER)
        return found

    async def _invited(self, call: HttpCall) -> Invited:
        if not isinstance(call.body, InvitationRef):
            raise BadMessage
        self._guesses.take(address_key(call.address))
        code = call.body.code
        async with self._store.read() as connection:
            therapist_id = await referrals.therapist_of(connection, code, now_ms())
        if therapist_id is None:
            raise ReferralNotFound(OVER)
        return Invited(code=referrals.normal(code), therapist_id=therapist_id, by_name=await self._name(therapist_id))

    async def _name(self, therapist_id: str) -> str:
        profile = await self._people.profile(therapist_id)
        return "" if profile is None else f"{profile.first_name} {profile.last_name}"


def _path(code: str) -> str:
    return f"/invited/{code}"
