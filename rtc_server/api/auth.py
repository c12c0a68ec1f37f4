"""Signing in and out, and who is signed in. Owns the cookie; the token in it is seen nowhere else."""

from collections.abc import Mapping

from aiohttp import web

from booking_core.people import People
from rtc_server.api.dispatch import Handler, HttpCall, answer
from rtc_server.auth import COOKIE, Auth, Viewer
from rtc_server.errors import BadMessage
from rtc_server.wire.people import Me, SignIn
from rtc_server.wire.types import Role

# What a browser calls itself, the more particular first; its own name is the last that every other one claims too.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """ "Firefox on Android", as people know their devices; never the text that was sent."""
    name = next((name for sign, name in BROWSERS if sign in user_agent), "A browser")
    system = next((system for sign, system in SYSTEMS if sign in user_agent), "")
    return f"{name} on {system}" if system else name


def keep_cookie(response: web.Response, token: str, max_s: int) -> web.Response:
    response.set_cookie(COOKIE, token, max_age=max_s, path="/", secure=True, httponly=True, samesite="Lax")
    return response


async def me_view(people: People, viewer: Viewer) -> Me:
    person = await people.person(viewer.person_id)
    profile = await people.profile(person.id) if person.role == Role.THERAPIST else None
    return Me(
        id=person.id,
        role=Role(person.role),
        first_name=person.first_name,
        last_name=person.last_name,
        photo=None if profile is None else profile.photo,
        must_enrol=viewer.must_enrol,
        must_apply=profile is not None and not profile.is_approved,
    )


def forget_browser(response: web.Response) -> web.Response:
    """The cookie goes, and with it this person's drafts, which must not wait for the next one at this browser."""
    response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    # The cache holds nobody's data: it stays.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


class AuthApi:
    """`max_s`: how long the browser keeps the cookie; the row decides whether it still opens anything."""

    def __init__(self, auth: Auth, people: People, *, max_s: float) -> None:
        self._auth = auth
        self._people = people
        self._max_s = int(max_s)

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/sign-in": self.sign_in,
            "POST /api/sign-out": self.sign_out,
            "GET /api/me": self.me,
        }

    async def sign_in(self, call: HttpCall) -> web.Response:
        if not isinstance(call.body, SignIn):
            raise BadMessage
        body, agent = call.body, browser_of(call.request.headers.get("User-Agent", ""))
        token, viewer = await self._auth.sign_in(body.email, body.password, call.address, code=body.code, agent=agent)
        await self._auth.sign_out_token(call.request.cookies.get(COOKIE, ""))
        return keep_cookie(answer(await me_view(self._people, viewer)), token, self._max_s)

    async def sign_out(self, call: HttpCall) -> web.Response:
        await self._auth.sign_out(call.viewer)
        return forget_browser(answer(None))

    async def me(self, call: HttpCall) -> Me:
        return await me_view(self._people, call.viewer)
