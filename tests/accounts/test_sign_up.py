"""Signing up, forgotten passwords, new addresses and one's sign-ins, over HTTP as pages speak it."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from booking_core.schema import person as person_table
from rtc_server import texts
from rtc_server.store import referrals
from rtc_server.store.account_schema import acceptance, referral
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audit
from tests.accounts.house import PASSWORD, House, Visitor, build_app, serve

NewVisitor = Callable[[], Visitor]


def form(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "role": "client",
        "email": f"{uuid.uuid4()}@people.example",
        "password": "quiet river lantern",
        "first_name": "Noor",
        "last_name": "Haddad",
        "date_of_birth": "1990-05-04",
        "accepts_version": texts.ACCOUNT_VERSION,
        **changes,
    }


async def signed_up(house: House, caller: Visitor, **changes: Any) -> tuple[dict[str, Any], Any]:
    """The form, and who has come in by the code from the mail."""
    asked = form(**changes)
    status, body, _ = await caller.ask("POST", "/api/sign-up", asked)
    assert (status, body) == (200, {"ok": True, "value": None})
    status, body, headers = await caller.ask(
        "POST", "/api/sign-up/confirm", {"id": asked["id"], "code": await house.code()}
    )
    assert status == 200, body
    caller.token = headers["Set-Cookie"].split("=", 1)[1].split(";", 1)[0]
    return asked, body["value"]


async def test_a_client_signs_up_by_the_code_from_the_mail_and_is_in(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    asked, me = await signed_up(house, caller)
    assert (me["role"], me["first_name"]) == ("client", "Noor")
    assert (await caller.ask("GET", "/api/home"))[0] == 200
    [(template, address, _)] = await house.mailed()
    assert (template, address) == ("verify_email", asked["email"])
    async with house.store.read() as connection:
        accepted = (await connection.execute(select(acceptance.c.kind, acceptance.c.version))).all()
        actions = (await connection.execute(select(audit.c.action).order_by(audit.c.seq))).scalars().all()
    assert [tuple(row) for row in accepted] == [("account", texts.ACCOUNT_VERSION)]
    assert actions == ["person:sign_up", "person:sign_in"]
    assert (await house.people.person(me["id"])).date_of_birth == "1990-05-04"


async def test_signing_up_ends_the_sign_in_that_this_browser_had(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    _, email = await house.add("client")
    await caller.sign_in(email)
    former = caller.token
    await signed_up(house, caller)
    caller.token, own = former, caller.token
    assert (await caller.ask("GET", "/api/me"))[0] == 401
    caller.token = own
    assert (await caller.ask("GET", "/api/me"))[0] == 200


async def test_nobody_has_an_account_before_the_code_and_a_code_is_tried_five_times(
    house: House, visitor: NewVisitor
) -> None:
    caller, asked = visitor(), form()
    await caller.ask("POST", "/api/sign-up", asked)
    code = await house.code()
    assert await house.people.by_email(asked["email"]) is None
    for _ in range(5):
        status, body, _ = await caller.ask("POST", "/api/sign-up/confirm", {"id": asked["id"], "code": "0000 0001"})
        assert (status, body["code"]) == (401, "wrong_code")
    status, body, _ = await caller.ask("POST", "/api/sign-up/confirm", {"id": asked["id"], "code": code})
    assert (status, body["code"]) == (401, "wrong_code")


async def test_the_code_of_one_try_does_not_open_another(house: House, visitor: NewVisitor) -> None:
    """Who signs up with somebody else's address has the id, the owner has the code: neither has both."""
    caller, theirs, own = visitor(), form(), form()
    own["email"] = theirs["email"]
    await caller.ask("POST", "/api/sign-up", theirs)
    code = await house.code()
    await caller.ask("POST", "/api/sign-up", own)
    status, body, _ = await caller.ask("POST", "/api/sign-up/confirm", {"id": own["id"], "code": code})
    assert (status, body["code"]) == (401, "wrong_code")


