"""Who is texted when somebody waits, and who is not."""

from dataclasses import replace

from rtc_server.outgoing import alerts
from rtc_server.outgoing.alerts import Kind
from rtc_server.outgoing.sending import TRANSITIONS, SendState
from rtc_server.pool import Request, State, TherapistFacts
from tests.texts.office import PUBLIC_URL, RULES, Office

WAITING = f"A client is waiting. Open your dashboard: {PUBLIC_URL}/"
OVER = "The client we texted you about is no longer waiting."


async def test_a_reachable_therapist_with_no_page_open_is_texted_without_name_or_condition(office: Office) -> None:
    amara = await office.therapist()
    await office.place(area="mind", issue="Anxiety")
    await office.work()
    assert await office.texts_to(amara) == [WAITING]
    assert len(WAITING) <= 160 and WAITING.isascii()


async def test_only_who_wants_texts_is_approved_and_fits_is_texted(office: Office) -> None:
    asked_not = await office.therapist(is_reachable=False)
    unapproved = await office.therapist(is_approved=False)
    other_area = await office.therapist(areas=("work",))
    other_language = await office.therapist(languages=("fr",))
    other_gender = await office.therapist(gender="male")
    disabled = await office.therapist()
    await office.house.disable(disabled)
    fitting = await office.therapist()
    request = await office.place(area="mind", language="en", therapist_gender="female")
    await office.work()
    assert set(await office.states(request)) == {fitting}
    for person in (asked_not, unapproved, other_area, other_language, other_gender, disabled):
        assert await office.texts_to(person) == []
    assert await office.texts_to(fitting) == [WAITING]


async def test_a_therapist_with_a_page_open_is_not_texted(office: Office) -> None:
    amara = await office.therapist()
    await office.open_page(amara)
    request = await office.place()
    await office.work()
    assert office.twilio.calls == []
    assert await office.states(request) == {amara: SendState.DROPPED}


