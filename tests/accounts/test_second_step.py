"""The second step of signing in, by real codes at times that the test chooses."""

import asyncio
from pathlib import Path

import pyotp
import pytest

from rtc_server.errors import CodeNeeded, SecondStepOn, TooOften, WrongCode
from rtc_server.people.second_step import STEP_MS, SecondStep, matching_step
from tests.accounts.house import PASSWORD, House, open_house

ADDRESS = "192.0.2.7"
NOW_MS = 1_790_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def code_at(seed: str, at_ms: int) -> str:
    return pyotp.TOTP(seed).at(at_ms // 1000)


@pytest.mark.parametrize("off_by", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(off_by: int) -> None:
    seed = pyotp.random_base32()
    assert matching_step(seed, code_at(seed, NOW_MS + off_by * STEP_MS), NOW_MS) == NOW_MS // STEP_MS + off_by


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_step(pyotp.random_base32(), code, NOW_MS) is None


def test_a_code_two_steps_off_is_too_old() -> None:
    seed = pyotp.random_base32()
    assert matching_step(seed, code_at(seed, NOW_MS - 2 * STEP_MS), NOW_MS) is None


async def turned_on(house: House, clock: Clock, person_id: str) -> tuple[SecondStep, str, list[str]]:
    step = SecondStep(house.store, house.keys, b"k" * 32, clock)
    seed = (await step.begin(person_id, "a@people.example")).text
    return step, seed, await step.confirm(person_id, code_at(seed, clock.now_ms))


async def test_the_same_code_opens_once_and_an_older_one_not_after_it(house: House) -> None:
    person_id, _ = await house.add("client")
    clock = Clock()
    step, seed, _ = await turned_on(house, clock, person_id)
    assert not await step.use(person_id, code_at(seed, clock.now_ms)), "the code that turned it on is used up"
    clock.now_ms += STEP_MS
    late, newest = code_at(seed, clock.now_ms), code_at(seed, clock.now_ms + STEP_MS)
    assert await step.use(person_id, newest)
    assert not await step.use(person_id, newest)
    assert not await step.use(person_id, late), "a step before one that was used is over"


async def test_a_recovery_code_opens_once_and_new_ones_replace_the_old(house: House) -> None:
    person_id, _ = await house.add("client")
    step, _, codes = await turned_on(house, Clock(), person_id)
    assert len(set(codes)) == 10
    assert await step.use(person_id, codes[0].upper().replace("-", " "))
    assert not await step.use(person_id, codes[0])
    assert await step.recovery_left(person_id) == 9
    renewed = await step.new_recovery_codes(person_id)
    assert not await step.use(person_id, codes[1])
    assert await step.use(person_id, renewed[0])


async def test_a_seed_counts_only_once_its_first_code_was_typed(house: House) -> None:
    person_id, email = await house.add("client")
    clock = Clock()
    step = SecondStep(house.store, house.keys, b"k" * 32, clock)
    first = (await step.begin(person_id, email)).text
    assert not await step.is_on(person_id)
    await house.auth.sign_in(email, PASSWORD, ADDRESS)
    second = (await step.begin(person_id, email)).text
    with pytest.raises(WrongCode):
        await step.confirm(person_id, code_at(first, clock.now_ms))
    await step.confirm(person_id, code_at(second, clock.now_ms))
    assert await step.is_on(person_id)
    with pytest.raises(SecondStepOn):
        await step.begin(person_id, email)


async def test_seed_and_recovery_codes_stand_nowhere_in_the_clear(house: House, tmp_path: Path) -> None:
    person_id, _ = await house.add("client")
    _, seed, codes = await turned_on(house, Clock(), person_id)
    files = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir()))
    assert not any(secret.encode() in files for secret in (seed, *codes, codes[0].replace("-", "")))


async def test_the_password_alone_no_longer_opens_and_wrong_codes_are_counted_like_wrong_passwords(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, tries=5) as house:
        person_id, email = await house.add("therapist")
        seed = (await house.second_step.begin(person_id, email)).text
        codes = await house.second_step.confirm(person_id, pyotp.TOTP(seed).now())
        for _ in range(6):
            with pytest.raises(CodeNeeded):
                await house.auth.sign_in(email, PASSWORD, ADDRESS)
        for _ in range(5):
            with pytest.raises(WrongCode):
                await house.auth.sign_in(email, PASSWORD, ADDRESS, code="000000")
        with pytest.raises(TooOften):
            await house.auth.sign_in(email, PASSWORD, ADDRESS, code=codes[0])
        await house.auth.sign_in(email, PASSWORD, "198.51.100.9", code=codes[0])


async def test_who_must_have_it_has_a_sign_in_that_opens_only_once_it_is_on(tmp_path: Path) -> None:
    async with open_house(tmp_path, second_step_for=frozenset({"therapist"})) as house:
        person_id, email = await house.add("therapist")
        token, viewer = await house.auth.sign_in(email, PASSWORD, ADDRESS)
        assert viewer.must_enrol
        seed = (await house.second_step.begin(person_id, email)).text
        await house.second_step.confirm(person_id, pyotp.TOTP(seed).now())
        found = await house.auth.viewer(token)
        assert found is not None
        assert not found.must_enrol
        await house.second_step.turn_off(person_id)
        again = await house.auth.viewer(token)
        assert again is not None
        assert again.must_enrol
        _, client_email = await house.add("client")
        assert not (await house.auth.sign_in(client_email, PASSWORD, ADDRESS))[1].must_enrol