async def test_a_known_address_is_told_by_mail_alone(house: House, visitor: NewVisitor) -> None:
    known_id, email = await house.add("client")
    caller, asked = visitor(), form(email=email)
    known, unknown = [await caller.ask("POST", "/api/sign-up", one) for one in (asked, form())]
    assert known[:2] == unknown[:2]
    templates = [template for template, _, _ in await house.mailed()]
    assert sorted(templates) == ["already_registered", "verify_email"]
    status, body, _ = await caller.ask("POST", "/api/sign-up/confirm", {"id": asked["id"], "code": "12345678"})
    assert (status, body["code"]) == (401, "wrong_code")
    found = await house.people.by_email(email)
    assert found is not None
    assert found[0].id == known_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "short"}, "weak_password"),
        ({"password": "password123"}, "weak_password"),
        ({"password": "aaaaaaaaaaaaaa"}, "weak_password"),
        ({"date_of_birth": "2026-02-30"}, "bad_message"),
        ({"date_of_birth": "2099-01-01"}, "bad_message"),
        ({"date_of_birth": "2020-01-01"}, "not_of_age"),
        ({"accepts_version": "1900-01"}, "terms_outdated"),
        ({"referral_code": "NOSUCHCODE"}, "referral_not_found"),
        ({"role": "admin"}, "bad_message"),
        ({"role": "therapist", "date_of_birth": "2012-01-01"}, "not_of_age"),
        ({"email": "no address"}, "bad_message"),
    ],
)
async def test_what_is_wrong_with_a_form_is_said_before_any_address_is_looked_at(
    house: House, visitor: NewVisitor, changes: dict[str, str], code: str
) -> None:
    status, body, _ = await visitor().ask("POST", "/api/sign-up", form(**changes))
    assert (body["code"], await house.mailed()) == (code, []), status


async def test_a_password_that_is_the_own_address_is_weak(visitor: NewVisitor) -> None:
    asked = form(email="noor.haddad@people.example", password="noor.haddad")
    assert (await visitor().ask("POST", "/api/sign-up", asked))[1]["code"] == "weak_password"


async def test_a_referral_code_gives_the_client_their_own_therapist(house: House, visitor: NewVisitor) -> None:
    therapist_id, _ = await house.add("therapist")
    admin_id, _ = await house.add("admin")
    code = await house.store.write(referrals.make, therapist_id, admin_id, now_ms())
    _, me = await signed_up(house, visitor(), referral_code=f" {code[:4].lower()}-{code[4:]}")
    async with house.store.read() as connection:
        query = select(person_table.c.own_therapist_id).where(person_table.c.id == me["id"])
        assert (await connection.execute(query)).scalar_one() == therapist_id
        assert (await connection.execute(select(referral.c.used))).scalar_one() == 1
    await house.store.write(referrals.end, code, now_ms())
    assert (await visitor().ask("POST", "/api/sign-up", form(referral_code=code)))[1]["code"] == "referral_not_found"


async def test_a_forgotten_password_is_replaced_by_the_code_and_every_sign_in_ends(
    house: House, visitor: NewVisitor
) -> None:
    _, email = await house.add("client")
    caller = visitor()
    await caller.sign_in(email)
    challenge = {"id": str(uuid.uuid4()), "email": email}
    assert (await caller.ask("POST", "/api/password/forgot", challenge))[0] == 200
    body = {"id": challenge["id"], "code": await house.code(), "password": "quiet river lantern"}
    assert (await caller.ask("POST", "/api/password/reset", body))[0] == 200
    assert (await caller.ask("GET", "/api/me"))[0] == 401
    assert (await caller.ask("POST", "/api/sign-in", {"email": email, "password": PASSWORD}))[0] == 401
    await caller.sign_in(email, "quiet river lantern")
    assert (await house.mailed())[0][0] == "password_changed"
    again = {**body, "password": "another quiet river"}
    assert (await caller.ask("POST", "/api/password/reset", again))[1]["code"] == "wrong_code", "a code works once"


async def test_an_unknown_or_disabled_address_gets_the_same_answer_and_no_mail(
    house: House, visitor: NewVisitor
) -> None:
    disabled_id, email = await house.add("client")
    await house.disable(disabled_id)
    for address in (email, "nobody@people.example"):
        body = {"id": str(uuid.uuid4()), "email": address}
        assert (await visitor().ask("POST", "/api/password/forgot", body))[:2] == (200, {"ok": True, "value": None})
        tried = {"id": body["id"], "code": "12345678", "password": "quiet river lantern"}
        assert (await visitor().ask("POST", "/api/password/reset", tried))[1]["code"] == "wrong_code"
    assert await house.mailed() == []


async def test_no_answer_about_an_address_comes_before_the_time_that_hides_the_work(house: House) -> None:
    _, known = await house.add("client")
    http = await serve(build_app(house, answer_s=0.4))
    caller = Visitor(http)

    async def taken_s(path: str, body: dict[str, Any]) -> float:
        begun = time.perf_counter()
        await caller.ask("POST", path, body)
        return time.perf_counter() - begun

    def code() -> dict[str, str]:
        return {"id": str(uuid.uuid4()), "code": "12345678"}

    asked = [
        *(taken_s("/api/sign-up", form(email=email)) for email in (known, "nobody@people.example")),
        *(
            taken_s("/api/password/forgot", {"id": str(uuid.uuid4()), "email": email})
            for email in (known, "a@b.example")
        ),
        taken_s("/api/sign-up/confirm", code()),
        taken_s("/api/password/reset", {**code(), "password": "quiet river lantern"}),
        taken_s("/api/password/reset", {**code(), "password": "short"}),
    ]
    assert min(await asyncio.gather(*asked)) >= 0.4
    await http.close()


