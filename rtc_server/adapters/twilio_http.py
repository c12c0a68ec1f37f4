"""The way to Twilio's HTTP interface that its SDK is given: a short deadline, no log, and an address of our choosing.

Knows neither texts nor relays. Logs nothing: numbers, words and tokens pass through here.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec
from twilio.http import AsyncHttpClient
from twilio.http.response import Response


class Unreadable(Exception):
    """Twilio said yes in words that hold nothing of what was asked for."""


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # the SDK is untyped
    """Twilio's own asynchronous client has no timeout for messages and logs what it sends.

    `api_base`: where Twilio is; empty: where the SDK says. `names` is the field without which a yes is Unreadable.
    """

    def __init__(
        self, api_base: str, call_s: float, names: tuple[str, type], traces: Sequence[aiohttp.TraceConfig] = ()
    ) -> None:
        super().__init__(logger=None, is_async=True)
        self._base = urlsplit(api_base) if api_base else None
        self._names = names
        # A kept connection may be closed at the moment it is used again, which would look like silence.
        connector = aiohttp.TCPConnector(force_close=True)
        timeout = aiohttp.ClientTimeout(total=call_s)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, trace_configs=list(traces))

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Raises Unreadable, TimeoutError, aiohttp.ClientError."""
        signed = dict(headers or {})
        if auth is not None:
            signed["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._session.request(
            method, self._address(uri), data=data, headers=signed, allow_redirects=allow_redirects
        ) as answer:
            body = await answer.text()
            if answer.status < 300 and not self._is_readable(body):
                raise Unreadable
            return Response(answer.status, body, answer.headers)

    def _address(self, uri: str) -> str:
        if self._base is None:
            return uri
        path = self._base.path.rstrip("/") + urlsplit(uri).path
        return urlunsplit((self._base.scheme, self._base.netloc, path, "", ""))

    def _is_readable(self, body: str) -> bool:
        name, kind = self._names
        try:
            decoded = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return False
        return isinstance(decoded, dict) and isinstance(decoded.get(name), kind)

    async def close(self) -> None:
        await self._session.close()
