"""Credentials for relays: coturn's, Twilio's, and those that stand in the operator's list."""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator

import pytest

from rtc_server.adapters import turn
from rtc_server.adapters.turn import IceServerEntry, IceServers, TwilioTokens
from rtc_server.config import BadSetting
from tests.texts.double import ACCOUNT_SID, AUTH_TOKEN, Double, Fault, answers, answers_never, answers_no_token, running

LISTED = """[{"urls": "stun:stun.example"}, {"urls": ["turn:relay.example?transport=udp", "turns:relay.example"]},
 {"urls": "turn:other.example", "username": "fixed", "credential": "known"}]"""


@pytest.fixture
async def twilio() -> AsyncIterator[Double]:
    async with running() as double:
        yield double


@pytest.fixture
async def tokens(twilio: Double) -> AsyncIterator[TwilioTokens]:
    made = TwilioTokens(ACCOUNT_SID, AUTH_TOKEN, api_base=twilio.url, wait_s=0.3, pause_s=60)
    yield made
    await made.close()


def test_relays_get_the_hmac_that_coturn_expects_and_it_ends_with_the_session() -> None:
    stun, relay, fixed = turn.mint(turn.parse(LISTED), "s3cret", "person", "session", 4_500)
    assert stun == IceServerEntry(("stun:stun.example",))
    ends, _, whose = relay.username.partition(":")
    assert whose == "session:person"
    assert int(ends) == pytest.approx(time.time() + 4_500, abs=5)
    digest = hmac.new(b"s3cret", relay.username.encode(), hashlib.sha1).digest()
    assert relay.credential == base64.b64encode(digest).decode()
    assert (fixed.username, fixed.credential) == ("fixed", "known")


async def test_there_is_a_relay_when_one_is_listed_or_twilio_gives_them(tokens: TwilioTokens) -> None:
    assert IceServers(turn.parse(LISTED), "", None).has_relay
    assert IceServers((), "", tokens).has_relay
    assert not IceServers(turn.parse('[{"urls": "stun:stun.example"}]'), "s3cret", None).has_relay


@pytest.mark.parametrize("text", ["{}}", "[1]", '[{"url": "turn:x"}]', '"turn:x"'])
def test_a_list_that_browsers_could_not_take_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(BadSetting):
        turn.parse(text)


async def test_twilio_is_asked_once_per_person_and_session_and_never_for_longer_than_it_lasts(
    tokens: TwilioTokens, twilio: Double
) -> None:
    servers = IceServers(turn.parse(LISTED), "s3cret", tokens)
    first = await servers.mint("sam", "session", 4_500)
    assert [entry.urls[0].split(":")[1] for entry in first[3:]] == ["global.stun.twilio.com", "global.turn.twilio.com"]
    again = await servers.mint("sam", "session", 4_400)
    assert again[3:] == first[3:]
    other = await servers.mint("lena", "session", 4_500)
    assert other[4].username != first[4].username
    assert twilio.token_ttls == [4_500, 4_500]


async def test_credentials_that_are_about_to_run_out_are_not_handed_out_again(
    tokens: TwilioTokens, twilio: Double
) -> None:
    first = await tokens.servers("sam", "check", 1)
    assert await tokens.servers("sam", "check", 300) != first
    assert twilio.token_ttls == [1, 300]


@pytest.mark.parametrize("fault", [answers_never, answers(500), answers(401, 20003), answers_no_token])
async def test_without_twilio_the_others_are_handed_out_within_a_moment_and_it_is_left_alone(
    tokens: TwilioTokens, twilio: Double, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    failed = turn._failures._value.get()
    twilio.token_faults.append(fault)
    servers = IceServers(turn.parse(LISTED), "s3cret", tokens)
    started = time.monotonic()
    assert len(await servers.mint("sam", "session", 4_500)) == 3
    assert time.monotonic() - started < 2
    assert len(await servers.mint("sam", "session", 4_500)) == 3
    assert len(twilio.token_ttls) == 1
    assert turn._failures._value.get() == failed + 1
    assert "no relay credentials" in caplog.text and AUTH_TOKEN not in caplog.text
