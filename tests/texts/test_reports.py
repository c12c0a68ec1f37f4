"""Twilio's delivery reports, and what the operator reads."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from rtc_server.api.outbox import OutboxApi
from rtc_server.config import Settings
from rtc_server.outgoing.sending import SendState
from tests.accounts.house import Visitor, build_app, serve
from tests.cluster import free_port
from tests.texts import office as setting
from tests.texts.double import ACCOUNT_SID, AUTH_TOKEN, answers_late
from tests.texts.office import Office


@pytest.fixture
async def web_url(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server that takes reports at the address that stands in the texts."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(setting, "PUBLIC_URL", url)
    house = office.house
    app = web.Application()
    settings = Settings(public_url=url, twilio_account_sid=ACCOUNT_SID, twilio_auth_token=AUTH_TOKEN)
    OutboxApi(house.store, house.keys, house.people, settings).add_reports(app)
    server = TestServer(app, port=port)
    await server.start_server()
    yield url
    await server.close()


async def sent_text(office: Office) -> tuple[str, setting.Request]:
    amara = await office.therapist()
    request = await office.place()
    await office.work()
    return amara, request


async def test_a_signed_report_says_what_became_of_a_text(office: Office, web_url: str) -> None:
    amara, request = await sent_text(office)
    assert await office.twilio.report(office.twilio.accepted[0], "delivered") == 204
    assert await office.states(request) == {amara: SendState.DELIVERED}


async def test_a_report_that_twilio_did_not_sign_is_refused(office: Office, web_url: str) -> None:
    amara, request = await sent_text(office)
    assert await office.twilio.report(office.twilio.accepted[0], "failed", auth_token="another") == 403
    assert await office.states(request) == {amara: SendState.SENT}


async def test_reports_that_come_again_or_in_another_order_have_one_effect(office: Office, web_url: str) -> None:
    amara, request = await sent_text(office)
    for status in ["delivered"] * 10 + ["sent", "queued", "undelivered", "failed"]:
        assert await office.twilio.report(office.twilio.accepted[0], status) == 204
    assert await office.states(request) == {amara: SendState.DELIVERED}


async def test_a_report_clears_up_what_became_of_a_text_whose_answer_did_not_come(office: Office, web_url: str) -> None:
    office.call_s = 0.3
    office.twilio.faults.append(answers_late)
    amara, request = await sent_text(office)
    assert await office.states(request) == {amara: SendState.UNCLEAR}
    await office.twilio.report(office.twilio.accepted[0], "sent")
    assert await office.states(request) == {amara: SendState.SENT}


async def test_an_undelivered_text_has_failed_and_is_not_followed_by_no_longer_waiting(
    office: Office, web_url: str
) -> None:
    amara, request = await sent_text(office)
    await office.twilio.report(office.twilio.accepted[0], "undelivered")
    assert await office.states(request) == {amara: SendState.FAILED}
    await office.cancel(request)
    await office.work()
    assert len(office.twilio.accepted) == 1


async def signed_in(office: Office, role: str) -> Visitor:
    house = office.house
    api = OutboxApi(house.store, house.keys, house.people, Settings(public_url=setting.PUBLIC_URL))
    _, email = await house.add(role)
    visitor = Visitor(await serve(build_app(house, instead=api.routes())))
    await visitor.sign_in(email)
    return visitor


async def test_the_operator_reads_the_texts_without_numbers_in_full(office: Office) -> None:
    amara = await office.therapist()
    await office.place()
    await office.worker(is_set_up=False).step()
    visitor = await signed_in(office, "admin")
    status, body, _ = await visitor.ask("GET", "/api/outbox")
    await visitor.http.close()
    assert status == 200
    assert not body["value"]["is_set_up"]
    (shown,) = body["value"]["texts"]
    number = await office.number(amara)
    assert (shown["state"], shown["to_name"], shown["number_end"]) == ("kept", "Amara Okafor", number[-3:])
    assert shown["text"].startswith("A client is waiting.")
    assert number not in str(body) and "Canary" not in str(body)


async def test_only_operators_read_the_outbox(office: Office) -> None:
    for role in ("client", "therapist"):
        visitor = await signed_in(office, role)
        status, _, _ = await visitor.ask("GET", "/api/outbox")
        await visitor.http.close()
        assert status == 403
