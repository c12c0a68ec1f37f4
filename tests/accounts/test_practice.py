"""Cards, applications and the operator's pages about people, over HTTP as pages speak it."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from PIL import Image
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import therapist as therapist_table
from rtc_server import texts
from rtc_server.store import agreements, applications
from rtc_server.store.database import now_ms
from tests.accounts.house import ORIGIN, PASSWORD, House, Visitor

NewVisitor = Callable[[], Visitor]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CARD = {
    "first_name": "Amara",
    "last_name": "Okafor",
    "title": "Psychotherapist",
    "experience_years": 12,
    "gender": "female",
    "languages": ["en", "fr"],
    "areas": ["mind", "work"],
    "bio": "I listen first.",
}


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "canary place"
    Image.new("RGB", size, "teal").save(written, kind, exif=exif)
    return written.getvalue()


async def send_file(caller: Visitor, path: str, content: bytes, name: str = "paper.pdf") -> tuple[int, Any]:
    headers = {"Content-Type": "application/octet-stream", "X-File-Name": name}
    status, body, _ = await caller.ask("POST", path, content, headers)
    return status, body


async def entered(house: House, visitor: NewVisitor, role: str) -> tuple[Visitor, str]:
    person_id, _ = await house.add(role)
    caller = visitor()
    caller.token, _ = await house.auth.admit(person_id, role, "192.0.2.1", "")
    return caller, person_id


async def applicant(house: House, visitor: NewVisitor) -> tuple[Visitor, str]:
    """A therapist who is not approved, as sign-up leaves them."""
    caller, person_id = await entered(house, visitor, "therapist")

    async def body(connection: AsyncConnection) -> None:
        blank = {"is_approved": False, "title": "", "areas": "", "bio": ""}
        await connection.execute(
            update(therapist_table).where(therapist_table.c.person_id == person_id).values(**blank)
        )
        await applications.begin(connection, person_id)

    await house.store.write(body)
    return caller, person_id


async def test_an_application_goes_from_a_blank_card_to_a_therapist_who_may_work(
    house: House, visitor: NewVisitor
) -> None:
    caller, person_id = await applicant(house, visitor)
    operator, _ = await entered(house, visitor, "admin")
    assert (await caller.ask("GET", "/api/me"))[1]["value"]["must_apply"] is True
    own = (await caller.ask("GET", "/api/application"))[1]["value"]
    assert (own["state"], own["missing"]) == ("draft", ["title", "areas", "bio", "papers"])
    accepts = {"accepts_version": texts.CONDUCT_VERSION}
    assert (await caller.ask("POST", "/api/application/send", accepts))[1]["code"] == "unfinished"
    assert (await operator.ask("GET", "/api/applications"))[1]["value"] == {"applications": []}
    assert (await operator.ask("GET", f"/api/applications/{person_id}"))[0] == 404, "a draft is nobody else's"

    assert (await caller.ask("PUT", "/api/account/card", CARD))[0] == 200
    assert (await send_file(caller, "/api/application/papers", PDF, "My%20diploma.exe"))[0] == 200
    assert (await caller.ask("POST", "/api/application/send", {"accepts_version": "old"}))[1][
        "code"
    ] == "terms_outdated"
    sent = (await caller.ask("POST", "/api/application/send", accepts))[1]["value"]
    assert (sent["state"], sent["papers"][0]["name"]) == ("sent", "My diploma.pdf")
    assert (await send_file(caller, "/api/application/papers", PDF))[1]["code"] == "already_decided"

    detail = (await operator.ask("GET", f"/api/applications/{person_id}"))[1]["value"]
    no = {"version": detail["version"], "is_approved": False, "words": ""}
    decide = f"/api/applications/{person_id}/decide"
    assert (await operator.ask("POST", decide, no))[1]["code"] == "unfinished", "a no says what is missing"
    assert (await operator.ask("POST", decide, {**no, "words": "Your insurance is missing."}))[0] == 200
    assert (await caller.ask("GET", "/api/application"))[1]["value"]["words"] == "Your insurance is missing."
    await send_file(caller, "/api/application/papers", picture("JPEG"), "insurance.jpg")
    await caller.ask("POST", "/api/application/send", accepts)
    yes = {"version": detail["version"], "is_approved": True, "words": ""}
    assert (await operator.ask("POST", decide, yes))[1]["code"] == "already_decided", "it was sent anew meanwhile"
    again = (await operator.ask("GET", f"/api/applications/{person_id}"))[1]["value"]
    assert (await operator.ask("POST", decide, {**yes, "version": again["version"]}))[0] == 200
    assert (await caller.ask("GET", "/api/me"))[1]["value"]["must_apply"] is False
    told = [template for template, _, _ in await house.mailed()]
    assert [template for template in told if template != "papers_waiting"] == [
        "application_approved",
        "application_refused",
    ]
    assert "papers_waiting" in told, "the operator was told that it came"


async def test_a_paper_is_read_by_its_owner_and_by_operators_as_a_download(house: House, visitor: NewVisitor) -> None:
    caller, _ = await applicant(house, visitor)
    _, body = await send_file(caller, "/api/application/papers", PDF)
    path = f"/api/papers/{body['value']['papers'][0]['id']}/file"
    for role, status in (("client", 404), ("therapist", 404), ("admin", 200)):
        other, _ = await entered(house, visitor, role)
        assert (await other.ask("GET", path))[0] == status, role
    status, _, headers = await caller.ask("GET", path)
    assert (status, headers["Content-Disposition"]) == (200, "attachment; filename*=UTF-8''paper.pdf")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>" + b"\xff",
        b"MZ\x90\x00 a program",
        picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
    ],
    ids=["empty", "svg", "program", "half a picture", "a picture by its first bytes only"],
)
async def test_what_is_no_paper_is_refused_whatever_it_is_called(
    house: House, visitor: NewVisitor, content: bytes
) -> None:
    caller, _ = await applicant(house, visitor)
    status, body = await send_file(caller, "/api/application/papers", content, "diploma.pdf")
    assert (status, body["code"]) == (422, "file_refused")


async def test_a_picture_of_a_wall_is_refused_before_it_is_decoded(house: House, visitor: NewVisitor) -> None:
    caller, _ = await entered(house, visitor, "therapist")
    wall = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(wall, "PNG")
    assert (await send_file(caller, "/api/account/photo", wall.getvalue()))[1]["code"] == "file_refused"


async def test_a_file_that_is_too_large_is_cut_off(house: House, visitor: NewVisitor) -> None:
    caller, _ = await applicant(house, visitor)
    assert (await send_file(caller, "/api/application/papers", b"%PDF-" + b"x" * 1_000_000))[0] == 413


async def test_a_photo_is_made_anew_and_shown_on_the_card(house: House, visitor: NewVisitor) -> None:
    caller, _ = await entered(house, visitor, "therapist")
    given = picture("JPEG", (2_000, 1_000))
    assert b"canary" in given
    _, body = await send_file(caller, "/api/account/photo", given, "me.jpg")
    path = body["value"]["photo"]
    client, _ = await entered(house, visitor, "client")
    async with client.http.get(path, headers={"Cookie": f"__Host-sign-in={client.token}", "Origin": ORIGIN}) as answer:
        shown = await answer.read()
    with Image.open(io.BytesIO(shown)) as found:
        assert (found.format, max(found.size)) == ("JPEG", 900)
    assert b"canary" not in shown
    await send_file(caller, "/api/account/photo", picture())
    assert (await client.ask("GET", path))[0] == 404, "the one before is gone"
    assert (await caller.ask("DELETE", "/api/account/photo"))[1]["value"]["photo"] is None


async def test_a_changed_card_is_told_to_every_process(house: House, visitor: NewVisitor) -> None:
    caller, person_id = await entered(house, visitor, "therapist")
    _, body, _ = await caller.ask("PUT", "/api/account/card", {**CARD, "languages": ["fr", "fr", "en"]})
    assert body["value"]["languages"] == ["fr", "en"]
    assert ("duty", person_id, 0) in house.published
    assert (await house.people.person(person_id)).first_name == "Amara"


async def test_an_operator_finds_somebody_by_the_whole_address_and_puts_them_out_everywhere(
    house: House, visitor: NewVisitor
) -> None:
    client_id, email = await house.add("client")
    client = visitor()
    await client.sign_in(email)
    operator, operator_id = await entered(house, visitor, "admin")
    assert (await operator.ask("POST", "/api/people/find", {"email": email[:8] + "@people.example"}))[0] == 404
    found = (await operator.ask("POST", "/api/people/find", {"email": email}))[1]["value"]
    assert (found["id"], found["is_disabled"], found["sign_ins"]) == (client_id, False, 1)
    body = {"is_disabled": True, "reason": "Threatened a therapist."}
    changed = (await operator.ask("POST", f"/api/people/{client_id}/standing", body))[1]["value"]
    line = changed["standing"][0]
    assert (changed["is_disabled"], line["act"], line["reason"]) == (True, "disabled", "Threatened a therapist.")
    assert (await client.ask("GET", "/api/me"))[0] == 401
    # Every other process hears it at once, and closes its sockets.
    assert any(topic == "sign_in" for topic, _, _ in house.published)
    assert (await operator.ask("POST", f"/api/people/{client_id}/standing", {**body, "is_disabled": False}))[0] == 200
    assert (await client.ask("GET", "/api/me"))[0] == 401, "what had ended stays ended"
    await client.sign_in(email)
    assert (await operator.ask("POST", f"/api/people/{operator_id}/standing", body))[1]["code"] == "not_yours"


async def test_a_lost_second_step_is_reset_by_somebody_else_who_knows_their_own_password(
    house: House, visitor: NewVisitor
) -> None:
    therapist, therapist_id = await entered(house, visitor, "therapist")
    email = await house.people.email(therapist_id)
    seed = await house.second_step.begin(therapist_id, email)
    await house.second_step.confirm(therapist_id, pyotp.TOTP(seed.text).now())
    operator, operator_id = await entered(house, visitor, "admin")
    path = f"/api/people/{therapist_id}/second-step/reset"
    body = {"reason": "Phone lost, rang back on the number we have.", "present": "not the password"}
    assert (await operator.ask("POST", path, body))[1]["code"] == "wrong_password"
    assert await house.second_step.is_on(therapist_id)
    own = {**body, "present": PASSWORD}
    assert (await operator.ask("POST", f"/api/people/{operator_id}/second-step/reset", own))[1]["code"] == "not_yours"
    found = (await operator.ask("POST", path, own))[1]["value"]
    assert (found["has_second_step"], found["sign_ins"], found["standing"][0]["act"]) == (False, 0, "second_step_reset")
    assert (await therapist.ask("GET", "/api/me"))[0] == 401
    [(template, address, facts)] = await house.mailed()
    assert (template, address, facts["link"]) == ("second_step_reset", None, "/help")
    trail = (await operator.ask("POST", "/api/audit", {"about": therapist_id}))[1]["value"]["lines"]
    assert ("second_step:reset", operator_id) in [(line["action"], line["actor_id"]) for line in trail]
    assert (await operator.ask("POST", path, own))[0] == 404, "there is none to reset any more"
    await therapist.sign_in(email)


async def test_an_operator_sets_what_a_therapist_is_paid_of_the_price(house: House, visitor: NewVisitor) -> None:
    therapist, therapist_id = await entered(house, visitor, "therapist")
    operator, _ = await entered(house, visitor, "admin")
    path, body = f"/api/people/{therapist_id}/share", {"share_percent": 72, "reason": "Two years with us."}
    for _ in range(2):  # the second changes nothing and tells nobody
        found = (await operator.ask("POST", path, body))[1]["value"]
    assert (found["share_percent"], [line["share_percent"] for line in found["standing"]]) == (72, [72])
    assert (await therapist.ask("GET", "/api/account"))[1]["value"]["share_percent"] == 72
    assert [(template, facts["percent"]) for template, _, facts in await house.mailed()] == [("share_changed", "72")]
    for wrong in (-1, 101, 72.5):
        assert (await operator.ask("POST", path, {**body, "share_percent": wrong}))[0] == 400
    client_id, _ = await house.add("client")
    assert (await operator.ask("POST", f"/api/people/{client_id}/share", body))[0] == 404


async def test_referral_codes_are_made_for_approved_therapists_and_ended(house: House, visitor: NewVisitor) -> None:
    operator, _ = await entered(house, visitor, "admin")
    _, email = await house.add("therapist")
    _, client_email = await house.add("client")
    assert (await operator.ask("POST", "/api/referrals", {"email": client_email}))[0] == 404
    [line] = (await operator.ask("POST", "/api/referrals", {"email": email}))[1]["value"]["codes"]
    ended = (await operator.ask("POST", "/api/referrals/end", {"code": line["code"]}))[1]["value"]["codes"]
    assert ended[0]["ended_at_ms"] is not None
    assert (await operator.ask("POST", "/api/referrals/end", {"code": line["code"]}))[0] == 404


async def test_a_therapist_is_invited_by_mail_once_a_day(house: House, visitor: NewVisitor) -> None:
    operator, _ = await entered(house, visitor, "admin")
    for _ in range(2):
        assert (await operator.ask("POST", "/api/invitations", {"email": "new@people.example"}))[0] == 200
    [(template, address, facts)] = await house.mailed()
    assert (template, address, facts["link"]) == ("invite_therapist", "new@people.example", "/apply")


async def test_a_new_version_of_the_terms_is_in_force_from_its_time_on(house: House, visitor: NewVisitor) -> None:
    operator, operator_id = await entered(house, visitor, "admin")
    client, _ = await entered(house, visitor, "client")
    now = now_ms()
    later = {"kind": "terms", "text": "The terms of another day.", "in_force_from_ms": now + 86_400_000}
    assert (await operator.ask("POST", "/api/agreements", later))[0] == 200
    assert (await client.ask("GET", "/api/terms"))[1]["value"]["version"] == texts.TERMS_VERSION
    over = {**later, "in_force_from_ms": now - 86_400_000}
    assert (await operator.ask("POST", "/api/agreements", over))[1]["code"] == "bad_message"
    at_once = {**later, "text": "The terms from now on, in force.", "in_force_from_ms": now}
    made = (await operator.ask("POST", "/api/agreements", at_once))[1]["value"]["agreements"]
    [terms] = [line for line in made if line["kind"] == "terms"]
    [current] = [version for version in terms["versions"] if version["is_in_force"]]
    found = (await client.ask("GET", "/api/terms"))[1]["value"]
    assert (found["version"], found["text"]) == (current["version"], "The terms from now on, in force.\n")
    assert len({version["version"] for version in terms["versions"]}) == 3
    async with house.store.read() as connection:
        assert (await agreements.in_force(connection, "terms", now + 90_000_000)).text == "The terms of another day.\n"
    assert uuid.UUID(operator_id)


async def test_the_audit_page_shows_rows_and_proves_the_chain(house: House, visitor: NewVisitor) -> None:
    operator, operator_id = await entered(house, visitor, "admin")
    _, email = await house.add("client")
    await operator.ask("POST", "/api/people/find", {"email": email})
    lines = (await operator.ask("POST", "/api/audit", {}))[1]["value"]["lines"]
    assert [line["action"] for line in lines] == ["person:find", "person:sign_in"]
    assert lines[0]["actor_id"] == operator_id
    about = (await operator.ask("POST", "/api/audit", {"about": lines[0]["object_id"]}))[1]["value"]["lines"]
    assert [line["action"] for line in about] == ["person:find"]
    proof = (await operator.ask("POST", "/api/audit/proof"))[1]["value"]
    assert (proof["first_broken"], proof["rows"] >= 2) == (None, True)
