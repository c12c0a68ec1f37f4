"""How good a session's connection was, for its therapist and for support; and what a device check needs to try TURN.

Easy to break: relay credentials of a check are minted for the person alone and live minutes, not a session.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from rtc_server.adapters.turn import IceServers
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import SessionNotFound
from rtc_server.store import quality
from rtc_server.store.database import Store
from rtc_server.views import ice_views
from rtc_server.wire.quality import CheckView, QualitySide, QualityView
from rtc_server.wire.types import Role, Seat

CHECK = "check"  # stands in a check's TURN user name where a call has its session


class QualityApi:
    def __init__(self, store: Store, ice_servers: IceServers, *, check_s: float) -> None:
        self._store = store
        self._ice_servers = ice_servers
        self._check_s = check_s

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/sessions/{id}/quality": self.of_session,
            "GET /api/check": self.check,
        }

    async def of_session(self, call: HttpCall) -> QualityView:
        """Raises SessionNotFound, also for another therapist's."""
        session_id, viewer = call.params["id"], call.viewer
        async with self._store.read() as connection:
            owner = None if viewer.role == Role.ADMIN else viewer.person_id
            if not await quality.is_there(connection, session_id, owner):
                raise SessionNotFound
            rows = await quality.of_session(connection, session_id)
        seats = [(seat, [row for row in rows if row.seat == seat]) for seat in Seat]
        return QualityView(sides=[side(seat, pages) for seat, pages in seats if pages])

    async def check(self, call: HttpCall) -> CheckView:
        minted = await self._ice_servers.mint(call.viewer.person_id, CHECK, self._check_s)
        return CheckView(ice_servers=ice_views(minted))


def side(seat: Seat, pages: Sequence[Row[Any]]) -> QualitySide:
    """One end of the call from the pages that held its seat, oldest first."""

    def total(name: str) -> int:
        return sum(getattr(page, name) for page in pages)

    return QualitySide(
        seat=seat,
        pages=len(pages),
        join_ms=next((page.join_ms for page in pages if page.join_ms is not None), None),
        connected_s=total("connected_s"),
        relayed_s=total("relayed_s"),
        reconnects=total("reconnects"),
        audio_lost_percent=_percent(total("audio_lost"), total("audio_received")),
        video_lost_percent=_percent(total("video_lost"), total("video_received")),
        freezes=total("freezes"),
        freeze_ms=total("freeze_ms"),
        device_faults=total("device_faults"),
    )


def _percent(lost: int, received: int) -> float:
    return round(100 * lost / (lost + received), 1) if lost + received else 0.0
