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
    unfit,
)
from rtc_server.limits import ClientAddress, Rates, address_key, is_own_origin, read_body
from rtc_server.protocol import ROUTES
from rtc_server.store.audit import Trail
from rtc_server.wire.tables import ANYONE, FILE, JSON, Route
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
    def routes(self) -> Mapping[str, Handler]:
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
    handlers: dict[str, Handler] = {}
    for resource in resources:
        for name, handler in resource.routes().items():
            if name in handlers:
                raise RouteMismatch(f"two handlers for {name}")
            handlers[name] = handler
    if different := sorted(handlers.keys() ^ ROUTES.keys()):
        raise RouteMismatch("a route without a handler, or a handler without a route: " + ", ".join(different))
    app = web.Application(middlewares=[_errors(door.origins)])
    for name, route in ROUTES.items():
        method, path = name.split()
        app.router.add_route(method, path.removeprefix(PREFIX), _Endpoint(door, name, route, handlers[name]).serve)
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


def _body_limits(door: Door, route: Route) -> tuple[int, float]:
    """Bytes and seconds."""
    if route.sent == FILE:
        return door.file_bytes_max, door.file_s
    if route.file_inside:
        # A third more is what base64 takes, and the rest of the message.
        return door.file_bytes_max * 3 // 2, door.file_s
    return door.body_bytes_max, door.body_s


class _Endpoint:
    """One declared route: the checks, then the handler."""

    def __init__(self, door: Door, name: str, route: Route, handler: Handler) -> None:
        self._door = door
        self._name = name
        self._route = route
        self._handler = handler
        self._body_bytes_max, self._body_s = _body_limits(door, route)
        # A page asks for what it shows again and again; a file is asked for once each time it is taken along.
        is_shown = name.startswith("GET ") and not route.audit.endswith(":export")
        self._audit = door.trail.add_reading if is_shown else door.trail.add
        self._decoder = None if route.body is None else msgspec.json.Decoder(route.body)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        address = self._door.client_address.of(request)
        viewer = await self._admit(request, address)
        params = dict(request.match_info)
        if not all(ID.fullmatch(value) for value in params.values()):
            raise NotFound(NOTHING)
        body, raw = await self._read(request)
        value = await self._handler(HttpCall(request, address, viewer, params, body, raw))
        if viewer is not None and self._route.audit:
            # Before the answer: nobody has seen what is not on the audit trail.
            await self._audit(viewer.person_id, self._route.audit, params.get("id", viewer.person_id), address)
        if isinstance(value, web.StreamResponse):
            return value
        if type(value) is not (self._route.value or type(None)):
            raise TypeError(f"{self._name} answered with {type(value).__name__}")
        return answer(value)

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
        if viewer.must_enrol and not self._route.before_second_step:
            raise SecondStepNeeded("Please set up the second step of signing in first.")
        if viewer.role not in self._route.roles:
            raise NotAllowed("This is not open to you.")
        self._door.person_rates.take(viewer.person_id)
        return viewer

    async def _read(self, request: web.Request) -> tuple[Body | None, bytes]:
        if request.method in SAFE_METHODS:
            return None, b""
        wanted = self._route.sent
        # Looked at before the body: a form of another site must not even be read.
        is_body_sent = self._decoder is not None or wanted != JSON or request.can_read_body
        if is_body_sent and request.content_type != wanted:
            raise WrongContentType(f"Send {wanted}.")
        raw = await read_body(request, self._body_bytes_max, self._body_s)
        if wanted != JSON:
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
    return unfit(field[1]) if field else "The message is not as it should be."
