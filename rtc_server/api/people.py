"""A person's own pages: account, terms, the client's home and the receipt of a session.

Owns no table. Easy to break: a session is shown here to its own client only, and anybody else's is `session_not_found`,
the same as none at all.
"""

from collections.abc import Mapping
from typing import cast

from booking_core import packages, wallet
from booking_core.ages import is_minor
from booking_core.people import People
from rtc_server import texts
from rtc_server.api.auth import me_view
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.auth import Viewer
from rtc_server.booked.views import left_view
from rtc_server.errors import BadMessage, NoRelay, PhoneNeeded, SessionNotFound, unfit
from rtc_server.money import settlement
from rtc_server.people import guardians
from rtc_server.store import agreements, callbacks, duty, history, outbox, rooms
from rtc_server.store import guardians as guardian_rows
from rtc_server.store.database import Store, now_ms
from rtc_server.views import card_of
from rtc_server.waiting.told import Waits
from rtc_server.wire.people import (
    AccountChange,
    AccountView,
    AreaChoice,
    DetailsChange,
    HomeView,
    PastSession,
    RelayChoice,
    TermsView,
    TextsChoice,
)
from rtc_server.wire.sessions import ReceiptView
from rtc_server.wire.types import Area, Role

COMPLETED_MAX = 50
FORM_LANGUAGE = "en"  # what the form begins with


