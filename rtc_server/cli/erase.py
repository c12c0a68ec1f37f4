"""Erasing a client: the content of their record, their name and their key. Money and the fact of sessions stay."""

from booking_core import wallet
from rtc_server.cli.registry import opened
from rtc_server.config import CannotStart, Settings
from rtc_server.errors import NotEnded, UnderLegalHold
from rtc_server.store import erasure
from rtc_server.store.database import now_ms

LEFT = (
    "Erased: their key is destroyed, so that nothing of them can be opened, in backups too once the key's own backups "
    "have expired. {sessions} sessions and their money stay under an id without a name."
)
UNSURE = (
    "This erases everything of this client for good: what they said, wrote and were told, the notes about them, their "
    "name and address. The wallet's balance of £{pounds:.2f} is not paid out by this. Repeat the command with --yes."
)


async def erase(settings: Settings, email: str, *, is_sure: bool) -> str:
    """Returns what is so now. Raises CannotStart when there is no such client or they cannot be erased now.

    May be repeated after a crash half way; the address is the last thing that goes.
    """
    async with opened(settings) as registry:
        found = await registry.people.id_by_email(email)
        if found is None or found[1] != "client":
            raise CannotStart("there is no client with this address")
        client_id = found[0]
        if not is_sure:
            async with registry.store.read() as connection:
                funds = await wallet.balances(connection, client_id, "client")
            return UNSURE.format(pounds=funds.available_pence / 100)
        try:
            sessions = await registry.store.write(erasure.erase_record, registry.audit_key, client_id, now_ms())
        except (NotEnded, UnderLegalHold) as error:
            raise CannotStart(error.message) from error
        await registry.people.erase(client_id)
        await registry.store.write_back()
    return LEFT.format(sessions=sessions)
