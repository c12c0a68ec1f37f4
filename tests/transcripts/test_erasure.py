"""Erasing a client: what goes, what stays without a name, what forbids it; and that nothing sealed is forgotten."""

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.people import ERASED_NAME
from rtc_server.errors import NotEnded, SealBroken, UnderLegalHold
from rtc_server.store import erasure
from rtc_server.store.database import now_ms
from rtc_server.store.erasure import BLANKED, CONTENT, OWN, WRITTEN
from rtc_server.store.message_schema import attached, conversation, message
from rtc_server.store.schema import audio, consent, metadata, session
from tests.transcripts.studio import Studio
from tests.transcripts.test_call_log import audited
from tests.transcripts.test_retention import written_up

# Sealed for somebody who is no client, or a row that may never change: its key is destroyed.
OTHERS = {
    "application.words_sealed",
    "concern.facts_sealed",
    "concern_step.words_sealed",
    "invoice.file_sealed",
    "invoice.number_sealed",
    "matter_line.text_sealed",
    "payout_details.bank_sealed",
    "referral.email_sealed",
    "standing.reason_sealed",
    "survey.words_sealed",
    "withdrawal.bank_sealed",
}


async def erase(studio: Studio) -> None:
    house = studio.house
    await house.store.write(erasure.erase_record, house.audit_key, studio.client_id, now_ms())
    await house.people.erase(studio.client_id)


async def written_with_each_other(studio: Studio) -> None:
    """A message with a file, between the two."""
    ids = {name: f"{name}-of-test" for name in ("conversation_id", "file_id")}

    async def body(connection: AsyncConnection) -> None:
        people = {"client_id": studio.client_id, "therapist_id": studio.therapist_id}
        await connection.execute(insert(conversation).values(id=ids["conversation_id"], **people, created_at_ms=1))
        file = {"id": ids["file_id"], "conversation_id": ids["conversation_id"], "seat": "client", "at_ms": 1}
        content = {"name_sealed": b"x", "content_type": "text/plain", "bytes": 1, "content_sealed": b"x"}
        await connection.execute(insert(attached).values(**file, **content))
        line = {"seq": 1, "id": "message-of-test", "seat": "client", "text_sealed": b"x", "at_ms": 1}
        await connection.execute(insert(message).values(**line, **ids))

    await studio.house.store.write(body)


async def count(studio: Studio, *tables: object) -> int:
    async with studio.house.store.read() as connection:
        found = [await connection.execute(select(func.count()).select_from(table)) for table in tables]  # type: ignore[arg-type]
        return sum(int(rows.scalar_one()) for rows in found)


def test_every_sealed_column_is_deleted_emptied_or_sealed_anew_when_a_client_is_erased() -> None:
    sealed = {
        f"{table}.{column.name}" for table in metadata.sorted_tables for column in table.c if "sealed" in column.name
    }
    gone = (*CONTENT, *WRITTEN, audio, *(table for table, _ in OWN))
    dealt_with = {f"{table}.{column.name}" for table in gone for column in table.c}
    dealt_with |= {f"{table}.{column}" for table, _, emptied in BLANKED for column in emptied}
    left = sealed - dealt_with - OTHERS - {"person.private_sealed"}
    assert left == set(), "say in rtc_server/store/erasure.py what becomes of these"


async def test_everything_of_an_erased_client_goes_and_the_fact_of_the_session_stays(studio: Studio) -> None:
    await written_up(studio)
    old = await studio.house.keys.key_of(studio.client_id)
    sealed_name = old.seal_text("Ada", "person", studio.client_id, "private_sealed")
    consents = await count(studio, consent)
    await written_with_each_other(studio)
    await erase(studio)
    assert await count(studio, *CONTENT, *WRITTEN, conversation, audio) == 0
    assert (await count(studio, session), await count(studio, consent)) == (1, consents)
    with pytest.raises(SealBroken):
        new = await studio.house.keys.key_of(studio.client_id)
        new.open_text(sealed_name, "person", studio.client_id, "private_sealed")
    view = await studio.view()
    assert (view["client_name"], view["is_erased"], view["transcript_reason"]) == (ERASED_NAME, True, "erased")
    _, body, _ = await (await studio.visitor("therapist")).ask("GET", "/api/call-log")
    assert (body["value"]["unwritten"], body["value"]["sessions"][0]["client_name"]) == (0, ERASED_NAME)
    assert ("operator", "client:erase", studio.client_id) in await audited(studio, any_address=True)
    await erase(studio)
    assert await studio.house.people.by_email(studio.client_email) is None


async def test_an_erased_client_is_signed_out_and_never_comes_in_again(studio: Studio) -> None:
    visitor = await studio.visitor("client")
    await studio.end()
    await erase(studio)
    assert (await visitor.ask("GET", "/api/me"))[0] == 401
    assert (await visitor.ask("POST", "/api/sign-in", {"email": studio.client_email, "password": ""}))[0] == 401


async def test_nobody_is_erased_under_a_legal_hold_in_a_session_or_with_money_set_aside(studio: Studio) -> None:
    house, client_id = studio.house, studio.client_id

    async def refused(why: type[Exception]) -> None:
        with pytest.raises(why):
            await erase(studio)
        assert not (await house.people.person(client_id)).is_erased

    async def set_aside(connection: AsyncConnection) -> None:
        await wallet.top_up(connection, client_id, 3_500, "one", now_ms())
        await wallet.hold(connection, studio.session_id, client_id, studio.therapist_id, 3_500, now_ms())

    await refused(NotEnded)
    await house.store.write(set_aside)
    await studio.end()
    await refused(NotEnded)
    await house.store.write(wallet.void, studio.session_id, now_ms())
    await house.store.write(erasure.place_hold, client_id, now_ms())
    await refused(UnderLegalHold)
    await house.store.write(erasure.lift_hold, client_id)
    await erase(studio)
    async with house.store.read() as connection:
        assert (await wallet.balances(connection, client_id, "client")).available_pence == 3_500
