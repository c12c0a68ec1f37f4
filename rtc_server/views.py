"""What each kind of viewer sees of a record: the one place that decides who sees what.

Loads names and sealed words and opens them; never logs them. Easy to break: the therapist's notes never enter a
client's view, and a client never learns who was turned away.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row

from booking_core.people import People, Person, TherapistProfile
from rtc_server import pool, room
from rtc_server.adapters.seal import KeyStore
from rtc_server.adapters.turn import IceServerEntry
from rtc_server.pool import Request, State, TherapistFacts
from rtc_server.room import LegState, Phase, Room, RoomLimits, Seat
from rtc_server.store import requests, rooms
from rtc_server.store.captions import SealedCaption
from rtc_server.store.database import Store, now_ms
from rtc_server.store.notes import load_notes
from rtc_server.store.rehearsals import Rehearsal
from rtc_server.waiting.told import Waits
from rtc_server.waiting.window import Window
from rtc_server.wire.people import TherapistCard
from rtc_server.wire.pool import CardState, CardView, PoolView, RequestView
from rtc_server.wire.rehearsal import RehearsalView
from rtc_server.wire.room import CaptionView, ChatLine, IceServer, NotesView, PersonInRoom, RoomView, TranscriptSign

READ_PER_CARD = 4
OPENED_MAX = 10_000  # requests whose words are kept open
# What a card that leaves the pool says of itself.
LEFT: dict[State, CardState] = {State.CANCELLED: "cancelled", State.EXPIRED: "expired", State.FAILED: "expired"}


def card_of(therapist_id: str, profile: TherapistProfile) -> TherapistCard:
    """A therapist as clients see them."""
    return TherapistCard(
        id=therapist_id,
        first_name=profile.first_name,
        last_name=profile.last_name,
        title=profile.title,
        experience_years=profile.experience_years,
        languages=list(profile.languages),
        areas=list(profile.areas),
        bio=profile.bio,
        photo=profile.photo,
    )


def ice_views(entries: Iterable[IceServerEntry]) -> list[IceServer]:
    return [IceServer(urls=list(entry.urls), username=entry.username, credential=entry.credential) for entry in entries]


def rehearsal_view(known: Rehearsal) -> RehearsalView:
    """A rehearsal as its own therapist sees it."""
    return RehearsalView(id=known.id, version=known.version, state=known.state, reason=known.reason)


class Words(NamedTuple):
    """What a client said with a request, and who asks."""

    first_name: str
    issue: str
    note: str


class RoomFacts(NamedTuple):
    """What a room's views need beside its row."""

    client: Person
    therapist: Person
    given: Mapping[str, bool]  # consent to the transcript, by person
    legs: Mapping[str, LegState]  # state of the recorder's leg, by seat


