"""What a session costs its client and brings its therapist: set aside before, taken or given back after.

From an allowance first, then from the wallet. Functions take the step's open transaction. Easy to break: every session
has a hold, of nothing when an allowance pays, so that it is settled once and by the same steps.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import packages, wallet
from booking_core.booking import PaidWith
from booking_core.calendars import HOME_ZONE
from booking_core.packages import Left, UseState
from booking_core.schema import therapist
from rtc_server.store import timers

QUICK = "quick"


def day_of(at_ms: int) -> date:
    """The practice's day, by which months and last days are counted."""
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(HOME_ZONE)).date()


def cover_of(kind: str, therapist_id: str | None) -> tuple[str, str | None]:
    """What an allowance must be of, and whose package may pay: a quick session is therapy and nobody's own."""
    return ("therapy", None) if kind == QUICK else (kind, therapist_id)


async def quick_cover(connection: AsyncConnection, client_id: str, now_ms: int) -> Left | None:
    """What a quick session would be taken from now; None when it is to be paid for."""
    kind, package_of = cover_of(QUICK, None)
    return await packages.cover(connection, client_id, kind, package_of, day_of(now_ms))


async def set_aside(
    connection: AsyncConnection,
    session_id: str,
    client_id: str,
    therapist_id: str,
    kind: str,
    price_pence: int,
    starts_at_ms: int,
    now_ms: int,
    allowance_id: str | None = None,
) -> PaidWith:
    """What it is paid with: allowance, wallet or nothing. Raises InsufficientFunds, AllowanceNotFound."""
    used = None
    if price_pence > 0 or allowance_id is not None:
        day = day_of(starts_at_ms)
        kind, package_of = cover_of(kind, therapist_id)
        used = await packages.draw(connection, session_id, client_id, kind, package_of, day, now_ms, allowance_id)
    amount_pence = 0 if used is not None else price_pence
    await wallet.hold(connection, session_id, client_id, therapist_id, amount_pence, now_ms)
    if used is not None:
        return "allowance"
    return "wallet" if price_pence > 0 else "nothing"


async def take(
    connection: AsyncConnection,
    session_id: str,
    therapist_id: str,
    price_pence: int,
    now_ms: int,
    pending_hold_s: float,
    *,
    is_forfeit: bool = False,
) -> None:
    """The client has had it, or lost it; the therapist's share waits its time."""
    query = select(therapist.c.share_percent).where(therapist.c.person_id == therapist_id)
    share_percent = (await connection.execute(query)).scalar_one()
    await wallet.post(connection, session_id, share_percent, now_ms)
    if await packages.settle(connection, session_id, UseState.FORFEITED if is_forfeit else UseState.TAKEN):
        used = await packages.drawn_from(connection, session_id)
        if used is not None and used.therapist_id is None:
            await wallet.sponsor(connection, session_id, therapist_id, price_pence, share_percent, now_ms)
    await timers.set_timer(connection, "pending_share", session_id, now_ms + int(pending_hold_s * 1000))


async def give_back(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    await wallet.void(connection, session_id, now_ms)
    await packages.settle(connection, session_id, UseState.RETURNED)
