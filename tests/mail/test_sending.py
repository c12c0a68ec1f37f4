"""E-mail over a real SMTP server: read back and parsed, once, through refusals, silence and a server that is away."""

import asyncio
import logging
from dataclasses import replace

import pytest
from aiosmtpd.smtp import SMTP

from rtc_server.adapters.sms import Twilio
from rtc_server.api.notices import NoticesApi
from rtc_server.api.outbox import OutboxApi
from rtc_server.config import BadSetting, Settings, load
from rtc_server.outgoing.letters import Attachment, Channel, Notice, Template
from rtc_server.outgoing.mail_worker import AT_ONCE
from rtc_server.outgoing.sending import SendState
from rtc_server.store import mail, notices
from rtc_server.store.database import now_ms
from tests.accounts.house import Visitor, build_app, serve
from tests.mail.post_office import PUBLIC_URL, RULES, SENDER, PostOffice
from tests.texts import double


async def test_a_mail_arrives_as_plain_text_and_html_with_its_attachment(post: PostOffice) -> None:
    sam, address = await post.house.add("client", "Sam")
    calendar = Attachment("session.ics", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    await post.queue(sam, attachment=calendar)
    await post.work()
    (message,) = post.mailbox.taken
    assert post.mailbox.to == [address]
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, address, "You have a message")
    assert message["Auto-Submitted"] == "auto-generated" and message["Date"] and message["Reply-To"] is None
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and plain.get_content().startswith("Hello Sam,")
    assert html is not None and "Sign in to read it." in html.get_content()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "session.ics"
    assert attached.get_content_type() == "text/calendar" and attached.get_param("method") == "REQUEST"
    assert attached.get_content().splitlines() == ["BEGIN:VCALENDAR", "END:VCALENDAR"]
    assert await post.states() == [("sent", "")]


