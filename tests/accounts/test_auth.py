import asyncio
import hashlib
import os
import statistics
import time
from pathlib import Path

import argon2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.people import People
from rtc_server.auth import Patience, Viewer, hash_password
from rtc_server.errors import NotSignedIn, TooOften, WrongPassword
from rtc_server.store.database import now_ms
from rtc_server.store.schema import event, sign_in
from tests.accounts.house import PASSWORD, PASSWORD_HASH, House, open_house

ADDRESS = "192.0.2.7"


async def set_back(house: House, viewer: Viewer, **times: int) -> None:
    async def body(connection: AsyncConnection) -> None:
        await connection.execute(update(sign_in).where(sign_in.c.token_hash == viewer.token_hash).values(**times))

    await house.store.write(body)


def test_passwords_are_argon2id_with_enough_memory_and_any_length() -> None:
    assert PASSWORD_HASH.startswith("$argon2id$")
    assert argon2.extract_parameters(PASSWORD_HASH).memory_cost >= 19_456
    assert hash_password("x" * 1_024) != hash_password("x" * 1_023)


async def test_a_token_names_its_person_and_only_its_hash_is_stored(house: House) -> None:
    client_id, email = await house.add("client")
    token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    assert await house.auth.viewer(token) == viewer == Viewer(client_id, "client", viewer.token_hash)
    assert viewer.token_hash == hashlib.sha256(token.encode()).digest()
    assert len(token) >= 43
    async with house.store.read() as connection:
        [row] = (await connection.execute(select(sign_in))).all()
    assert token.encode() not in row.token_hash


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(house: House) -> None:
    _, email = await house.add("client")
    answers = set()
    for address, password in ((email, "wrong"), ("nobody@people.example", PASSWORD), (email, "")):
        with pytest.raises(WrongPassword) as refused:
            await house.auth.sign_in(address, password, ADDRESS)
        answers.add((refused.value.code, refused.value.message))
    assert len(answers) == 1


async def test_a_wrong_password_and_an_unknown_address_take_the_same_work(tmp_path: Path) -> None:
    async with open_house(tmp_path, tries=1_000) as house:
        _, email = await house.add("client")

        async def median_s(address: str) -> float:
            taken = []
            for _ in range(9):
                begun = time.perf_counter()
                with pytest.raises(WrongPassword):
                    await house.auth.sign_in(address, "wrong", ADDRESS)
                taken.append(time.perf_counter() - begun)
            return statistics.median(taken)

        await median_s(email)
        # Without the dummy hash an unknown address takes under a tenth; half leaves room for a busy machine.
        assert await median_s("nobody@people.example") > await median_s(email) / 2


async def test_a_disabled_person_can_neither_come_in_nor_stay(house: House) -> None:
    client_id, email = await house.add("client")
    token, _ = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    await house.disable(client_id)
    assert await house.auth.viewer(token) is None
    with pytest.raises(WrongPassword):
        await house.auth.sign_in(email, PASSWORD, ADDRESS)


async def test_five_wrong_tries_are_followed_by_a_wait_also_for_the_right_password(house: House) -> None:
    _, email = await house.add("client")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await house.auth.sign_in(email, "wrong", ADDRESS)
    with pytest.raises(TooOften) as refused:
        await house.auth.sign_in(email.upper(), PASSWORD, ADDRESS)
    assert refused.value.retry_after_s is not None
    assert 0 < refused.value.retry_after_s <= 30
    # Who guesses elsewhere does not shut the person out here.
    await house.auth.sign_in(email, PASSWORD, "198.51.100.9")


async def test_guesses_made_at_once_are_counted_like_guesses_in_a_row(house: House) -> None:
    _, email = await house.add("client")
    guesses = [house.auth.sign_in(email, f"wrong {number}", ADDRESS) for number in range(40)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    # Those already at work on the other cores may still be answered.
    wrong = sum(isinstance(result, WrongPassword) for result in results)
    assert 5 <= wrong < 5 + (os.cpu_count() or 1)
    assert sum(isinstance(result, TooOften) for result in results) == 40 - wrong


async def test_an_unknown_address_is_backed_off_like_a_known_one(house: House) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await house.auth.sign_in("nobody@people.example", "wrong", ADDRESS)
    with pytest.raises(TooOften):
        await house.auth.sign_in("nobody@people.example", "wrong", ADDRESS)


def test_backoff_doubles_up_to_an_hour_and_a_success_forgets() -> None:
    now = 0.0
    patience = Patience(5, 30.0, clock=lambda: now)
    waits = []
    for _ in range(16):
        patience.failed("who")
        wait_s = patience.wait_s("who")
        waits.append(wait_s)
        now += wait_s
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:8] == [30, 60, 120, 240]
    assert waits[-1] == 3_600
    patience.succeeded("who")
    assert patience.wait_s("who") == 0


