"""The wire as a whole: every socket event and every HTTP route, with what it carries and who may send it.

Each stands once, below its messages, in the `CLIENT_EVENTS`, `SERVER_EVENTS` or `ROUTES` of its noun's file in `wire/`;
here they are only put together. TypeScript types, OpenAPI, the event catalogue and doc tables are generated from them
(`protocol_export.py`). Unknown fields are refused and limits stand in the types. Who is speaking comes from the
connection, never from a body. Times are UTC milliseconds since the epoch, money is integer pence, ids are UUID text.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from rtc_server import wire
from rtc_server.wire.tables import ClientEvent, Route
from rtc_server.wire.types import View

# In the order of the generated files.
NOUNS = [import_module(found.name) for found in iter_modules(wire.__path__, f"{wire.__name__}.")]


def _together(table: str) -> dict[str, Any]:
    return {name: entry for noun in NOUNS for name, entry in getattr(noun, table, {}).items()}


CLIENT_EVENTS: dict[str, ClientEvent] = _together("CLIENT_EVENTS")
SERVER_EVENTS: dict[str, type[View]] = _together("SERVER_EVENTS")
ROUTES: dict[str, Route] = _together("ROUTES")  # by method and path
