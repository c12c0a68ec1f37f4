"""A session to take along: PDF, plain text and WebVTT, as it reads now.

Easy to break: each export is on the audit trail, however soon it follows the one before; and no file name says whose
session it was.
"""

import asyncio
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from aiohttp import web

from rtc_server import exports
from rtc_server.api.call_log import UNSURE, Records
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.exports import Line, Record
from rtc_server.store import call_log, spoken
from rtc_server.store.call_log import Logged
from rtc_server.store.notes import load_notes
from rtc_server.store.spoken import Spoken
from rtc_server.wire.types import Seat


class ExportRoutes:
    """Times are written in `zone`."""

    def __init__(self, records: Records, zone: ZoneInfo) -> None:
        self._records = records
        self._zone = zone

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/sessions/{id}/export.pdf": self.pdf,
            "GET /api/sessions/{id}/export.txt": self.text,
            "GET /api/sessions/{id}/export.vtt": self.vtt,
        }

    async def pdf(self, call: HttpCall) -> web.Response:
        record = await self._record(call)
        return _file(record, "pdf", "application/pdf", await asyncio.to_thread(_as_pdf, record))

    async def text(self, call: HttpCall) -> web.Response:
        record = await self._record(call)
        return _file(record, "txt", "text/plain", exports.as_text(record).encode())

    async def vtt(self, call: HttpCall) -> web.Response:
        record = await self._record(call)
        return _file(record, "vtt", "text/vtt", exports.as_vtt(record).encode())

    async def _record(self, call: HttpCall) -> Record:
        logged = await self._records.of(call)
        key = await self._records.keys.key_of(logged.client_id)
        async with self._records.store.read() as connection:
            written = await spoken.written(connection, logged.session_id)
            kept = await call_log.kept(connection, logged)
            notes = (await load_notes(connection, key, logged.session_id)).text
        said = spoken.opened(written, key.for_session(logged.session_id))
        names = await self._records.first_names(logged)
        gaps = [exports.missing(names[Seat(gap.seat)], gap.from_ms, gap.to_ms, gap.reason) for gap in kept.missing]
        return Record(
            therapist=await self._records.name(logged.therapist_id),
            client=await self._records.name(logged.client_id),
            at_ms=_begun(logged),
            length_s=logged.together_s,
            transcript=logged.transcript or "off",
            lines=exports.in_order([*(_line(one, names) for one in said), *gaps]) if said else [],
            notes=notes if call.request.query.get("notes") == "1" else None,
            zone=self._zone,
        )


def _as_pdf(record: Record) -> bytes:
    # With the first one only: what draws it takes longer to load than a fifth of all that web needs.
    from rtc_server.adapters.pdf import as_pdf

    return as_pdf(record)


def _begun(logged: Logged) -> int:
    return logged.agreed_at_ms if logged.live_at_ms is None else logged.live_at_ms


def _line(one: Spoken, names: Mapping[Seat, str]) -> Line:
    words = (word.text.strip() + ("(?)" if word.probability < UNSURE else "") for word in one.words)
    who = names[Seat(one.seat)]
    return Line(one.from_ms, one.to_ms, who, " ".join(words), one.revision > 0, one.is_marked)


def _file(record: Record, ending: str, content_type: str, body: bytes) -> web.Response:
    name = f'attachment; filename="{record.file_name}.{ending}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    charset = "utf-8" if content_type.startswith("text/") else None
    return web.Response(body=body, content_type=content_type, charset=charset, headers=headers)
