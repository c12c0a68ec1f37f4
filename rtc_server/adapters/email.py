"""SMTP: one e-mail out.

Owns the connection and what each kind of answer means. Logs nothing: addresses and words pass through here. Easy to
break: after the message has been written, silence is not a refusal (RFC 5321, 4.5.3.2.6). A name or a password never
crosses a network in the clear: but for this machine, the connection is encrypted before anything is said.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, localtime, parseaddr
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from rtc_server.outgoing.letters import Attachment, Letter
from rtc_server.outgoing.sending import NotAccepted, Outcome, Refused, Sent, Unanswered

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Away(NotAccepted):
    """The server cannot be reached, or takes nothing from us at all: no other e-mail would fare better now."""


def message_of(mail_id: str, sender: str, to: str, letter: Letter, attachment: Attachment | None) -> EmailMessage:
    """Plain text and HTML. The same `mail_id` has the same Message-ID, so that a mailbox may drop a second copy."""
    name, address = parseaddr(sender)
    user, _, domain = address.rpartition("@")
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = Address(name, user, domain)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice in answer
    message.set_content(letter.plain)
    message.add_alternative(letter.html, subtype="html")
    if attachment is not None:
        kind, *rest = (part.strip() for part in attachment.content_type.split(";"))
        maintype, _, subtype = kind.partition("/")
        params = dict(part.split("=", 1) for part in rest)
        message.add_attachment(
            attachment.text.encode(),
            maintype=maintype,
            subtype=subtype,
            filename=attachment.name,
            params={"charset": "utf-8", **params},
        )
    return message


class Smtp:
    """`url` is smtp://user:password@host:587 (encrypted by STARTTLS) or smtps://…:465. `call_s` bounds one e-mail."""

    def __init__(self, url: str, sender: str, *, call_s: float) -> None:
        parts = urlsplit(url)
        self.sender = sender
        self._envelope = parseaddr(sender)[1]
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._is_tls = parts.scheme == "smtps"
        self._call_s = call_s

    async def send(self, message: EmailMessage, to: str) -> Outcome:
        """Never raises for anything the server does."""
        client = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._is_tls,
            start_tls=None if self._is_tls or self._host in LOOPBACK else True,
            timeout=self._call_s,
        )
        try:
            await client.connect()
        except (SMTPException, OSError) as error:
            return Away(_code(error))
        try:
            return await self._hand_over(client, message, to)
        finally:
            client.close()

    async def _hand_over(self, client: SMTP, message: EmailMessage, to: str) -> Outcome:
        try:
            await client.mail(self._envelope)
            await client.rcpt(to)
        except UnicodeEncodeError:
            return Refused("address")
        except (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupported) as error:
            return _meaning(error)
        except (SMTPException, OSError) as error:
            return Away(_code(error))
        try:
            await client.data(message.as_bytes())
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError):
            return Unanswered()
        except SMTPException as error:
            return _meaning(error)
        return Sent(str(message["Message-ID"]))


def _code(error: Exception) -> str:
    return str(error.code) if isinstance(error, SMTPResponseException) else type(error).__name__


def _meaning(error: SMTPException) -> Outcome:
    """A reply of 5xx is for good (RFC 5321, 4.2.1), unless it is about us and not about this e-mail."""
    code = _code(error)
    if isinstance(error, SMTPSenderRefused):
        return Away(code)
    return Refused(code) if code.startswith("5") else NotAccepted(code)