async def test_one_address_gets_few_mails_an_hour_and_nobody_sees_when_they_stop(
    house: House, visitor: NewVisitor
) -> None:
    _, email = await house.add("client")
    for _ in range(9):
        body = {"id": str(uuid.uuid4()), "email": email}
        assert (await visitor().ask("POST", "/api/password/forgot", body))[0] == 200
    assert len(await house.mailed()) == 6


async def test_a_password_is_changed_with_the_present_one_and_other_browsers_are_signed_out(
    house: House, visitor: NewVisitor
) -> None:
    _, email = await house.add("therapist")
    here, there = visitor(), visitor()
    await here.sign_in(email)
    await there.sign_in(email)
    body = {"present": "wrong", "password": "quiet river lantern"}
    assert (await here.ask("POST", "/api/account/password", body))[1]["code"] == "wrong_password"
    assert (await here.ask("POST", "/api/account/password", {**body, "present": PASSWORD}))[0] == 200
    assert (await here.ask("GET", "/api/me"))[0] == 200
    assert (await there.ask("GET", "/api/me"))[0] == 401


async def test_an_address_is_changed_by_the_code_sent_to_the_new_one_and_the_old_one_is_told(
    house: House, visitor: NewVisitor
) -> None:
    _, email = await house.add("client")
    caller, moved = visitor(), f"{uuid.uuid4()}@moved.example"
    await caller.sign_in(email)
    body = {"id": str(uuid.uuid4()), "email": moved, "present": PASSWORD}
    assert (await caller.ask("POST", "/api/account/email", {**body, "present": "wrong"}))[1]["code"] == "wrong_password"
    assert (await caller.ask("POST", "/api/account/email", body))[0] == 200
    assert (await house.mailed())[0][1] == moved
    other = visitor()
    _, other_email = await house.add("client")
    await other.sign_in(other_email)
    answer = {"id": body["id"], "code": await house.code()}
    assert (await other.ask("POST", "/api/account/email/confirm", answer))[1]["code"] == "wrong_code"


async def test_moving_to_the_new_address_ends_the_old_one(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    caller, moved = visitor(), f"{uuid.uuid4()}@moved.example"
    await caller.sign_in(email)
    body = {"id": str(uuid.uuid4()), "email": moved, "present": PASSWORD}
    await caller.ask("POST", "/api/account/email", body)
    assert (await caller.ask("POST", "/api/account/email/confirm", {"id": body["id"], "code": await house.code()}))[
        0
    ] == 200
    assert (await caller.ask("GET", "/api/account"))[1]["value"]["email"] == moved
    assert (await house.mailed())[0][:2] == ("email_changed", email)
    assert await house.people.by_email(email) is None
    await visitor().sign_in(moved)


async def test_an_address_that_is_taken_cannot_be_moved_to_and_its_owner_is_told(
    house: House, visitor: NewVisitor
) -> None:
    _, email = await house.add("client")
    _, taken = await house.add("client")
    caller = visitor()
    await caller.sign_in(email)
    body = {"id": str(uuid.uuid4()), "email": taken, "present": PASSWORD}
    assert (await caller.ask("POST", "/api/account/email", body))[:2] == (200, {"ok": True, "value": None})
    assert [template for template, _, _ in await house.mailed()] == ["already_registered"]


async def test_sign_ins_are_listed_and_ended_one_by_one_and_all_at_once(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    here, phone, other = visitor(), visitor(), visitor()
    _, stranger_email = await house.add("client")
    agent = {"User-Agent": "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"}
    _, _, headers = await phone.ask("POST", "/api/sign-in", {"email": email, "password": PASSWORD}, agent)
    phone.token = headers["Set-Cookie"].split("=", 1)[1].split(";", 1)[0]
    await here.sign_in(email)
    await other.sign_in(stranger_email)
    lines = (await here.ask("GET", "/api/account/sign-ins"))[1]["value"]["sign_ins"]
    assert [line["is_this"] for line in lines].count(True) == 1
    [on_phone] = [line for line in lines if not line["is_this"]]
    assert on_phone["agent"] == "Firefox on Android"
    assert (await other.ask("POST", f"/api/account/sign-ins/{on_phone['id']}/end"))[0] == 404
    assert (await here.ask("POST", f"/api/account/sign-ins/{on_phone['id']}/end"))[0] == 200
    assert (await phone.ask("GET", "/api/me"))[0] == 401
    status, _, headers = await here.ask("POST", "/api/account/sign-out-everywhere")
    assert (status, headers["Clear-Site-Data"]) == (200, '"storage"')
    assert "Max-Age=0" in headers["Set-Cookie"]
    assert (await here.ask("GET", "/api/me"))[0] == 401
    assert (await other.ask("GET", "/api/me"))[0] == 200
