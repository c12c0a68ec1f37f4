"""What becomes of a text when Twilio is slow, down, refuses, or answers late."""

import asyncio
import contextlib
import logging
import socket
from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from rtc_server.adapters.redis_store import RedisStore
from rtc_server.errors import PoolUnavailable
from rtc_server.outgoing.alerts import Kind
from rtc_server.outgoing.sending import SendState
from rtc_server.store import outbox
from tests.texts.double import answers, answers_late, resets
from tests.texts.office import Office
from tests.texts.test_waves import OVER, WAITING


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_text_that_was_clearly_not_accepted_is_tried_again_after_2_8_and_30_seconds(
    office: Office, status: int
) -> None:
    amara = await office.therapist()
    office.twilio.faults.extend([answers(status)] * 3)
    request = await office.place()
    await office.work()
    for calls, wait_s in enumerate((2, 8, 30), 1):
        assert await office.next_try_after_s(request) == wait_s
        assert len(office.twilio.calls) == calls
        await office.pass_time(wait_s)
        await office.work()
    assert len(office.twilio.calls) == 4
    assert await office.texts_to(amara) == [WAITING]
    assert await office.states(request) == {amara: SendState.SENT}


async def test_after_the_last_try_a_text_has_failed_and_the_next_request_may_text(office: Office) -> None:
    office.rules = replace(office.rules, retries_s=(0.0,))
    amara = await office.therapist()
    office.twilio.faults.extend([answers(500)] * 2)
    first = await office.place()
    await office.work()
    await office.work()
    assert await office.states(first) == {amara: SendState.FAILED}
    await office.place()
    await office.work()
    assert await office.texts_to(amara) == [WAITING]


async def test_a_refused_number_is_not_tried_again(office: Office) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(answers(400, 21211))
    request = await office.place()
    await office.work()
    await office.pass_time(60)
    await office.work()
    assert await office.states(request) == {amara: SendState.FAILED}
    assert len(office.twilio.calls) == 1


async def test_who_answers_stop_is_not_texted_any_more(office: Office) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(answers(400, 21610))
    await office.place()
    await office.work()
    async with office.house.store.read() as connection:
        assert not await outbox.is_reachable(connection, amara)
    await office.place()
    await office.work()
    assert len(office.twilio.calls) == 1


async def test_an_answer_after_the_timeout_is_unclear_and_sent_no_second_time(office: Office) -> None:
    office.call_s = 0.3
    amara = await office.therapist()
    office.twilio.faults.append(answers_late)
    request = await office.place()
    await office.work()
    assert await office.states(request) == {amara: SendState.UNCLEAR}
    office.twilio.let_go()
    await office.pass_time(120)
    await office.work()
    assert await office.texts_to(amara) == [WAITING]


async def test_a_broken_connection_after_the_request_is_unclear(office: Office) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(resets)
    request = await office.place()
    await office.work()
    await office.pass_time(60)
    await office.work()
    assert await office.states(request) == {amara: SendState.UNCLEAR}
    assert await office.texts_to(amara) == [WAITING]


async def test_when_nobody_listens_the_text_was_clearly_not_accepted(office: Office) -> None:
    amara = await office.therapist()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url, office.twilio.url = office.twilio.url, f"http://127.0.0.1:{closed.getsockname()[1]}"
        request = await office.place()
        await office.work()
        assert await office.states(request) == {amara: SendState.QUEUED}
    office.twilio.url = url
    await office.pass_time(2)
    await office.worker().step()
    assert await office.texts_to(amara) == [WAITING]


async def test_two_workers_at_once_send_a_text_once(office: Office) -> None:
    people = [await office.therapist() for _ in range(5)]
    workers = [office.worker() for _ in range(3)]
    await office.place()
    await asyncio.gather(*(worker.step() for worker in workers))
    assert [await office.texts_to(person) for person in people] == [[WAITING]] * 5


async def test_a_text_that_a_dying_worker_was_sending_is_unclear_and_not_sent_by_another(office: Office) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(answers_late)
    request = await office.place()
    dying = asyncio.create_task(office.worker().step())
    await office.twilio.called(1)
    dying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await dying
    assert await office.states(request) == {amara: SendState.SENDING}
    other = office.worker()
    await other.step()
    assert await office.states(request) == {amara: SendState.SENDING}
    await office.pass_time(16)
    await other.step()
    assert await office.states(request) == {amara: SendState.UNCLEAR}
    assert await office.texts_to(amara) == [WAITING]


async def test_a_request_that_closes_while_its_text_is_being_sent_is_followed_by_no_longer_waiting(
    office: Office,
) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(answers_late)
    request = await office.place()
    sending = asyncio.create_task(office.worker().step())
    await office.twilio.called(1)
    await office.cancel(request)
    office.twilio.let_go()
    await sending
    await office.work()
    assert await office.texts_to(amara) == [WAITING, OVER]


async def test_a_text_to_be_tried_again_dies_with_its_request(office: Office) -> None:
    amara = await office.therapist()
    office.twilio.faults.append(answers(500))
    request = await office.place()
    await office.work()
    await office.cancel(request)
    await office.pass_time(60)
    await office.work()
    assert await office.states(request) == {amara: SendState.DROPPED}
    assert await office.states(request, Kind.OVER) == {}
    assert len(office.twilio.calls) == 1


async def test_a_provider_that_keeps_failing_is_left_alone_and_no_try_is_used_up(office: Office) -> None:
    office.failures_max = 2
    office.twilio.faults.extend([answers(500)] * 8)
    people = [await office.therapist() for _ in range(12)]
    await office.place()
    await office.work()
    called = len(office.twilio.calls)
    assert called < len(people)
    await office.pass_time(10)
    await office.work()
    assert len(office.twilio.calls) == called


async def test_while_redis_is_away_nothing_is_sent(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    nowhere = RedisStore("unix:///nowhere/valkey.sock", connect_s=0.1, command_s=0.1)
    reachable, office.redis = office.redis, nowhere
    with pytest.raises(PoolUnavailable):
        await office.worker().step()
    await nowhere.close()
    office.redis = reachable
    assert office.twilio.calls == []
    await office.worker().step()
    assert await office.states(request) == {amara: SendState.SENT}


async def test_without_an_sms_service_a_text_is_kept_to_be_read(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.worker(is_set_up=False).step()
    assert await office.states(request) == {amara: SendState.KEPT}
    await office.cancel(request)
    await office.work()
    assert await office.states(request, Kind.OVER) == {amara: SendState.KEPT}
    assert office.twilio.calls == []


async def test_neither_the_log_nor_the_database_holds_a_number_or_a_name(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    amara = await office.therapist()
    office.twilio.faults.append(answers(400, 21211))
    await office.place()
    await office.work()
    number = await office.number(amara)
    said = caplog.text
    assert "text=" in said
    assert number not in said and number[1:] not in said and "Canary" not in said and "client is waiting" not in said
    async with office.house.store.read() as connection:
        rows = (await connection.execute(sql("SELECT * FROM outbox"))).all()
        people = (await connection.execute(sql("SELECT * FROM person"))).all()
    assert number[1:].encode() not in repr((rows, people)).encode()
