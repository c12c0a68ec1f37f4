"""ICE servers to hand out: the operator's list, with credentials of coturn or Twilio that end with the session.

With a coturn secret the credentials are time-limited HMACs (draft-uberti-behave-turn-rest), with Twilio they are its
tokens: no static secret of either ever reaches a page. Easy to break: Twilio is waited for a moment only and left alone
after it failed, because a page that prepares a call waits for the answer. Credentials are never logged.
"""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import aiohttp
import prometheus_client
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from rtc_server.adapters.twilio_http import TwilioHttp, Unreadable
from rtc_server.config import BadSetting, Settings

log = logging.getLogger(__name__)

TOKENS_KEPT_MAX = 10_000
NO_TOKEN = (TwilioRestException, TwilioServiceException, Unreadable, aiohttp.ClientError, OSError, TimeoutError)
_failures = prometheus_client.Counter("quick_connect_relay_token_failures", "Times Twilio gave no relay credentials")


@dataclass(frozen=True)
class IceServerEntry:
    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""

    @property
    def is_relay(self) -> bool:
        return any(url.startswith(("turn:", "turns:")) for url in self.urls)


def parse(text: str) -> tuple[IceServerEntry, ...]:
    """Read the setting ICE_SERVERS, a JSON list as browsers take it. Raises BadSetting."""
    if not text:
        return ()
    try:
        return tuple(_entry(entry) for entry in json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting("ICE_SERVERS must be a JSON list of objects with urls") from error


def _entry(entry: dict[str, Any]) -> IceServerEntry:
    urls = entry["urls"]
    return IceServerEntry(
        (urls,) if isinstance(urls, str) else tuple(urls), entry.get("username", ""), entry.get("credential", "")
    )


def mint(
    servers: tuple[IceServerEntry, ...], secret: str, person_id: str, session_id: str, lifetime_s: float
) -> list[IceServerEntry]:
    """The servers for one person and session. TURN entries without a user name of their own get credentials that end
    after `lifetime_s` seconds."""
    if not secret:
        return list(servers)
    username = f"{int(time.time() + lifetime_s)}:{session_id}:{person_id}"
    # SHA-1 is what the TURN REST draft and coturn's use-auth-secret prescribe.
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return [
        IceServerEntry(entry.urls, username, credential) if entry.is_relay and not entry.username else entry
        for entry in servers
    ]


class TwilioTokens:
    """Twilio's relays, one token per person and session. One per web process.

    A call to Twilio is given up after `wait_s`; after a failure Twilio is left alone for `pause_s`.
    """

    def __init__(self, account_sid: str, auth_token: str, *, api_base: str, wait_s: float, pause_s: float) -> None:
        self._http = TwilioHttp(api_base, wait_s, ("ice_servers", list))
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._pause_s = pause_s
        self._paused_until = 0.0
        # By person and session: when it ends, and what it is.
        self._kept: OrderedDict[tuple[str, str], tuple[float, list[IceServerEntry]]] = OrderedDict()

    async def servers(self, person_id: str, session_id: str, lifetime_s: float) -> list[IceServerEntry]:
        """Twilio's servers with credentials that end within `lifetime_s`; none when Twilio does not give them."""
        now, owner = time.monotonic(), (person_id, session_id)
        ends, entries = self._kept.get(owner, (0.0, []))
        # A device check is asked again and again under one name: old credentials would run out while it looks.
        if ends - now >= lifetime_s / 2:
            return entries
        if now < self._paused_until:
            return []
        try:
            token = await self._client.tokens.create_async(ttl=int(lifetime_s))
            entries = [_entry(entry) for entry in token.ice_servers]
        except (*NO_TOKEN, KeyError, TypeError, AttributeError) as error:
            return self._failed(error)
        self._kept[owner] = now + int(lifetime_s), entries
        if len(self._kept) > TOKENS_KEPT_MAX:
            self._kept.popitem(last=False)
        return entries

    def _failed(self, error: Exception) -> list[IceServerEntry]:
        self._paused_until = time.monotonic() + self._pause_s
        _failures.inc()
        status = getattr(error, "status", "none")
        log.warning("Twilio gave no relay credentials error=%s status=%s", type(error).__name__, status)
        return []

    async def close(self) -> None:
        await self._http.close()


class IceServers:
    """Whom browsers ask for addresses and relays, per person and session."""

    def __init__(self, servers: tuple[IceServerEntry, ...], secret: str, twilio: TwilioTokens | None) -> None:
        self._servers = servers
        self._secret = secret
        self._twilio = twilio

    @property
    def has_relay(self) -> bool:
        """Whether a relay is set up; one that answers just now is not promised."""
        return self._twilio is not None or any(entry.is_relay for entry in self._servers)

    async def mint(self, person_id: str, session_id: str, lifetime_s: float) -> list[IceServerEntry]:
        """What one person's pages of one session get; its credentials end after `lifetime_s` seconds."""
        minted = mint(self._servers, self._secret, person_id, session_id, lifetime_s)
        if self._twilio is not None:
            minted += await self._twilio.servers(person_id, session_id, lifetime_s)
        return minted

    async def close(self) -> None:
        if self._twilio is not None:
            await self._twilio.close()


def ice_servers(settings: Settings) -> IceServers:
    """Raises BadSetting."""
    listed = parse(settings.ice_servers)
    is_listed = any(entry.is_relay for entry in listed)
    twilio = None
    if settings.twilio_account_sid and (
        settings.twilio_relay == "on" or (settings.twilio_relay == "auto" and not is_listed)
    ):
        twilio = TwilioTokens(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            api_base=settings.twilio_api_base,
            wait_s=settings.relay_token_s,
            pause_s=settings.relay_pause_s,
        )
    return IceServers(listed, settings.turn_secret, twilio)
