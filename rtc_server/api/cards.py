"""A therapist's card: what stands on it, and the picture, which everybody signed in may see.

Easy to break: a picture is made anew before it is stored; and who is matched by what stands on the card hears of a
change at once, because every web process keeps those facts beside its sockets.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from booking_core.people import People
from rtc_server import uploads
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.auth import Publish
from rtc_server.errors import BadMessage, FileRefused, NotFound, unfit
from rtc_server.store import papers
from rtc_server.store.database import Store, now_ms
from rtc_server.views import card_of
from rtc_server.wire.people import TherapistCard
from rtc_server.wire.practice import CardChange

PHOTO_PATH = "/api/photos/{id}"
PHOTO_SIDE_MAX = 900


class CardApi:
    def __init__(self, store: Store, people: People, publish: Publish) -> None:
        self._store = store
        self._people = people
        self._publish = publish

    def routes(self) -> Mapping[str, Handler]:
        return {
            "PUT /api/account/card": self.change,
            "POST /api/account/photo": self.set_photo,
            "DELETE /api/account/photo": self.remove_photo,
            f"GET {PHOTO_PATH}": self.photo,
        }

    async def change(self, call: HttpCall) -> TherapistCard:
        if not isinstance(call.body, CardChange):
            raise BadMessage
        body, therapist_id = call.body, call.viewer.person_id
        names = (" ".join(body.first_name.split()), " ".join(body.last_name.split()))
        if not all(names):
            raise BadMessage(unfit("first_name"))
        await self._people.set_names(therapist_id, *names)
        await self._people.set_profile(
            therapist_id,
            first_name=names[0],
            last_name=names[1],
            title=body.title.strip(),
            experience_years=body.experience_years,
            gender=body.gender,
            languages=" ".join(dict.fromkeys(body.languages)),
            areas=" ".join(dict.fromkeys(body.areas)),
            bio=body.bio.strip(),
        )
        await self._publish("duty", therapist_id, 0)
        return await self._card(therapist_id)

    async def set_photo(self, call: HttpCall) -> TherapistCard:
        """Raises FileRefused."""
        therapist_id = call.viewer.person_id
        given = await asyncio.to_thread(uploads.examined, call.raw, call.file_name, PHOTO_SIDE_MAX)
        if given.width is None:
            raise FileRefused("Please choose a picture, JPEG or PNG.")
        photo_id = await self._store.write(papers.set_photo, therapist_id, given.content, given.content_type, now_ms())
        await self._people.set_profile(therapist_id, photo=PHOTO_PATH.format(id=photo_id))
        return await self._card(therapist_id)

    async def remove_photo(self, call: HttpCall) -> TherapistCard:
        therapist_id = call.viewer.person_id
        await self._people.set_profile(therapist_id, photo=None)
        await self._store.write(papers.remove_photo, therapist_id)
        return await self._card(therapist_id)

    async def photo(self, call: HttpCall) -> web.Response:
        async with self._store.read() as connection:
            found = await papers.photo_of(connection, call.params["id"])
        if found is None:
            raise NotFound("There is no such picture.")
        return web.Response(body=found.content, content_type=found.content_type)

    async def _card(self, therapist_id: str) -> TherapistCard:
        profile = await self._people.profile(therapist_id)
        if profile is None:
            raise NotFound("There is no such card.")
        return card_of(therapist_id, profile)
