"""The grant web hands to the recorder: which leg may be opened, by whom, until when, with the session's audio key.

Signed with HMAC-SHA256; valid once and for a short time. It carries a key: it travels over loopback or TLS only and is
never logged.
"""

import base64
import binascii
import hmac
import uuid

import msgspec

from rtc_server.errors import NotAllowed

PURPOSE = "recorder-grant"  # of the derived key, for KeyRing.derive
REFUSED = "This grant is not valid."


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: str  # open or close
    leg_id: str
    session_id: str
    person_id: str
    seat: str
    expires_ms: int
    audio_key: str  # SealKey.export of the session's key; empty to close
    nonce: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)

    def __repr__(self) -> str:
        return f"Grant({self.action} leg={self.leg_id})"


def sign(key: bytes, grant: Grant) -> str:
    body = base64.urlsafe_b64encode(msgspec.json.encode(grant))
    return f"{body.decode()}.{_mac(key, body)}"


def _mac(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, "sha256").hexdigest()


class Grants:
    """Checks grants and remembers the used ones until they would have expired anyway."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._used: dict[str, int] = {}

    def use(self, token: str, action: str, now_ms: int) -> Grant:
        """Raises NotAllowed when it is forged, expired, for something else, or was used before."""
        body, _, mac = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(_mac(self._key, body.encode()), mac):
            raise NotAllowed(REFUSED)
        try:
            grant = msgspec.json.decode(base64.urlsafe_b64decode(body), type=Grant)
        except (msgspec.DecodeError, binascii.Error) as error:
            raise NotAllowed(REFUSED) from error
        self._used = {nonce: expires for nonce, expires in self._used.items() if expires >= now_ms}
        if grant.action != action or grant.expires_ms < now_ms or grant.nonce in self._used:
            raise NotAllowed(REFUSED)
        self._used[grant.nonce] = grant.expires_ms
        return grant
