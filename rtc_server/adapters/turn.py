"""ICE servers to hand out. With a coturn secret the credentials are time-limited HMACs
(draft-uberti-behave-turn-rest), so no static secret ever reaches a page."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from rtc_server.config import BadSetting


@dataclass(frozen=True)
class IceServerEntry:
    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


def parse(text: str) -> tuple[IceServerEntry, ...]:
    """Read the setting ICE_SERVERS, a JSON list as browsers take it. Raises BadSetting."""
    if not text:
        return ()
    try:
        found = []
        for entry in json.loads(text):
            urls = entry["urls"]
            found.append(
                IceServerEntry(
                    (urls,) if isinstance(urls, str) else tuple(urls),
                    entry.get("username", ""),
                    entry.get("credential", ""),
                )
            )
        return tuple(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting("ICE_SERVERS must be a JSON list of objects with urls") from error


def mint(
    servers: tuple[IceServerEntry, ...], secret: str, person_id: str, session_id: str, lifetime_s: float
) -> list[IceServerEntry]:
    """The servers for one person and session; TURN entries get credentials that end after `lifetime_s` seconds."""
    if not secret:
        return list(servers)
    username = f"{int(time.time() + lifetime_s)}:{session_id}:{person_id}"
    # SHA-1 is what the TURN REST draft and coturn's use-auth-secret prescribe.
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return [
        IceServerEntry(entry.urls, username, credential) if entry.urls[0].startswith("turn") else entry
        for entry in servers
    ]
