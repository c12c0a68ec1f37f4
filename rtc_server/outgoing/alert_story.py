"""What texts follow a step, written in the step's own transaction; and what is asked again before one is sent.

Owns no number: `alerts.AlertRules` comes from the settings. Easy to break: on accept nothing is done here, and where
nobody wants texts a step costs one look at an index.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.config import Settings
from rtc_server.outgoing import alerts
from rtc_server.outgoing.alerts import AlertRules, Draft, Kind
from rtc_server.outgoing.sending import WENT_OUT, Fact, SendState, result
from rtc_server.pool import Request, State
from rtc_server.store import outbox, requests
from rtc_server.store.outbox import Text

HOUR_MS = 3_600_000


def rules_of(settings: Settings) -> AlertRules:
    """For every process that composes a story."""
    return AlertRules(
        area_first_s=settings.area_first_s,
        cap_s=settings.text_cap_s,
        per_client_hour=settings.texts_per_client_hour,
        waiting_late_s=settings.text_waiting_late_s,
        over_within_s=settings.text_over_within_s,
        over_late_s=settings.text_over_late_s,
        callback_s=settings.text_callback_s,
        place_kept_s=settings.callback_kept_s,
        retries_s=settings.text_retries,
    )


async def after_step(
    connection: AsyncConnection, before: Request | None, after: Request, now_ms: int, rules: AlertRules
) -> None:
    """Queue the texts that follow a step of a request."""
    if before is None:
        found = await outbox.reachable_therapists(connection)
        await _queue(connection, after, alerts.first_wave(after, found, now_ms, rules), now_ms, rules)
    elif alerts.closes(before, after):
        await _close(connection, after.id, now_ms, rules)
    elif alerts.comes_back(before, after):
        await after_widening(connection, after, now_ms, rules)


async def after_widening(connection: AsyncConnection, request: Request, now_ms: int, rules: AlertRules) -> None:
    """Queue texts for those who may see the request only now."""
    found = await outbox.reachable_therapists(connection)
    await _queue(connection, request, alerts.next_wave(request, found, now_ms, rules), now_ms, rules)


async def _queue(
    connection: AsyncConnection, request: Request, drafts: list[Draft], now_ms: int, rules: AlertRules
) -> None:
    """Queue them as far as this client's hour reaches: who asks and cancels again and again cannot run up a bill, and
    is still shown on every dashboard each time."""
    if drafts:
        caused = await outbox.caused_by(connection, request.client_id, now_ms - HOUR_MS)
        await outbox.add(connection, drafts[: max(0, rules.per_client_hour - caused)], now_ms)


async def call_back(connection: AsyncConnection, request: Request, now_ms: int, rules: AlertRules) -> None:
    """Queue "someone is free now" for the client of a request whose place is kept. Once, however often it is called."""
    await outbox.add(connection, [alerts.callback(request, now_ms, rules)], now_ms)


async def _close(connection: AsyncConnection, request_id: str, now_ms: int, rules: AlertRules) -> None:
    texts = await outbox.of_request(connection, request_id, Kind.WAITING)
    if not texts:
        return
    await outbox.drop_waiting(connection, request_id, now_ms)
    lately = now_ms - int(rules.over_within_s * 1000)
    told = [text for text in texts if text.state in WENT_OUT and (text.sent_at_ms or 0) >= lately]
    drafts = [alerts.over(request_id, text.person_id, now_ms, rules) for text in told]
    await outbox.add(connection, drafts, now_ms)


# Before and after a text is sent


async def may_go(connection: AsyncConnection, text: Text, now_ms: int, rules: AlertRules) -> bool:
    """Whether a due text still holds; one that does not is dropped or put off here."""
    if text.kind is not Kind.WAITING:
        return True
    request = await requests.load(connection, text.request_id)
    assert request is not None, "a text names a request"
    if request.state is State.ACCEPTED:
        return False
    if request.state is not State.WAITING:
        await outbox.drop(connection, [text.id], "closed", now_ms)
        return False
    found = await outbox.reachable_therapists(connection, text.person_id)
    if not found or not alerts.fits(request, found[0].facts, now_ms, rules):
        await outbox.drop(connection, [text.id], "not_wanted", now_ms)
        return False
    # A later try has the slot already.
    free_before = now_ms if text.tries else now_ms - int(rules.cap_s * 1000)
    if not await outbox.take_slot(connection, text.person_id, now_ms, free_before):
        await outbox.postpone(connection, text.id, alerts.next_text_ms(found[0], now_ms, rules))
        return False
    return True


async def settle(
    connection: AsyncConnection, text: Text, fact: Fact, now_ms: int, rules: AlertRules, **facts: str | None
) -> None:
    """Note what became of a call. A text whose request closed meanwhile is followed by "no longer waiting"."""
    tried = text.tries - 1
    if fact is Fact.NOT_ACCEPTED and tried >= len(rules.retries_s):
        fact = Fact.REFUSED
    due_at_ms = now_ms + int(rules.retries_s[tried] * 1000) if fact is Fact.NOT_ACCEPTED else None
    is_news = await outbox.settle(
        connection,
        text.id,
        fact,
        now_ms,
        reason=facts.get("reason") or "",
        provider_id=facts.get("provider_id"),
        due_at_ms=due_at_ms,
    )
    if not is_news or text.kind is not Kind.WAITING:
        return
    to = result(fact)
    if to is SendState.FAILED:
        await outbox.free_slot(connection, text, now_ms)
    if to in WENT_OUT:
        request = await requests.load(connection, text.request_id, is_locked=True)
        if request is not None and request.state not in alerts.OPEN:
            await outbox.add(connection, [alerts.over(text.request_id, text.person_id, now_ms, rules)], now_ms)
