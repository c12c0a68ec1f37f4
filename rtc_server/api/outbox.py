"""The operator's outbox of texts and e-mail, and Twilio's delivery reports.

Easy to break: a report is believed only when Twilio signed it for the address it was given; it stands outside /api,
because it comes from no page of ours and carries a form. Of a number only the end is shown, of a client no name; and an
e-mail, which may open an account, is read here only where it cannot be sent, or in development.
"""

import logging
from collections.abc import Mapping

from aiohttp import web

from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.adapters import sms
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.dispatch import ID, Handler, HttpCall
from rtc_server.config import Settings
from rtc_server.errors import SealBroken
from rtc_server.outgoing import alerts
from rtc_server.outgoing.addressing import Addressing
from rtc_server.outgoing.letters import Channel
from rtc_server.outgoing.sending import Fact
from rtc_server.store import mail, outbox
from rtc_server.store.database import Store, now_ms
from rtc_server.store.mail import Mail
from rtc_server.store.outbox import Text
from rtc_server.wire.outbox import MailView, OutboxView, TextView

log = logging.getLogger(__name__)

SHOWN_MAX = 100
# What Twilio reports of a message (twilio.com/docs/messaging/api/message-resource#message-status-values); the others
# (accepted, queued, sending, …) are no news.
REPORTED = {
    "sent": Fact.ACCEPTED,
    "delivered": Fact.DELIVERED,
    "read": Fact.DELIVERED,
    "undelivered": Fact.UNDELIVERED,
    "failed": Fact.UNDELIVERED,
    "canceled": Fact.UNDELIVERED,
}


class OutboxApi:
    """Twilio's token is empty when no SMS service is set up, and then no report is believed."""

    def __init__(self, store: Store, keys: KeyStore, people: People, settings: Settings) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._auth_token = settings.twilio_auth_token
        self._public_url = settings.resolved_public_url()
        self._place_kept_s = settings.callback_kept_s
        self._addressing = Addressing(keys, people, self._public_url, settings.time_zone)
        self._is_mail_set_up = bool(settings.smtp_url)
        self._is_mail_read = not (settings.is_production and settings.smtp_url)

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /api/outbox": self.show}

    def add_reports(self, app: web.Application) -> None:
        app.router.add_post(alerts.REPORT_PATH.format(id="{id}"), self.report)

    async def show(self, call: HttpCall) -> OutboxView:
        async with self._store.read() as connection:
            texts = await outbox.newest(connection, SHOWN_MAX)
            mails = await mail.newest(connection, SHOWN_MAX)
        return OutboxView(
            is_set_up=bool(self._auth_token),
            texts=[await self._view(text) for text in texts],
            is_mail_set_up=self._is_mail_set_up,
            mails=[await self._mail_view(one) for one in mails],
        )

    async def _mail_view(self, one: Mail) -> MailView:
        opened = await self._addressing.open(one) if self._is_mail_read else None
        return MailView(
            id=one.id,
            template=one.template.value,
            channel=one.channel,
            state=one.state,
            reason=one.reason,
            to="" if opened is None else opened.to if one.channel is Channel.EMAIL else opened.to[-3:],
            subject="" if opened is None else opened.letter.subject,
            text="" if opened is None else opened.letter.plain,
            tries=one.tries,
            created_at_ms=one.created_at_ms,
            due_at_ms=one.due_at_ms,
            changed_at_ms=one.changed_at_ms,
        )

    async def _view(self, text: Text) -> TextView:
        profile = await self._people.profile(text.person_id)
        return TextView(
            id=text.id,
            kind=text.kind.value,
            state=text.state,
            reason=text.reason,
            to_name="" if profile is None else f"{profile.first_name} {profile.last_name}",
            number_end=await self._number_end(text),
            text=alerts.words(text.kind, self._public_url, self._place_kept_s),
            tries=text.tries,
            created_at_ms=text.created_at_ms,
            due_at_ms=text.due_at_ms,
            changed_at_ms=text.changed_at_ms,
        )

    async def _number_end(self, text: Text) -> str:
        if text.number_sealed is not None:
            sealed = text.number_sealed
            return (await self._keys.text_or_blank(text.person_id, sealed, "outbox", text.id, "number_sealed"))[-3:]
        try:
            return (await self._people.phone(text.person_id) or "")[-3:]
        except (SealBroken, PersonNotFound):
            return ""

    async def report(self, request: web.Request) -> web.Response:
        """A status callback. The same one again, or an older one after a newer, changes nothing."""
        text_id = request.match_info["id"]
        posted = await request.post()
        fields = {name: value for name, value in posted.items() if isinstance(value, str)}
        url = self._public_url + alerts.REPORT_PATH.format(id=text_id)
        signature = request.headers.get("X-Twilio-Signature", "")
        if not self._auth_token or not sms.is_from_twilio(self._auth_token, url, fields, signature):
            log.warning("a delivery report that Twilio did not sign was refused")
            return web.Response(status=403)
        fact = REPORTED.get(fields.get("MessageStatus", ""))
        if fact is not None and ID.fullmatch(text_id):
            reason = fields.get("ErrorCode", "")[:8]
            is_news = await self._store.write(outbox.settle, text_id, fact, now_ms(), reason=reason)
            if is_news:
                log.info("text=%s reported %s", text_id, fact)
        return web.Response(status=204)
