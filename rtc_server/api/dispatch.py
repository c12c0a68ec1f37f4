"""From a request to a handler and back, for every route of the wire, and nothing that is not on it.

Owns the order of the checks: origin, route, cookie, role, rate, body. Knows no resource. Easy to break: deny by
default. A route's roles come from `protocol.ROUTES` alone, `ANYONE` must be written there, and start-up fails when a
route has no handler or a handler no route.
"""

import asyncio
import logging
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec
from aiohttp import web

from booking_core.errors import CodedError
from rtc_server.auth import COOKIE, Auth, Viewer
from rtc_server.errors import (
    BadMessage,
    BadOrigin,
    Limited,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SecondStepNeeded,
    TooLarge,
    TooSlow,
    WrongContentType,
)
from rtc_server.limits import ClientAddress, Rates, address_key, is_own_origin, read_body
from rtc_server.protocol import ANYONE, AUDITED, ENROLMENT, FILE, FILE_INSIDE, ROUTES, WHIP_ROUTES, Route
from rtc_server.store.audit import Trail
from rtc_server.wire.types import Body, View, encoder

log = logging.getLogger(__name__)

PREFIX = "/api"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
UNEXPECTED = "Something went wrong on our side. Nothing you wrote was lost; please try again."
NOTHING = "There is nothing here."
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

FIELD = re.compile(r"`\$?\.?([A-Za-z0-9_.\[\]]+)`")


class RouteMismatch(Exception):
    """The wire and the handlers disagree; the message names the routes."""


@dataclass(frozen=True)
class HttpCall:
    """One request that passed every check. `body` is decoded JSON; `raw` is what a route of another type was sent."""

    request: web.Request
    address: str
    maybe_viewer: Viewer | None  # None only on routes for ANYONE
    params: Mapping[str, str]
    body: Body | None
    raw: bytes

    @property
    def file_name(self) -> str:
        return unquote(self.request.headers.get("X-File-Name", ""))

    @property
    def viewer(self) -> Viewer:
        if self.maybe_viewer is None:
            raise NotSignedIn("Please sign in.")
        return self.maybe_viewer


Handler = Callable[[HttpCall], Awaitable[View | web.StreamResponse | None]]


class Resource(Protocol):
    def routes(self) -> Mapping[tuple[str, str], Handler]:
        """Handlers by method and path, as these stand in the wire."""
        ...


@dataclass(frozen=True)
class Door:
    """What every request has to pass. `person_rates` counts the signed-in, `address_rates` everybody else."""

    auth: Auth
    origins: frozenset[str]
    client_address: ClientAddress
    person_rates: Rates
    address_rates: Rates
    body_bytes_max: int
    body_s: float
    trail: Trail
    file_bytes_max: int
    file_s: float


def answer(value: View | None, status: int = 200) -> web.Response:
    body = encoder.encode({"ok": True, "value": value})
    return web.Response(body=body, status=status, content_type="application/json")


def attachment(content: bytes, content_type: str, name: str) -> web.Response:
    """A file to be kept, never shown in our pages' name, whatever is in it."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return web.Response(body=content, content_type=content_type, headers=headers)


def refuse(error: CodedError) -> web.Response:
    body = encoder.encode({"ok": False, "code": error.code, "message": error.message})
    response = web.Response(body=body, status=error.http_status, content_type="application/json")
    if isinstance(error, Limited):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_s or 1))
    if isinstance(error, TooLarge | TooSlow):
        response.force_close()  # The rest of the body may still be on its way.
    return response


def build_api(door: Door, resources: Iterable[Resource]) -> web.Application:
    """To be mounted at /api. Raises RouteMismatch."""
    handlers: dict[tuple[str, str], Handler] = {}
    for resource in resources:
        for key, handler in resource.routes().items():
            if key in handlers:
                raise RouteMismatch(f"two handlers for {' '.join(key)}")
            handlers[key] = handler
    declared = {(route.method, route.path) for route in (*ROUTES, *WHIP_ROUTES)}
    if declared != set(handlers):
        names = sorted(" ".join(key) for key in declared ^ set(handlers))
        raise RouteMismatch("a route without a handler, or a handler without a route: " + ", ".join(names))
    if not declared >= set(AUDITED):
        raise RouteMismatch(
            "audited, but no route: " + ", ".join(sorted(" ".join(key) for key in set(AUDITED) - declared))
        )
    app = web.Application(middlewares=[_errors(door.origins)])
    for route in (*ROUTES, *WHIP_ROUTES):
        endpoint = _Endpoint(door, route, handlers[route.method, route.path])
        app.router.add_route(route.method, route.path.removeprefix(PREFIX), endpoint.serve)
    return app


def check_origin(request: web.Request, origins: frozenset[str]) -> None:
    """Raises BadOrigin for an unsafe request that no page of ours sent. Browsers always send one of the two headers."""
    if request.method in SAFE_METHODS:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    is_ours = is_own_origin(origin, origins) if origin is not None else site == "same-origin"
    if not is_ours or site not in (None, "same-origin"):
        raise BadOrigin("That came from another site and was refused.")


def _errors(origins: frozenset[str]) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            check_origin(request, origins)
            return await handler(request)
        except CodedError as error:
            if error.http_status != 500:
                return refuse(error)
            log.exception("%s %s failed: %s", request.method, _pattern(request), error.code)
            return refuse(_unexpected(error.code))
        except web.HTTPMethodNotAllowed as error:
            response = refuse(MethodNotAllowed("This cannot be done here."))
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
            return response
        except web.HTTPException as error:
            return refuse(NotFound(NOTHING) if error.status == 404 else BadMessage("The message could not be read."))
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:
            log.exception("%s %s failed", request.method, _pattern(request))
            return refuse(_unexpected("internal"))

    return middleware


def _unexpected(code: str) -> CodedError:
    error = CodedError(UNEXPECTED)
    error.code = code
    return error


def _pattern(request: web.Request) -> str:
    """The route's pattern, never the path itself: what a stranger typed does not go into the log."""
    resource = request.match_info.route.resource
    return "unknown path" if resource is None else resource.canonical


