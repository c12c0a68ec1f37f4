"""HTTP under /api. `build_api` makes the sub-application; one module per resource has the handlers."""

from rtc_server.api.dispatch import Door, Handler, HttpCall, Resource, RouteMismatch, answer, build_api
from rtc_server.api.headers import secure

__all__ = ["Door", "Handler", "HttpCall", "Resource", "RouteMismatch", "answer", "build_api", "secure"]