async def test_a_page_opened_before_the_text_is_sent_stops_it(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.open_page(amara)
    await office.work()
    assert office.twilio.calls == []
    assert await office.states(request) == {amara: SendState.DROPPED}


async def test_a_therapist_in_a_session_is_not_texted(office: Office) -> None:
    amara = await office.therapist()
    client_id, _ = await office.house.add("client")
    await office.house.add_session(client_id, amara)
    request = await office.place()
    await office.work()
    assert await office.states(request) == {}
    assert office.twilio.calls == []


async def test_who_is_no_longer_approved_when_it_is_sent_is_not_texted(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.approve(amara, False)
    await office.work()
    assert await office.states(request) == {amara: SendState.DROPPED}
    assert office.twilio.calls == []


async def test_a_therapist_without_a_number_is_passed_over(office: Office) -> None:
    amara = await office.therapist(phone=None)
    request = await office.place()
    await office.work()
    assert await office.states(request) == {amara: SendState.DROPPED}


async def test_a_therapist_is_texted_once_in_five_minutes_and_then_again(office: Office) -> None:
    amara = await office.therapist()
    first = await office.place()
    await office.work()
    second, third = await office.place(), await office.place()
    await office.work()
    assert await office.texts_to(amara) == [WAITING]
    await office.pass_time(270)
    await office.work()
    assert await office.texts_to(amara) == [WAITING]
    await office.pass_time(30)
    await office.work()
    assert await office.texts_to(amara) == [WAITING, WAITING]
    await office.cancel(first)
    assert sorted([*(await office.states(second)).values(), *(await office.states(third)).values()]) == [
        SendState.QUEUED,
        SendState.SENT,
    ]


async def test_texts_queued_together_are_one_text(office: Office) -> None:
    amara = await office.therapist()
    await office.place()
    await office.place()
    await office.work()
    assert await office.texts_to(amara) == [WAITING]


async def test_widening_texts_only_those_who_may_see_the_card_since(office: Office) -> None:
    near, far = await office.therapist(), await office.therapist(areas=("work",))
    request = await office.place(area="mind")
    await office.work()
    late = await office.therapist()  # wants texts only since the first wave: nothing has widened for them
    await office.pass_time(600)
    await office.widen(request)
    await office.work()
    assert await office.texts_to(near) == [WAITING]
    assert await office.texts_to(far) == [WAITING]
    assert await office.texts_to(late) == []


async def test_a_therapist_whom_the_cap_kept_out_is_texted_in_a_later_wave(office: Office) -> None:
    office.rules = replace(office.rules, cap_s=30.0)
    amara = await office.therapist()
    first = await office.place()
    await office.work()
    await office.cancel(first)
    second = await office.place()
    await office.work()
    assert (await office.states(second))[amara] is SendState.QUEUED
    await office.pass_time(30)
    await office.widen(second)
    await office.work()
    assert (await office.texts_to(amara)).count(WAITING) == 2


async def test_the_closing_request_takes_its_queued_texts_along(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.cancel(request)
    assert await office.states(request) == {amara: SendState.DROPPED}
    await office.work()
    assert office.twilio.calls == []


async def test_while_a_therapist_holds_the_request_nobody_is_texted_and_a_no_brings_it_back(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.accept(request)
    await office.work()
    assert office.twilio.calls == []
    await office.decline(request)
    await office.work()
    assert await office.texts_to(amara) == [WAITING]


async def test_no_longer_waiting_is_told_once_to_each_who_was_texted(office: Office) -> None:
    texted = [await office.therapist(), await office.therapist()]
    untold = await office.therapist(areas=("work",))
    request = await office.place(area="mind")
    await office.work()
    await office.accept(request)
    await office.work()
    assert (await office.states(request, Kind.OVER)) == {}
    await office.agree(request)
    await office.cancel(request)
    await office.work()
    await office.work()
    for person in texted:
        assert await office.texts_to(person) == [WAITING, OVER]
    assert await office.texts_to(untold) == []


async def test_no_longer_waiting_goes_to_the_number_that_was_texted(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.work()
    await office.house.people.set_phone(amara, "+447700999999")
    await office.cancel(request)
    await office.work()
    assert [text.body for text in office.twilio.accepted] == [WAITING, OVER]
    assert len({text.to for text in office.twilio.accepted}) == 1


async def test_who_was_texted_more_than_ten_minutes_ago_is_not_told(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.work()
    await office.pass_time(601)
    await office.cancel(request)
    await office.work()
    assert await office.texts_to(amara) == [WAITING]


async def test_no_longer_waiting_is_not_told_later_than_two_minutes_after_the_close(office: Office) -> None:
    amara = await office.therapist()
    request = await office.place()
    await office.work()
    await office.cancel(request)
    await office.pass_time(121)
    await office.work()
    assert await office.texts_to(amara) == [WAITING]
    assert await office.states(request, Kind.OVER) == {amara: SendState.DROPPED}


async def test_one_client_who_asks_again_and_again_causes_only_so_many_texts_in_an_hour(office: Office) -> None:
    office.rules = replace(office.rules, cap_s=0.0, per_client_hour=3)
    first, second = await office.therapist(), await office.therapist()
    request = await office.place()
    await office.work()
    for _ in range(3):
        await office.cancel(request)
        request = await office.place(again=request)
        await office.work()
    told = [*await office.texts_to(first), *await office.texts_to(second)]
    assert told.count(WAITING) == 3
    await office.place()
    await office.work()
    told = [*await office.texts_to(first), *await office.texts_to(second)]
    assert told.count(WAITING) == 5, "another client is not held up"
    await office.cancel(request)
    await office.pass_time(3_600)
    await office.place(again=request)
    await office.work()
    told = [*await office.texts_to(first), *await office.texts_to(second)]
    assert told.count(WAITING) == 7


async def test_a_client_who_asked_to_be_called_back_is_texted_once_and_not_after_half_an_hour(office: Office) -> None:
    first, second = await office.place(), await office.place()
    await office.house.people.set_phone(first.client_id, "+447700900777")
    await office.house.people.set_phone(second.client_id, "+447700900778")
    await office.call_back(first)
    await office.call_back(first)
    await office.work()
    assert office.twilio.bodies("+447700900777") == [
        f"Someone is free now. Your place is kept for 30 minutes: {PUBLIC_URL}/talk"
    ]
    await office.call_back(second)
    await office.pass_time(1_800)
    await office.work()
    assert office.twilio.bodies("+447700900778") == []


async def test_nobody_is_texted_about_a_rehearsal() -> None:
    therapist = TherapistFacts("t", frozenset({"en"}), frozenset({"mind"}), "female", False, False)
    request = Request("r", "c", State.WAITING, 1, 1, "mind", "en", "none", False, False, 0, 0, 0, 1)
    assert alerts.fits(request, therapist, 0, RULES)
    assert not alerts.fits(replace(request, is_rehearsal=True, only_for="t"), therapist, 0, RULES)


def test_what_is_final_stays_and_a_text_goes_out_by_one_way_alone() -> None:
    final = {SendState.DELIVERED, SendState.FAILED, SendState.KEPT, SendState.DROPPED}
    assert {state for state, _ in TRANSITIONS}.isdisjoint(final)
    assert [state for (state, fact), to in TRANSITIONS.items() if to is SendState.SENDING] == [SendState.QUEUED]
    assert [
        to for (state, fact), to in TRANSITIONS.items() if state is SendState.UNCLEAR and to is SendState.QUEUED
    ] == []