async def test_the_same_key_is_one_mail_however_often_and_whoever_looks(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    for _ in range(3):
        await post.queue(sam)
    await asyncio.gather(*(post.worker().step() for _ in range(3)))
    assert len(post.mailbox.taken) == 1


async def test_a_step_that_is_rolled_back_sends_nothing(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    seal = await post.house.keys.key_of(sam)

    async def step(connection: mail.AsyncConnection) -> None:
        facts = {"link": "/messages"}
        await mail.queue(connection, seal, sam, Template.NEW_MESSAGE, facts, key="k", now_ms=now_ms())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await post.house.store.write(step)
    await post.work()
    assert post.mailbox.taken == [] and await post.states() == []


async def test_a_mail_not_taken_for_now_is_tried_again_after_2_8_30_and_every_30_seconds(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam)
    post.mailbox.answers = ["451 greylisted"] * 4
    for wait_s in (2, 8, 30, 30):
        await post.work()
        assert await post.next_try_after_s() == wait_s
        await post.pass_time(wait_s)
    await post.work()
    assert len(post.mailbox.taken) == 1


async def test_a_mail_that_is_refused_for_good_is_not_tried_again(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam)
    post.mailbox.answers = ["550 no such box"]
    await post.work()
    await post.pass_time(60)
    await post.work()
    assert await post.states() == [("failed", "550")] and post.mailbox.taken == []


async def test_a_server_that_was_away_gets_everything_once_when_it_is_back(post: PostOffice) -> None:
    people = [(await post.house.add("client"))[0] for _ in range(6)]
    post.shut()
    for person in people:
        await post.queue(person)
    await post.work()
    # Some were tried at once; the rest saw that it was in vain.
    assert await post.tries() <= AT_ONCE < len(people)
    for _ in range(20):
        await post.work()
        await post.pass_time(30)
    assert {state for state, _ in await post.states()} == {"queued"}
    post.open()
    for _ in range(3):
        await post.work()
        await post.pass_time(30)
    assert len(post.mailbox.taken) == 6 and len(set(post.mailbox.to)) == 6


async def test_a_mail_that_waited_too_long_is_dropped_and_says_so(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam, dies_at_ms=now_ms() + 5_000)
    await post.pass_time(6)
    await post.work()
    assert await post.states() == [("dropped", "late")] and post.mailbox.taken == []


async def test_after_an_answer_that_never_came_it_goes_again_under_the_same_message_id(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam)

    def hang_up(server: SMTP) -> None:
        post.mailbox.on_data = None
        assert server.transport is not None
        server.transport.abort()

    post.mailbox.on_data = hang_up
    await post.work()
    assert await post.states() == [("queued", "unanswered")]
    await post.pass_time(2)
    await post.work()
    assert len({str(message["Message-ID"]) for message in post.mailbox.taken}) == 1
    assert await post.states() == [("sent", "")]


async def test_a_worker_that_died_while_sending_leaves_the_mail_to_another(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam)
    async with post.house.store.read() as connection:
        (one,) = await mail.due(connection, now_ms(), 10)
    assert await post.house.store.write(mail.claim, one.id, "dead", now_ms(), now_ms() + 1_000)
    await post.work()
    assert post.mailbox.taken == []
    await post.pass_time(2)
    await post.work()
    await post.pass_time(30)
    await post.work()
    assert len(post.mailbox.taken) == 1


async def test_what_was_dropped_before_it_was_due_is_never_sent(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam, due_at_ms=now_ms() + 60_000, key="k")
    await post.work()
    await post.house.store.write(mail.drop, "k", "read", now_ms())
    await post.pass_time(120)
    await post.work()
    assert await post.states() == [("dropped", "read")] and post.mailbox.taken == []


async def test_somebody_without_an_account_is_written_to_at_the_address_that_was_given(post: PostOffice) -> None:
    amara, _ = await post.house.add("therapist", "Amara")
    facts = {"by_name": "Amara Okafor", "until_ms": now_ms() + 10**8, "link": "/join#token"}
    await post.queue(amara, Template.INVITE_CLIENT, facts=facts, address="new@people.example")
    await post.work()
    (message,) = post.mailbox.taken
    body = message.get_body(("plain",))
    assert post.mailbox.to == ["new@people.example"]
    assert body is not None and body.get_content().startswith("Hello,") and "/join#token" in body.get_content()


async def test_somebody_nobody_here_knows_is_written_to_as_well(post: PostOffice) -> None:
    facts = {"code": "1234 5678", "until_ms": now_ms() + 10**6, "link": "/"}
    seal, to = post.house.keys.own(), "new@people.example"
    template = Template.VERIFY_EMAIL
    await post.house.store.write(mail.queue, seal, None, template, facts, key="k", now_ms=now_ms(), address=to)
    await post.work()
    (message,) = post.mailbox.taken
    body = message.get_body(("plain",))
    assert post.mailbox.to == [to] and body is not None and "1234 5678" in body.get_content()


async def test_who_chose_not_to_be_told_is_not_and_what_is_no_choice_still_comes(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.house.store.write(notices.choose, sam, (Notice.MESSAGES, Channel.EMAIL), False)
    await post.queue(sam)
    await post.queue(sam, Template.PASSWORD_CHANGED, facts={"at_ms": now_ms(), "link": "/reset"})
    await post.work()
    assert [str(message["Subject"]) for message in post.mailbox.taken] == ["Your password was changed"]
    assert await post.states() == [("dropped", "not_wanted"), ("sent", "")]


async def test_what_was_sent_is_forgotten_in_production_and_the_erased_get_nothing(post: PostOffice) -> None:
    post.rules = replace(RULES, keeps_sent=False)
    sam, _ = await post.house.add("client")
    gone, _ = await post.house.add("client")
    await post.queue(sam)
    await post.queue(gone)
    await post.house.keys.erase(gone)
    await post.work()
    assert sorted(await post.states()) == [("dropped", "erased"), ("sent", "")]
    async with post.house.store.read() as connection:
        assert [one.content_sealed for one in await mail.newest(connection, 10)] == [None, None]


async def test_nobodys_address_or_words_stand_in_the_log_or_in_the_row(
    post: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "rtc_server")
    sam, address = await post.house.add("client", "Canary")
    await post.queue(sam, Template.PASSWORD_CHANGED, facts={"at_ms": now_ms(), "link": "/reset#canary"})
    async with post.house.store.read() as connection:
        (one,) = await mail.newest(connection, 10)
    assert b"canary" not in (one.content_sealed or b"").lower()
    await post.work()
    assert address not in caplog.text and "anary" not in caplog.text


async def test_without_a_server_the_operator_reads_every_mail_and_nobody_else_does(post: PostOffice) -> None:
    sam, address = await post.house.add("client", "Sam")
    await post.queue(sam)
    await post.worker(is_set_up=False).step()
    assert await post.states() == [("kept", "")]
    house = post.house
    settings = Settings(public_url=PUBLIC_URL)
    app = build_app(house, instead=OutboxApi(house.store, house.keys, house.people, settings).routes())
    _, email = await house.add("admin")
    visitor = Visitor(await serve(app))
    await visitor.sign_in(email)
    _, body, _ = await visitor.ask("GET", "/api/outbox")
    (shown,) = body["value"]["mails"]
    assert (shown["to"], shown["subject"], shown["state"]) == (address, "You have a message", "kept")
    assert "Sign in to read it." in shown["text"]
    await visitor.sign_in(address)
    assert (await visitor.ask("GET", "/api/outbox"))[0] == 403
    await visitor.http.close()


async def test_a_sent_mail_is_not_read_by_the_operator_in_production(post: PostOffice) -> None:
    sam, address = await post.house.add("client")
    await post.queue(sam)
    house = post.house
    settings = Settings(app_env="production", public_url=PUBLIC_URL, smtp_url="smtp://mail.example", mail_from=SENDER)
    app = build_app(house, instead=OutboxApi(house.store, house.keys, house.people, settings).routes())
    _, email = await house.add("admin")
    visitor = Visitor(await serve(app))
    await visitor.sign_in(email)
    _, body, _ = await visitor.ask("GET", "/api/outbox")
    await visitor.http.close()
    (shown,) = body["value"]["mails"]
    assert shown["state"] == SendState.QUEUED and shown["text"] == shown["to"] == shown["subject"] == ""
    assert address not in str(body)


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("client", {"bookings", "reminders", "messages"}),
        ("therapist", {"bookings", "reminders", "messages", "payouts"}),
        ("admin", {"support", "papers"}),
    ],
)
async def test_everybody_is_offered_what_concerns_them(post: PostOffice, role: str, offered: set[str]) -> None:
    house = post.house
    _, email = await house.add(role)
    visitor = Visitor(await serve(build_app(house, instead=NoticesApi(house.store, house.people).routes())))
    await visitor.sign_in(email)
    _, body, _ = await visitor.ask("GET", "/api/account/notices")
    assert {one["notice"] for one in body["value"]["notices"]} == offered
    await visitor.http.close()


async def test_everybody_chooses_what_they_are_told(post: PostOffice) -> None:
    house = post.house
    _, email = await house.add("client")
    visitor = Visitor(await serve(build_app(house, instead=NoticesApi(house.store, house.people).routes())))
    await visitor.sign_in(email)
    choice = {"notice": "messages", "channel": "email", "is_on": False}
    _, body, _ = await visitor.ask("PUT", "/api/account/notices", choice)
    assert choice in body["value"]["notices"]
    status, _, _ = await visitor.ask("PUT", "/api/account/notices", {**choice, "channel": "sms"})
    assert status == 400
    await visitor.http.close()


@pytest.mark.parametrize(
    "environ",
    [
        {"SMTP_URL": "smtp://mail.example"},
        {"SMTP_URL": "mail.example", "MAIL_FROM": "a@b.example"},
        {"SMTP_URL": "smtp://mail.example:x", "MAIL_FROM": "a@b.example"},
        {"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "nobody"},
        {"MAIL_RETRIES_S": "2;8"},
    ],
)
def test_a_mail_server_that_cannot_be_used_is_said_at_the_start(environ: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        load(environ)


REMINDER = {
    "with_name": "Amara Okafor",
    "at_ms": 1_800_000_000_000,
    "length_minutes": 60,
    "method": "video",
    "more": "",
    "link": "/sessions",
}


async def test_a_reminder_goes_as_mail_or_text_as_each_chose_at_the_moment_it_is_due(post: PostOffice) -> None:
    by_text, by_both, by_mail = [(await post.house.add("client"))[0] for _ in range(3)]
    for number, person in enumerate((by_text, by_both, by_mail)):
        await post.house.people.set_phone(person, f"+44770090012{number}")
        await post.queue(person, Template.BOOKING_REMINDER, facts=REMINDER, due_at_ms=now_ms() + 60_000)
    # Chosen after it was queued.
    for person, channel, is_on in (
        (by_text, Channel.SMS, True),
        (by_text, Channel.EMAIL, False),
        (by_both, Channel.SMS, True),
    ):
        await post.house.store.write(notices.choose, person, (Notice.REMINDERS, channel), is_on)
    await post.pass_time(61)
    async with double.running() as twilio:
        texter = Twilio(double.ACCOUNT_SID, double.AUTH_TOKEN, double.SENDER, api_base=twilio.url, call_s=5.0)
        worker = post.worker(texter=texter)
        twilio.faults.append(double.answers(503))
        for _ in range(3):
            await worker.step()
            await post.pass_time(30)
        await texter.close()
    words = f"You have a session coming up. When and how: {PUBLIC_URL}/sessions"
    assert sorted((text.to, text.body) for text in twilio.accepted) == [
        ("+447700900120", words),
        ("+447700900121", words),
    ]
    assert len(words) <= 160
    assert {str(message["Subject"]) for message in post.mailbox.taken} == {"Your session is coming up"}
    assert len(post.mailbox.taken) == 2


async def test_a_text_whose_answer_did_not_come_is_not_sent_again(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.house.people.set_phone(sam, "+447700900123")
    await post.house.store.write(notices.choose, sam, (Notice.REMINDERS, Channel.SMS), True)
    await post.house.store.write(notices.choose, sam, (Notice.REMINDERS, Channel.EMAIL), False)
    await post.queue(sam, Template.BOOKING_REMINDER, facts=REMINDER)
    async with double.running() as twilio:
        twilio.faults.append(double.resets)
        texter = Twilio(double.ACCOUNT_SID, double.AUTH_TOKEN, double.SENDER, api_base=twilio.url, call_s=5.0)
        for _ in range(2):
            await post.worker(texter=texter).step()
            await post.pass_time(30)
        await texter.close()
    assert len(twilio.calls) == 1 and ("failed", "unanswered") in await post.states()


async def test_what_is_called_off_reminds_nobody_by_either_way(post: PostOffice) -> None:
    sam, _ = await post.house.add("client")
    await post.queue(sam, Template.BOOKING_REMINDER, facts=REMINDER, key="k", due_at_ms=now_ms() + 60_000)
    await post.house.store.write(mail.drop, "k", "ended", now_ms())
    assert await post.states() == [("dropped", "ended")] * 2


async def test_texts_ask_for_a_number_first(post: PostOffice) -> None:
    house = post.house
    sam, email = await house.add("client")
    visitor = Visitor(await serve(build_app(house, instead=NoticesApi(house.store, house.people).routes())))
    await visitor.sign_in(email)
    choice = {"notice": "reminders", "channel": "sms", "is_on": True}
    _, body, _ = await visitor.ask("PUT", "/api/account/notices", choice)
    assert body["code"] == "phone_needed"
    status, body, _ = await visitor.ask("PUT", "/api/account/notices", {**choice, "phone": "+447700900123"})
    assert status == 200 and choice in body["value"]["notices"]
    assert await house.people.phone(sam) == "+447700900123"
    await visitor.http.close()
