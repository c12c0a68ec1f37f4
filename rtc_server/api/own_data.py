"""One's own data to take along, for everybody who has an account: a zip with JSON and a page to read."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from booking_core.people import People, Person
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.people import own_file
from rtc_server.people.own_file import Row, Section
from rtc_server.store import own_data
from rtc_server.store.database import Store
from rtc_server.wire.types import Role


class OwnDataRoutes:
    """Times on the page are written in `zone`."""

    def __init__(self, store: Store, keys: KeyStore, people: People, zone: ZoneInfo) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._zone = zone

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /api/account/export.zip": self.export}

    async def export(self, call: HttpCall) -> web.Response:
        person_id, role = call.viewer.person_id, call.viewer.role
        sections = [_account(await self._people.person(person_id), await self._people.phone(person_id))]
        if role == Role.CLIENT:
            key = await self._keys.key_of(person_id)
            async with self._store.read() as connection:
                sections += await own_data.of_client(connection, person_id, key)
                said = await own_data.said_by_client(connection, person_id)
            words = await asyncio.to_thread(own_data.words_of_client, said, key)
            sections.insert(-1, words)  # the last one says what is not in the file
        elif role == Role.THERAPIST:
            sections.append(await self._card(person_id))
            key = await self._keys.key_of(person_id)
            async with self._store.read() as connection:
                sections += await own_data.of_therapist(connection, person_id, key)
        else:
            async with self._store.read() as connection:
                sections += await own_data.of_operator(connection, person_id)
        made_at = datetime.now(UTC)
        body = await asyncio.to_thread(own_file.as_zip, "My data", sections, made_at, self._zone)
        name = f'attachment; filename="my-data-{made_at.astimezone(self._zone):%Y-%m-%d}.zip"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def _card(self, therapist_id: str) -> Section:
        profile = await self._people.profile(therapist_id)
        rows: list[Row] = []
        if profile is not None:
            rows.append(
                {
                    "title": profile.title,
                    "experience_years": profile.experience_years,
                    "gender": profile.gender,
                    "languages": ", ".join(profile.languages),
                    "areas": ", ".join(profile.areas),
                    "about_you": profile.bio,
                    "transcripts_of_sessions": profile.transcripts_on,
                    "share_percent": profile.share_percent,
                }
            )
        return Section("card", "Your card", "What clients read of you, and the terms you work on.", rows)


def _account(person: Person, phone: str | None) -> Section:
    row: Row = {
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": phone,
        "date_of_birth": person.date_of_birth,
        "role": person.role,
    }
    return Section("account", "Your account", "What you told us about yourself.", [row])
