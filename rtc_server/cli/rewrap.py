"""`rewrap`: after a new key was put into SECRET_KEYS, every person's key is wrapped with it."""

from rtc_server.cli.registry import opened
from rtc_server.config import Settings

DONE = (
    "{changed} keys are newly wrapped; all are wrapped with version {newest} now. Version {oldest}, the oldest, must "
    "stay in SECRET_KEYS: addresses are found by it, and the audit trail is checked with it."
)


async def rewrap(settings: Settings) -> str:
    """Returns what is so now. May be repeated, also after a crash half way. Raises CannotStart."""
    async with opened(settings) as registry:
        changed = await registry.keys.rewrap()
        return DONE.format(changed=changed, newest=registry.keys.ring.version, oldest=registry.keys.ring.oldest)
