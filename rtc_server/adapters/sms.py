"""Twilio: one text out, and the proof that a delivery report is Twilio's.

Owns the HTTP call and what each kind of answer means. Logs nothing: numbers and words pass through here. Easy to
break: after the request has been written, silence is not a refusal. Twilio takes no idempotency key for messages, so
a text whose answer did not come is `Unanswered` and must not be sent again.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from rtc_server.adapters.twilio_http import TwilioHttp, Unreadable
from rtc_server.outgoing.sending import NotAccepted, Outcome, Refused, Sent, Unanswered

OPTED_OUT = "21610"  # the number's owner has answered STOP (twilio.com/docs/api/errors/21610)
GATEWAY_TIMEOUT = 504
TOO_MANY = 429
NOT_THE_TEXTS_FAULT = frozenset({401, 403, 404, TOO_MANY})


@dataclass
class _Progress:
    is_written: bool = False


_progress: ContextVar[_Progress] = ContextVar("progress")


async def _note_written(session: aiohttp.ClientSession, context: Any, params: Any) -> None:
    _progress.get().is_written = True


class Twilio:
    """One per worker. `sender` is a number, or a messaging service (MG…); `call_s` bounds one call."""

    def __init__(self, account_sid: str, auth_token: str, sender: str, *, api_base: str, call_s: float) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_written)
        self._http = TwilioHttp(api_base, call_s, ("sid", str), [trace])
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}

    async def send(self, number: str, words: str, report_url: str) -> Outcome:
        """Send one text; delivery is reported to `report_url`. Never raises for anything Twilio does."""
        progress = _Progress()
        _progress.set(progress)
        try:
            message = await self._client.messages.create_async(
                to=number, body=words, status_callback=report_url, **self._sender
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return _meaning(int(error.status), str(error.code or error.status))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Unanswered() if progress.is_written else NotAccepted(type(error).__name__)
        except Unreadable:
            return Unanswered()
        return Sent(str(message.sid))

    async def close(self) -> None:
        await self._http.close()


def _meaning(status: int, code: str) -> Outcome:
    if status == GATEWAY_TIMEOUT:
        return Unanswered()
    if status >= 500 or status in NOT_THE_TEXTS_FAULT:
        return NotAccepted(code)
    return Refused(code)


def is_from_twilio(auth_token: str, url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed this report (twilio.com/docs/usage/security). `url` is the one that it was given."""
    return bool(RequestValidator(auth_token).validate(url, dict(fields), signature))