class Views:
    """Builds views. One per web process."""

    def __init__(
        self, store: Store, keys: KeyStore, people: People, waits: Waits, limits: RoomLimits, *, has_relay: bool
    ) -> None:
        self.store = store
        self.keys = keys
        self.people = people
        self.waits = waits
        self.limits = limits
        self.has_relay = has_relay
        self._opened: dict[str, Words] = {}

    def words_at_hand(self, request: Request) -> Words | None:
        return self._opened.get(request.id)

    async def words(self, request: Request) -> Words:
        """They never change, so they are kept open while the request is."""
        words = self._opened.get(request.id)
        if words is None:
            async with self.store.read() as connection:
                issue, note = await requests.sealed_words(connection, request.id)
            key = await self.keys.key_of(request.client_id)
            words = Words(
                first_name=(await self.people.person(request.client_id)).first_name,
                issue=key.open_text(issue, "request", request.id, "issue_sealed"),
                note=key.open_text(note, "request", request.id, "note_sealed"),
            )
            self._opened[request.id] = words
        if request.state in pool.FINAL or len(self._opened) > OPENED_MAX:
            self._opened.pop(request.id, None)
        return words

    def card(self, request: Request, words: Words) -> CardView:
        """A waiting request as every therapist who may see it does: the same bytes for all."""
        return CardView(
            id=request.id,
            version=request.version,
            state="waiting",
            first_name=words.first_name,
            area=request.area,
            issue=words.issue,
            language=request.language,
            note=words.note,
            is_chat_only=request.is_chat_only,
            is_worried=request.is_worried,
            is_rehearsal=request.is_rehearsal,
            place=request.place,
            placed_at_ms=request.placed_at_ms,
            yours_until_ms=request.own_until_ms if pool.is_own_time(request, now_ms()) else None,
        )

    def gone_card(self, request: Request) -> CardView:
        """The card of a request that left the pool; it no longer carries anybody's words."""
        state: CardState = "hidden" if request.state is State.WAITING else LEFT.get(request.state, "taken")
        return CardView(
            id=request.id,
            version=request.version,
            state=state,
            first_name="",
            area=request.area,
            issue="",
            language=request.language,
            note="",
            is_chat_only=request.is_chat_only,
            is_worried=request.is_worried,
            is_rehearsal=request.is_rehearsal,
            place=request.place,
            placed_at_ms=request.placed_at_ms,
            yours_until_ms=None,
        )

    async def pool(self, therapist: TherapistFacts, window: Window, area_first_s: float) -> PoolView:
        """The first of the pool that this therapist may see, and how many there are; notes what the page has then."""
        if therapist.is_in_session:
            window.fill([], None)
            return PoolView(cards=[], waiting=0)
        # Of those who fit by language and gender, few are another's own or too far away for now.
        reach = READ_PER_CARD * window.limit
        async with self.store.read() as connection:
            line = await requests.offered(connection, therapist, reach)
            is_all = len(line) < reach
            waiting = 0 if is_all else await requests.count_offered(connection, therapist)
        now = now_ms()
        mine = [request for request in line if pool.may_see(request, therapist, now, area_first_s)]
        first = mine[: window.limit]
        window.fill(first, None if is_all and len(first) == len(mine) else (first or line)[-1].place)
        cards = [self.card(request, await self.words(request)) for request in first]
        return PoolView(cards=cards, waiting=len(mine) if is_all else waiting)

    async def request(self, request: Request, rank: int | None) -> RequestView:
        """A request for its client or for the therapist who holds (or just held) it. `rank`: how many wait before."""
        words = await self.words(request)
        offers = False
        card = None
        if request.therapist_id is not None and request.state in pool.OWNED:
            profile = await self.people.profile(request.therapist_id)
            assert profile is not None
            card = card_of(request.therapist_id, profile)
            offers = profile.transcripts_on
        said = await self.waits.said(request, rank)
        return RequestView(
            id=request.id,
            version=request.version,
            state=request.state,
            reason=request.reason,
            place=None if rank is None else rank + 1,
            wait_low_s=said.low_s,
            wait_high_s=said.high_s,
            prompt_at_ms=said.prompt_at_ms,
            prompts=said.prompts,
            place_kept_until_ms=said.place_kept_until_ms,
            taken_out=request.taken_out,
            is_rehearsal=request.is_rehearsal,
            therapist_gender=request.therapist_gender,
            placed_at_ms=request.placed_at_ms,
            answer_by_ms=request.due_at_ms if request.state is State.ACCEPTED else None,
            now_ms=now_ms(),
            session_id=request.session_id,
            first_name=words.first_name,
            area=request.area,
            issue=words.issue,
            note=words.note,
            language=request.language,
            is_chat_only=request.is_chat_only,
            is_worried=request.is_worried,
            price_pence=request.price_pence,
            therapist=card,
            therapist_offers_transcript=offers,
        )

    async def room(self, current: Room, seat: Seat) -> RoomView:
        return (await self.rooms(current, [seat]))[seat]

    async def rooms(self, current: Room, seats: Iterable[Seat]) -> dict[Seat, RoomView]:
        """One room as each of these seats sees it."""
        async with self.store.read() as connection:
            given = await rooms.transcript_consents(connection, current.session_id)
            legs = await rooms.leg_states(connection, current.session_id)
        facts = RoomFacts(
            client=await self.people.person(current.client_id),
            therapist=await self.people.person(current.therapist_id),
            given=given,
            legs=legs,
        )
        return {seat: self._room(current, seat, facts) for seat in seats}

    def _room(self, current: Room, seat: Seat, facts: RoomFacts) -> RoomView:
        client = facts.client
        therapist = facts.therapist
        now = now_ms()
        return RoomView(
            session_id=current.session_id,
            version=current.version,
            phase=current.phase.value,
            ended_reason=current.ended_reason,
            seat=seat,
            link=current.link,
            page_id=current.seat(seat).page_id,
            client=_person(
                client.first_name, client.last_name, current.client, current.client_is_away, current.client_left
            ),
            therapist=_person(therapist.first_name, therapist.last_name, current.therapist, False, False),
            is_chat_only=current.is_chat_only,
            is_rehearsal=current.is_rehearsal,
            is_relay_only=current.must_relay(self.has_relay),
            agreed_at_ms=current.agreed_at_ms,
            live_at_ms=current.live_at_ms,
            ends_at_ms=self.limits.length_over_ms(current),
            closes_at_ms=self.limits.closes_ms(current),
            now_ms=now,
            may_end_alone=self.limits.may_end_alone(current, now),
            transcript=TranscriptSign(
                client_agreed=facts.given.get(current.client_id, False),
                therapist_agreed=facts.given.get(current.therapist_id, False),
                client_leg=facts.legs.get("client", "none"),
                therapist_leg=facts.legs.get("therapist", "none"),
            ),
            chat_seq=current.chat_seq,
            mute_asked=current.mute_asked_of == seat.value and current.phase is not Phase.ENDED,
            has_captions=current.seat(seat).has_captions,
        )

    async def chat_line(self, current: Room, row: Row[Any]) -> ChatLine:
        key = await self.keys.key_of(current.client_id)
        return ChatLine(
            session_id=current.session_id,
            id=row.id,
            seq=row.seq,
            seat=Seat(row.seat),
            text=key.open_text(row.text_sealed, "chat", row.id, "text_sealed"),
            at_ms=row.at_ms,
        )

    async def caption(self, current: Room, one: SealedCaption) -> CaptionView:
        key = (await self.keys.key_of(current.client_id)).for_session(current.session_id)
        text = key.open_text(one.words_sealed, "caption", one.id, "words_sealed")
        return CaptionView(session_id=one.session_id, id=one.id, text=text, from_ms=one.from_ms, to_ms=one.to_ms)

    async def notes(self, current: Room) -> NotesView:
        """The therapist's alone."""
        key = await self.keys.key_of(current.client_id)
        async with self.store.read() as connection:
            saved = await load_notes(connection, key, current.session_id)
        return NotesView(
            session_id=current.session_id, text=saved.text, version=saved.version, saved_at_ms=saved.saved_at_ms
        )


def _person(first_name: str, last_name: str, seat: room.SeatFacts, is_away: bool, has_left: bool) -> PersonInRoom:
    return PersonInRoom(
        first_name=first_name,
        last_name=last_name,
        is_present=seat.is_present,
        is_muted=seat.is_muted,
        is_camera_on=seat.is_camera_on,
        has_stepped_away=is_away,
        has_left=has_left,
    )
