"""A therapist's invitations to their own clients, from the mail to the list of users."""

import uuid

from rtc_server.retention import INVITATIONS_KEPT_MS
from rtc_server.store import referrals
from rtc_server.store.database import now_ms
from tests.accounts.house import Visitor
from tests.accounts.test_sign_up import form, signed_up
from tests.booking.practice import Practice, ok, refused

ADDRESS = "noor@people.example"


async def invited(practice: Practice, therapist: Visitor, email: str = ADDRESS) -> str:
    """The code in the link of the mail."""
    await ok(therapist, "POST", "/api/invited", {"email": email})
    template, address, facts = (await practice.house.mailed())[0]
    assert (template, address) == ("invite_client", email)
    return str(facts["link"]).removeprefix("/invited/")


def finding(code: str) -> tuple[str, str, dict[str, str]]:
    return "POST", "/api/invitations/find", {"code": code}


def accepting(code: str) -> tuple[str, str, dict[str, str]]:
    return "POST", "/api/invitations/accept", {"code": code}


def taking_back(code: str) -> tuple[str, str, dict[str, str]]:
    return "POST", "/api/invited/take-back", {"code": code}


async def users(therapist: Visitor) -> set[str]:
    return {user["id"] for user in (await ok(therapist, "GET", "/api/users"))["users"]}


async def leads_nowhere(practice: Practice, code: str) -> bool:
    return await refused(Visitor(practice.http), *finding(code)) == "referral_not_found"


async def run_out(practice: Practice, code: str, until_ms: int) -> None:
    await practice.house.store.write(referrals.prolong, code, until_ms)


async def test_who_signs_up_by_the_link_is_the_therapists_and_the_link_works_once(practice: Practice) -> None:
    _, therapist = await practice.therapist()
    code = await invited(practice, therapist)
    stranger = Visitor(practice.http)
    assert (await ok(stranger, *finding(code.lower())))["by_name"] == "Amara Okafor"
    _, me = await signed_up(practice.house, stranger, referral_code=code)
    assert await users(therapist) == {me["id"]}
    assert (await ok(therapist, "GET", "/api/invited"))["invitations"] == []
    assert await leads_nowhere(practice, code)
    assert (
        await refused(Visitor(practice.http), "POST", "/api/sign-up", form(referral_code=code)) == "referral_not_found"
    )


async def test_somebody_with_an_account_accepts_with_it(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    code = await invited(practice, therapist)
    assert (await ok(client, *accepting(code)))["therapist_id"] == therapist_id
    assert await users(therapist) == {client_id}
    _, other = await practice.client()
    assert await refused(other, *accepting(code)) == "referral_not_found"


async def test_inviting_again_is_the_same_link_and_a_second_press_no_second_mail(practice: Practice) -> None:
    _, therapist = await practice.therapist()
    code = await invited(practice, therapist)
    first = (await ok(therapist, "GET", "/api/invited"))["invitations"][0]["until_ms"]
    [again] = (await ok(therapist, "POST", "/api/invited", {"email": f" {ADDRESS.upper()}"}))["invitations"]
    assert (again["code"], again["email"]) == (code, ADDRESS) and again["until_ms"] >= first
    assert len(await practice.house.mailed()) == 1


async def test_an_invitation_is_taken_back_by_its_therapist_alone(practice: Practice) -> None:
    _, therapist = await practice.therapist()
    _, other = await practice.therapist()
    code = await invited(practice, therapist)
    assert (await ok(other, "GET", "/api/invited"))["invitations"] == []
    assert await refused(other, *taking_back(code)) == "not_found"
    assert (await ok(therapist, *taking_back(code)))["invitations"] == []
    assert await leads_nowhere(practice, code)
    assert await refused(therapist, *taking_back(code)) == "not_found"


async def test_an_invitation_that_ran_out_opens_nothing_until_it_is_sent_again_and_is_forgotten_later(
    practice: Practice,
) -> None:
    _, therapist = await practice.therapist()
    _, client = await practice.client()
    code, now = await invited(practice, therapist), now_ms()
    await run_out(practice, code, now - 1)
    assert await refused(client, *accepting(code)) == "referral_not_found"
    await ok(therapist, "POST", "/api/invited", {"email": ADDRESS})
    assert (await ok(client, *finding(code)))["code"] == code
    await run_out(practice, code, now - 1)
    assert await practice.house.store.write(referrals.forget_invitations, now - INVITATIONS_KEPT_MS) == 0
    assert await practice.house.store.write(referrals.forget_invitations, now) == 1
    assert (await ok(therapist, "GET", "/api/invited"))["invitations"] == []


async def test_an_operators_code_is_no_invitation(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    admin_id, email = await practice.house.add("admin")
    operator = await practice.visitor(email)
    code = await practice.house.store.write(referrals.make, therapist_id, admin_id, now_ms())
    await invited(practice, therapist)
    assert [line["code"] for line in (await ok(operator, "GET", "/api/referrals"))["codes"]] == [code]
    assert await refused(therapist, *taking_back(code)) == "not_found"
    assert await refused(therapist, "POST", "/api/invited", {"email": "no address"}) == "bad_message"
    assert await leads_nowhere(practice, uuid.uuid4().hex[:8])


async def test_a_therapist_sends_so_many_an_hour_and_no_more(practice: Practice) -> None:
    _, therapist = await practice.therapist()
    for number in range(practice.settings.invitations_per_hour):
        await ok(therapist, "POST", "/api/invited", {"email": f"client{number}@people.example"})
    assert await refused(therapist, "POST", "/api/invited", {"email": ADDRESS}) == "too_often"
