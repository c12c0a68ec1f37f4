"""Keeping a client's record for a legal matter: while the hold stands nothing of it is deleted, by nobody."""

from rtc_server.cli.registry import opened
from rtc_server.config import CannotStart, Settings
from rtc_server.store import audit, erasure
from rtc_server.store.database import now_ms


async def legal_hold(settings: Settings, email: str, *, is_placed: bool) -> str:
    """Place or lift it; may be repeated. Returns what is so now. Raises CannotStart when there is no such client."""
    async with opened(settings) as registry:
        found = await registry.people.by_email(email)
        if found is None or found[0].role != "client":
            raise CannotStart("there is no client with this address")
        client_id = found[0].id
        if is_placed:
            has_changed = await registry.store.write(erasure.place_hold, client_id, now_ms())
        else:
            has_changed = await registry.store.write(erasure.lift_hold, client_id)
        if has_changed:
            action = "hold:place" if is_placed else "hold:lift"
            await registry.store.write(audit.append, registry.audit_key, "operator", action, client_id, "", now_ms())
    if is_placed:
        return "The hold stands: nothing of this client's record is deleted until it is lifted."
    return "There is no hold: this client's record is deleted as the settings say."
