"""One's own account over HTTP: signing up, passwords, addresses, sign-ins and the second step.

Owns how long an answer takes. Easy to break: whatever could tell whether an address is known is answered inside
`_evenly`, with the same words and after the same time for everybody, refusals included.
"""

import asyncio
import hashlib
import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import segno
from aiohttp import web

from booking_core.people import People
from rtc_server.api.auth import browser_of, forget_browser, keep_cookie, me_view
from rtc_server.api.dispatch import Handler, HttpCall, answer
from rtc_server.auth import COOKIE, Auth, Viewer
from rtc_server.errors import BadMessage, NotFound
from rtc_server.people.accounts import Accounts
from rtc_server.wire.accounts import (
    AccountTerms,
    EmailChange,
    Forgot,
    MailedCode,
    PasswordChange,
    PasswordReset,
    Present,
    RecoveryCodes,
    SecondStepCode,
    SecondStepSeed,
    SecondStepView,
    SignInLine,
    SignIns,
    SignUp,
)


def _id_of(token_hash: bytes) -> str:
    """What a sign-in is called on its person's page; it opens nothing."""
    return str(uuid.UUID(bytes=hashlib.sha256(b"sign-in:" + token_hash).digest()[:16]))


class AccountApi:
    """`answer_s`: answers that must not tell anything take this long. `max_s`: how long a browser keeps the cookie."""

    def __init__(self, accounts: Accounts, auth: Auth, people: People, *, answer_s: float, max_s: float) -> None:
        self._accounts = accounts
        self._auth = auth
        self._second_step = auth.second_step
        self._people = people
        self._answer_s = answer_s
        self._max_s = int(max_s)

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/account-terms": self.terms,
            "POST /api/sign-up": self.sign_up,
            "POST /api/sign-up/confirm": self.confirm_sign_up,
            "POST /api/password/forgot": self.forgot,
            "POST /api/password/reset": self.reset,
            "POST /api/account/password": self.change_password,
            "POST /api/account/email": self.change_email,
            "POST /api/account/email/confirm": self.confirm_email,
            "GET /api/account/sign-ins": self.sign_ins,
            "POST /api/account/sign-ins/{id}/end": self.end_sign_in,
            "POST /api/account/sign-out-everywhere": self.sign_out_everywhere,
            "GET /api/account/second-step": self.second_step,
            "POST /api/account/second-step": self.begin_second_step,
            "POST /api/account/second-step/confirm": self.confirm_second_step,
            "POST /api/account/second-step/recovery": self.new_recovery_codes,
            "POST /api/account/second-step/off": self.turn_second_step_off,
        }

    @asynccontextmanager
    async def _evenly(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._answer_s
        try:
            yield
        finally:
            await asyncio.sleep(max(0.0, until - loop.time()))

    # Before anybody is signed in

    async def terms(self, call: HttpCall) -> AccountTerms:
        terms = await self._accounts.terms()
        return AccountTerms(version=terms.version, text=terms.text, age_min=self._accounts.rules.age_min)

    async def sign_up(self, call: HttpCall) -> None:
        if not isinstance(call.body, SignUp):
            raise BadMessage
        async with self._evenly():
            await self._accounts.sign_up(call.body, call.address)

    async def confirm_sign_up(self, call: HttpCall) -> web.Response:
        if not isinstance(call.body, MailedCode):
            raise BadMessage
        agent = browser_of(call.request.headers.get("User-Agent", ""))
        async with self._evenly():
            token, viewer = await self._accounts.confirm_sign_up(call.body, call.address, agent)
            await self._auth.sign_out_token(call.request.cookies.get(COOKIE, ""))
        return keep_cookie(answer(await me_view(self._people, viewer)), token, self._max_s)

    async def forgot(self, call: HttpCall) -> None:
        if not isinstance(call.body, Forgot):
            raise BadMessage
        async with self._evenly():
            await self._accounts.forgot(call.body, call.address)

    async def reset(self, call: HttpCall) -> None:
        if not isinstance(call.body, PasswordReset):
            raise BadMessage
        async with self._evenly():
            await self._accounts.reset(call.body, call.address)

    # Address and password

    async def change_password(self, call: HttpCall) -> None:
        if not isinstance(call.body, PasswordChange):
            raise BadMessage
        await self._accounts.change_password(call.viewer, call.body, call.address)

    async def change_email(self, call: HttpCall) -> None:
        if not isinstance(call.body, EmailChange):
            raise BadMessage
        async with self._evenly():
            await self._accounts.change_email(call.viewer, call.body, call.address)

    async def confirm_email(self, call: HttpCall) -> None:
        if not isinstance(call.body, MailedCode):
            raise BadMessage
        async with self._evenly():
            await self._accounts.confirm_email(call.viewer, call.body, call.address)

    # Sign-ins

    async def sign_ins(self, call: HttpCall) -> SignIns:
        return SignIns(
            sign_ins=[
                SignInLine(
                    id=_id_of(found.token_hash),
                    agent=found.agent,
                    address=found.address,
                    made_at_ms=found.created_at_ms,
                    used_at_ms=found.used_at_ms,
                    is_this=found.token_hash == call.viewer.token_hash,
                )
                for found in await self._auth.sign_ins(call.viewer.person_id)
            ]
        )

    async def end_sign_in(self, call: HttpCall) -> SignIns:
        """Raises NotFound for somebody else's, as for none."""
        viewer = call.viewer
        for found in await self._auth.sign_ins(viewer.person_id):
            if _id_of(found.token_hash) == call.params["id"]:
                await self._auth.sign_out(Viewer(viewer.person_id, viewer.role, found.token_hash))
                return await self.sign_ins(call)
        raise NotFound("That sign-in has ended already.")

    async def sign_out_everywhere(self, call: HttpCall) -> web.Response:
        await self._auth.sign_out_all(call.viewer, but_this=False)
        return forget_browser(answer(None))

    # The second step

    async def second_step(self, call: HttpCall) -> SecondStepView:
        person_id = call.viewer.person_id
        return SecondStepView(
            is_on=await self._second_step.is_on(person_id),
            is_required=self._auth.needs_second_step(call.viewer.role),
            recovery_left=await self._second_step.recovery_left(person_id),
        )

    async def begin_second_step(self, call: HttpCall) -> SecondStepSeed:
        """Raises WrongPassword, but not at the first sign-in, which has just asked for it."""
        await self._check_present(call, is_asked=not call.viewer.must_enrol)
        email = await self._people.email(call.viewer.person_id)
        seed = await self._second_step.begin(call.viewer.person_id, email)
        drawing, size = _drawing(seed.link)
        return SecondStepSeed(seed=seed.text, qr_path=drawing, qr_size=size)

    async def confirm_second_step(self, call: HttpCall) -> web.Response:
        """Every other sign-in ends, and this one goes on under a new token."""
        if not isinstance(call.body, SecondStepCode):
            raise BadMessage
        viewer = call.viewer
        codes = await self._second_step.confirm(viewer.person_id, call.body.code)
        token, renewed = await self._auth.renew(viewer)
        await self._auth.sign_out_all(renewed, but_this=True)
        return keep_cookie(answer(RecoveryCodes(codes=codes)), token, self._max_s)

    async def new_recovery_codes(self, call: HttpCall) -> RecoveryCodes:
        await self._check_present(call)
        if not await self._second_step.is_on(call.viewer.person_id):
            raise NotFound("The second step is not on.")
        return RecoveryCodes(codes=await self._second_step.new_recovery_codes(call.viewer.person_id))

    async def turn_second_step_off(self, call: HttpCall) -> None:
        """Who may not do without one has to set up another before anything else opens."""
        await self._check_present(call)
        await self._second_step.turn_off(call.viewer.person_id)

    async def _check_present(self, call: HttpCall, *, is_asked: bool = True) -> None:
        if not isinstance(call.body, Present):
            raise BadMessage
        if is_asked:
            await self._auth.check_password(call.viewer, call.body.present, call.address)


def _drawing(link: str) -> tuple[str, int]:
    """A QR code as the path of an SVG, for the page to draw: a picture would need a policy that allows more."""
    code = segno.make(link, error="m", micro=False)
    written = io.BytesIO()
    code.save(written, kind="svg", xmldecl=False, svgns=False, nl=False, border=2, omitsize=True)
    path = written.getvalue().decode().partition(' d="')[2].partition('"')[0]
    return path, int(code.symbol_size(border=2)[0])