class PeopleApi:
    def __init__(self, store: Store, people: People, waits: Waits, zone: str, *, has_relay: bool) -> None:
        self._store = store
        self._zone = zone
        self._has_relay = has_relay
        self._waits = waits
        self._people = people

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/account": self.account,
            "PATCH /api/account": self.change_account,
            "PUT /api/account/details": self.change_details,
            "PUT /api/account/texts": self.choose_texts,
            "PUT /api/account/relay": self.choose_relay,
            "GET /api/terms": self.terms,
            "GET /api/home": self.home,
            "GET /api/sessions/{id}/receipt": self.receipt,
        }

    async def account(self, call: HttpCall) -> AccountView:
        return await self._account(call.viewer)

    async def change_account(self, call: HttpCall) -> AccountView:
        if not isinstance(call.body, AccountChange):
            raise BadMessage
        await self._people.set_transcripts_on(call.viewer.person_id, call.body.transcripts_on)
        return await self._account(call.viewer)

    async def change_details(self, call: HttpCall) -> AccountView:
        """A therapist's name stands on their card and is changed there."""
        if not isinstance(call.body, DetailsChange):
            raise BadMessage
        names = (" ".join(call.body.first_name.split()), " ".join(call.body.last_name.split()))
        if not all(names):
            raise BadMessage(unfit("first_name"))
        await self._people.set_names(call.viewer.person_id, *names)
        await self._people.set_phone(call.viewer.person_id, call.body.phone)
        return await self._account(call.viewer)

    async def choose_texts(self, call: HttpCall) -> AccountView:
        """Raises PhoneNeeded."""
        if not isinstance(call.body, TextsChoice):
            raise BadMessage
        person_id, choice = call.viewer.person_id, call.body
        if choice.is_on and choice.phone is None:
            raise PhoneNeeded("Please add the mobile number we should text.")
        await self._people.set_phone(person_id, choice.phone)
        await self._store.write(outbox.set_reachable, person_id, choice.is_on)
        return await self._account(call.viewer)

    async def choose_relay(self, call: HttpCall) -> AccountView:
        """Raises NoRelay: it cannot be promised where none is set up."""
        if not isinstance(call.body, RelayChoice):
            raise BadMessage
        if call.body.is_on and not self._has_relay:
            raise NoRelay("No relay is set up here, so calls cannot be hidden behind one.")
        await self._store.write(rooms.choose_relay, call.viewer.person_id, call.body.is_on)
        return await self._account(call.viewer)

    async def terms(self, call: HttpCall) -> TermsView:
        async with self._store.read() as connection:
            terms = await agreements.in_force(connection, "terms", now_ms())
            transcript = await agreements.in_force(connection, "transcript", now_ms())
        return TermsView(
            version=terms.version,
            text=terms.text,
            transcript_version=transcript.version,
            transcript_text=transcript.text,
        )

    async def home(self, call: HttpCall) -> HomeView:
        client_id, on = call.viewer.person_id, guardians.today(self._zone)
        async with self._store.read() as connection:
            on_duty = await duty.count_free(connection)
            service = await history.service(connection, "quick")
            funds = await wallet.balances(connection, client_id, Role.CLIENT)
            cover = await settlement.quick_cover(connection, client_id, now_ms())
            live_id = await history.live_session_id(connection, client_id)
            languages = await history.languages(connection)
            kept = await callbacks.kept_place(connection, client_id, now_ms())
            has_guardian = await guardian_rows.is_good(connection, client_id, on.isoformat())
            past = await history.completed(connection, client_id, COMPLETED_MAX)
            charges = await wallet.settlements(connection, [session.session_id for session in past])
        wait = await self._waits.before_asking(FORM_LANGUAGE)
        return HomeView(
            on_duty=on_duty,
            wait_low_s=None if wait is None else wait[0],
            wait_high_s=None if wait is None else wait[1],
            price_pence=service.price_pence,
            length_minutes=service.length_minutes,
            available_pence=funds.available_pence,
            held_pence=funds.held_pence,
            allowance=None if cover is None else left_view(cover, ""),
            needs_guardian=is_minor((await self._people.person(client_id)).date_of_birth, on) and not has_guardian,
            areas=[
                AreaChoice(area=cast(Area, area), name=name, issues=list(asked)) for area, name, asked in texts.AREAS
            ],
            languages=languages,
            place_kept_until_ms=None if kept is None else kept.until_ms,
            upcoming_session_id=live_id,
            completed=[
                PastSession(
                    session_id=session.session_id,
                    with_name=session.therapist_name,
                    at_ms=session.agreed_at_ms,
                    length_s=session.together_s,
                    charged_pence=charges[session.session_id].charged_pence,
                )
                for session in past
            ],
        )

    async def receipt(self, call: HttpCall) -> ReceiptView:
        async with self._store.read() as connection:
            session = await history.of_client(connection, call.params["id"], call.viewer.person_id)
            if session is None:
                raise SessionNotFound("There is no such session.")
            settlement = (await wallet.settlements(connection, [session.session_id]))[session.session_id]
            is_allowed = bool(await packages.taken(connection, [session.session_id]))
        profile = await self._people.profile(session.therapist_id)
        if profile is None:
            raise SessionNotFound("There is no such session.")
        return ReceiptView(
            session_id=session.session_id,
            therapist=card_of(session.therapist_id, profile),
            at_ms=session.agreed_at_ms,
            length_s=session.together_s,
            charged_pence=settlement.charged_pence,
            is_settled=settlement.is_settled,
            is_booked=session.kind == "booked",
            is_from_allowance=is_allowed,
            ended_reason=session.ended_reason,
        )

    async def _account(self, viewer: Viewer) -> AccountView:
        person_id = viewer.person_id
        person = await self._people.person(person_id)
        profile = await self._people.profile(person_id) if person.role == Role.THERAPIST else None
        async with self._store.read() as connection:
            texts_on = await outbox.is_reachable(connection, person_id)
            relay_only = await rooms.is_relay_only(connection, person_id)
        return AccountView(
            me=await me_view(self._people, viewer),
            email=await self._people.email(person_id),
            card=None if profile is None else card_of(person_id, profile),
            gender=None if profile is None else profile.gender,
            share_percent=None if profile is None else profile.share_percent,
            transcripts_on=None if profile is None else profile.transcripts_on,
            date_of_birth=person.date_of_birth,
            phone=await self._people.phone(person_id),
            texts_on=None if profile is None else texts_on,
            relay_only=relay_only if person.role == Role.CLIENT else None,
            has_relay=self._has_relay,
        )