async def test_signing_out_ends_the_token_and_tells_everybody(house: House) -> None:
    _, email = await house.add("client")
    told: list[Viewer] = []

    async def on_sign_out(viewer: Viewer) -> None:
        told.append(viewer)

    house.auth.on_sign_out.append(on_sign_out)
    token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    other_token, _ = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    await house.auth.sign_out(viewer)
    await house.auth.sign_out(viewer)
    assert await house.auth.viewer(token) is None
    assert await house.auth.viewer(other_token) is not None
    assert told == [viewer]
    assert house.published == [("sign_in", viewer.token_hash.hex(), 1)]
    async with house.store.read() as connection:
        rows = (await connection.execute(select(event.c.topic, event.c.subject_id))).all()
    assert [tuple(row) for row in rows] == [("sign_in", viewer.token_hash.hex())]


async def test_a_renewed_sign_in_is_the_same_one_and_its_page_is_not_cut_off_before_it_has_the_new_token(
    house: House,
) -> None:
    _, email = await house.add("client")
    old, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    token, renewed = await house.auth.renew(viewer)
    assert await house.auth.viewer(old) is None
    assert await house.auth.viewer(token) == renewed
    assert len(await house.auth.sign_ins(viewer.person_id)) == 1
    assert house.published == [], "sockets under the old token close when the event row is polled"
    async with house.store.read() as connection:
        rows = (await connection.execute(select(event.c.topic, event.c.subject_id))).all()
    assert [tuple(row) for row in rows] == [("sign_in", viewer.token_hash.hex())]
    with pytest.raises(NotSignedIn):
        await house.auth.renew(viewer)


async def test_an_unused_sign_in_ends_and_use_keeps_it(house: House) -> None:
    _, email = await house.add("client")
    token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    await set_back(house, viewer, used_at_ms=now_ms() - 1_700_000)
    assert await house.auth.viewer_of(viewer.token_hash, is_use=False) == viewer
    assert await house.auth.viewer(token) == viewer
    async with house.store.read() as connection:
        used = (await connection.execute(select(sign_in.c.used_at_ms))).scalar_one()
    assert now_ms() - used < 60_000
    await set_back(house, viewer, used_at_ms=now_ms() - 1_800_001)
    assert await house.auth.viewer(token) is None


async def test_being_idle_never_ends_a_live_call(house: House) -> None:
    client_id, email = await house.add("client")
    therapist_id, _ = await house.add("therapist")
    token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    await set_back(house, viewer, used_at_ms=now_ms() - 3_600_000)
    await house.add_session(client_id, therapist_id)
    assert await house.auth.viewer(token) == viewer


async def test_a_sign_in_ends_after_its_time_however_much_it_is_used(house: House) -> None:
    _, email = await house.add("client")
    token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
    await set_back(house, viewer, created_at_ms=now_ms() - 43_200_001, used_at_ms=now_ms())
    assert await house.auth.viewer(token) is None
    await house.auth.sign_in(email, PASSWORD, ADDRESS)
    async with house.store.read() as connection:
        assert len((await connection.execute(select(sign_in))).all()) == 1


async def test_an_old_weak_hash_is_renewed_at_the_next_sign_in(house: House) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1).hash(PASSWORD)
    await house.people.create_person("client", "old@people.example", "Old", "Hand", weak)
    await house.auth.sign_in("old@people.example", PASSWORD, ADDRESS)
    found = await house.people.by_email("old@people.example")
    assert found is not None
    assert argon2.extract_parameters(found[1]).memory_cost >= 19_456
    await house.auth.sign_in("old@people.example", PASSWORD, ADDRESS)


@pytest.mark.parametrize("token", ["", "x", "\x00", "ü" * 50, "a" * 5_000])
async def test_nonsense_is_no_token(house: House, token: str) -> None:
    assert await house.auth.viewer(token) is None


async def test_addresses_are_not_found_with_another_key(house: House) -> None:
    _, email = await house.add("client")
    assert await People(house.store, house.keys, b"another key").by_email(email) is None
