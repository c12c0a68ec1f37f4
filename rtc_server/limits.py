"""What strangers may send: from which address, how often, how much, how slowly.

Owns the client's address, the token buckets, the reading of bodies and the list of our own origins. Knows no person
and no message. Easy to break: X-Forwarded-For is believed only from addresses named in TRUSTED_PROXIES, and only its
right-most untrusted entry; whoever believes more lets a stranger choose the address that is counted.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from rtc_server.config import without_default_port
from rtc_server.errors import BadMessage, TooLarge, TooOften, TooSlow

BUCKETS_MAX = 100_000
# After an early refusal the rest of a body is read and thrown away this long, so that the answer still arrives.
LINGER_S = 2.0

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class ClientAddress:
    """`address_of(peer, forwarded)`: the address to count, as text. `trusted` is TRUSTED_PROXIES."""

    def __init__(self, trusted: str = "") -> None:
        parts = [part.strip() for part in trusted.split(",") if part.strip()]
        self._trusted = [ipaddress.ip_network(part, strict=False) for part in parts]

    def address_of(self, peer: str | None, forwarded: str = "") -> str:
        """`forwarded` is the whole X-Forwarded-For. A peer without an address (a unix socket) is "local"."""
        address = _parsed(peer or "")
        if address is None:
            return "local"
        for hop in reversed([part for part in forwarded.split(",") if part.strip()]):
            if not any(address in network for network in self._trusted):
                break
            found = _parsed(hop)
            if found is None:
                break
            address = found
        return str(address)

    def of(self, request: web.BaseRequest) -> str:
        return self.address_of(request.remote, ",".join(request.headers.getall("X-Forwarded-For", [])))


def address_key(address: str) -> str:
    """What is counted together: one IPv4 address, or one IPv6 /64, which is what a household is given."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


class Rates:
    """Token buckets by key, in this process: `burst` at once, then `per_minute`."""

    def __init__(self, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, as of

    def wait_s(self, key: str) -> float:
        """Take one token and return 0, or take none and return how long until there is one."""
        now = self._clock()
        left, since = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_s)
        is_free = left >= 1
        self._buckets[key] = (left - 1 if is_free else left, now)
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        if is_free:
            return 0.0
        return (1 - left) / self._per_s if self._per_s > 0 else 60.0

    def take(self, key: str) -> None:
        """Raises TooOften with the time to wait."""
        wait_s = self.wait_s(key)
        if wait_s > 0:
            raise TooOften("That was too often. Please wait a moment and try again.", retry_after_s=wait_s)


async def read_body(request: web.Request, bytes_max: int, stall_s: float) -> bytes:
    """The whole body. Raises TooLarge as soon as it is known, TooSlow when it is not complete after `stall_s`."""
    too_large = f"That is more than {bytes_max // 1024} KiB. Nothing was saved."
    if request.content_length is not None and request.content_length > bytes_max:
        raise TooLarge(too_large)
    body = bytearray()
    try:
        async with asyncio.timeout(stall_s):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > bytes_max:
                    raise TooLarge(too_large)
    except TimeoutError as error:
        raise TooSlow("The rest of the message did not arrive. Nothing was saved.") from error
    except (web.RequestPayloadError, ConnectionError) as error:  # the second: the page has gone in the middle of it
        raise BadMessage("The message could not be read.") from error
    return bytes(body)


def own_origins(public_url: str, port: int, *, is_production: bool, tls_names: Collection[str] = ()) -> frozenset[str]:
    """The origins our pages are served from; this port's other names too, but not in production.

    These are those of the certificate that web itself speaks HTTPS with, else the loopback ones.
    """
    parts = urlsplit(public_url)
    origins = {f"{parts.scheme}://{parts.netloc}"}
    if not is_production:
        loopback = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        origins.update([f"https://{name}:{port}" for name in tls_names] or loopback)
    return frozenset(without_default_port(origin.lower()) for origin in origins)


def is_own_origin(origin: str | None, origins: frozenset[str]) -> bool:
    """For the socket handshake: a missing Origin, `null` and a subdomain are none of ours."""
    return origin is not None and origin.lower() in origins


def runner_options(header_s: float) -> dict[str, Any]:
    """Arguments of `web.AppRunner`. An idle connection and an incomplete header are both closed after `header_s`.

    Compressed bodies are not unpacked: our pages send none, and a few bytes could become many.
    """
    return {
        "keepalive_timeout": header_s,
        "lingering_time": LINGER_S,
        "auto_decompress": False,
        "access_log": None,
        "max_line_size": 8_190,
        "max_field_size": 8_190,
    }