class _Endpoint:
    """One declared route: the checks, then the handler."""

    def __init__(self, door: Door, route: Route, handler: Handler) -> None:
        self._door = door
        self._route = route
        self._handler = handler
        self._is_whip = route in WHIP_ROUTES
        self._action = AUDITED.get((route.method, route.path))
        # A third more is what base64 takes, and the rest of the message.
        has_file = (route.method, route.path) in FILE_INSIDE
        self._body_bytes_max = door.file_bytes_max * 3 // 2 if has_file else door.body_bytes_max
        self._body_s = door.file_s if has_file else door.body_s
        self._decoder = None if route.body is None else msgspec.json.Decoder(route.body)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        address = self._door.client_address.of(request)
        viewer = await self._admit(request, address)
        params = dict(request.match_info)
        if not all(ID.fullmatch(value) for value in params.values()):
            raise NotFound(NOTHING)
        body, raw = await self._read(request)
        value = await self._handler(HttpCall(request, address, viewer, params, body, raw))
        if viewer is not None and self._action:
            await self._tell(self._action, viewer, params.get("id", viewer.person_id), address)
        if isinstance(value, web.StreamResponse):
            return value
        if type(value) is not (self._route.value or type(None)):
            raise TypeError(f"{self._route.path} answered with {type(value).__name__}")
        return answer(value)

    async def _tell(self, action: str, viewer: Viewer, object_id: str, address: str) -> None:
        """Before the answer: nobody has seen what is not on the audit trail."""
        trail = self._door.trail
        # A page asks for what it shows again and again; a file is asked for once each time it is taken along.
        is_shown = self._route.method in SAFE_METHODS and not action.endswith(":export")
        add = trail.add_reading if is_shown else trail.add
        await add(viewer.person_id, action, object_id, address)

    async def _admit(self, request: web.Request, address: str) -> Viewer | None:
        if self._route.roles == ANYONE:
            self._door.address_rates.take(address_key(address))
            return None
        token = request.cookies.get(COOKIE, "")
        viewer = await self._door.auth.viewer(token) if token else None
        if viewer is None:
            # An address is counted when it asks without a sign-in or tries tokens; a whole clinic behind it is not.
            self._door.address_rates.take(address_key(address))
            raise NotSignedIn("Please sign in.")
        if viewer.must_enrol and (self._route.method, self._route.path) not in ENROLMENT:
            raise SecondStepNeeded("Please set up the second step of signing in first.")
        if viewer.role not in self._route.roles:
            raise NotAllowed("This is not open to you.")
        self._door.person_rates.take(viewer.person_id)
        return viewer

    async def _read(self, request: web.Request) -> tuple[Body | None, bytes]:
        if request.method in SAFE_METHODS:
            return None, b""
        if self._route.sent == FILE:
            if request.content_type != FILE:
                raise WrongContentType(f"Send {FILE}.")
            return None, await read_body(request, self._door.file_bytes_max, self._door.file_s)
        wanted = self._route.sent
        is_offer = self._is_whip and request.method == "POST"
        # Looked at before the body: a form of another site must not even be read.
        is_body_sent = self._decoder is not None or is_offer or request.can_read_body
        if is_body_sent and request.content_type != wanted:
            raise WrongContentType(f"Send {wanted}.")
        raw = await read_body(request, self._body_bytes_max, self._body_s)
        if self._is_whip:
            return None, raw
        if self._decoder is None:
            if raw not in (b"", b"{}"):
                raise BadMessage("Nothing is expected in this message.")
            return None, b""
        try:
            return self._decoder.decode(raw), b""
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadMessage(complaint(error)) from error


def complaint(error: Exception) -> str:
    """Names the field that is wrong and quotes nothing that was sent."""
    if not isinstance(error, msgspec.ValidationError):
        return "That is not JSON."
    if "unknown field" in str(error):
        return "The message has a field we do not know."
    field = FIELD.search(str(error))
    return f"{field[1]} is missing or not as it should be." if field else "The message is not as it should be."
