"""The recorder with real packets: what it takes, what it refuses, and when it stops."""

import asyncio
from collections.abc import Collection

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.recorder_grant import Grant, sign
from rtc_server.api.legs import RecorderWatch
from rtc_server.errors import StorageFull
from rtc_server.recorder import checked_offer, with_address
from rtc_server.speech.leg_packets import Facts
from rtc_server.store import legs
from rtc_server.store.database import now_ms
from tests.eventually import eventually
from tests.transcripts.studio import GRANT_KEY, Microphone, Studio, noise, silence

SDP = {"Content-Type": "application/sdp"}


def grant(studio: Studio, **changes: object) -> Grant:
    facts: dict[str, object] = {
        "action": "open",
        "leg_id": "1b0b7e5c-0000-4000-8000-000000000001",
        "session_id": studio.session_id,
        "person_id": studio.client_id,
        "seat": "client",
        "expires_ms": now_ms() + 30_000,
        "audio_key": studio.key.export(),
    }
    return Grant(**{**facts, **changes})  # type: ignore[arg-type]


async def knock(studio: Studio, token: str, offer: str) -> int:
    headers = {**SDP, "Authorization": f"Bearer {token}"}
    url = f"{studio.recorder_url}/legs"
    async with aiohttp.ClientSession() as http, http.post(url, data=offer, headers=headers) as response:
        return response.status


async def recording(studio: Studio) -> bool:
    return ("client", "recording", "") in await studio.legs()


async def test_real_packets_reach_the_tap_and_become_sealed_rows(studio: Studio) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(noise(3, -30)))

    async def three_rows() -> bool:
        return await studio.audio_rows() >= 3

    await eventually(three_rows, 5, "three rows of audio")
    assert await recording(studio)
    (leg,) = studio.recorder.legs.values()
    assert leg.packets >= 20 and leg.errors == 0
    assert await page.hang_up() == 204
    assert await studio.legs() == [("client", "closed", "left")]
    assert not studio.recorder.legs
    await page.peer.close()


async def test_a_withdrawn_consent_closes_the_leg_within_two_seconds(studio: Studio) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    await studio.agree(studio.therapist_id, False)

    async def closed() -> bool:
        return await studio.legs() == [("client", "closed", "consent_withdrawn")]

    await eventually(closed, 2, "closed")
    await page.peer.close()


async def test_a_leg_whose_consent_cannot_be_read_is_closed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")

    def no_database(*_: object) -> None:
        raise OperationalError("select", {}, Exception("unable to open database file"))

    monkeypatch.setattr(legs, "facts", no_database)

    async def closed() -> bool:
        return await studio.legs() == [("client", "closed", "consent_unreadable")]

    await eventually(closed, 8, "closed")
    await page.peer.close()


async def test_audio_that_cannot_be_stored_now_is_stored_later(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    (leg,) = studio.recorder.legs.values()
    save, refused = legs.save, asyncio.Event()

    async def is_full(*_: object) -> None:
        refused.set()
        raise StorageFull

    monkeypatch.setattr(legs, "save", is_full)
    await asyncio.wait_for(refused.wait(), 3)
    monkeypatch.setattr(legs, "save", save)
    before = leg.packets

    async def all_stored() -> bool:
        return await studio.packets_stored() > before

    await eventually(all_stored, 5, "every packet")
    await page.hang_up()
    assert await studio.packets_stored() == leg.packets
    await page.peer.close()


async def test_a_new_leg_replaces_the_old_one_and_the_gap_is_shown(studio: Studio) -> None:
    first, second = await studio.page("client"), await studio.page("client")
    await first.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    await first.peer.close()

    async def silent() -> bool:
        return any(row["reason"] == "lost" for row in (await studio.view())["gaps"])  # type: ignore[attr-defined]

    await eventually(silent, 8, "a gap while nothing comes")
    await second.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording again")
    assert (await studio.legs())[0] == ("client", "closed", "replaced")
    await second.peer.close()


async def test_a_leg_that_comes_while_consent_is_read_is_not_closed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await studio.page("client"), await studio.page("therapist")
    await first.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    read, is_reading, go_on = legs.facts, asyncio.Event(), asyncio.Event()

    async def slow(connection: AsyncConnection, leg_ids: Collection[str]) -> dict[str, Facts]:
        facts = await read(connection, leg_ids)
        is_reading.set()
        await go_on.wait()
        return facts

    monkeypatch.setattr(legs, "facts", slow)
    await asyncio.wait_for(is_reading.wait(), 3)
    await second.dial(Microphone(silence(30)))
    go_on.set()
    await studio.recorder.tick()
    assert "closed" not in [state for _, state, _ in await studio.legs()]
    assert len(studio.recorder.legs) == 2
    for page in (first, second):
        await page.peer.close()


async def test_a_commit_whose_caller_is_cancelled_is_not_repeated(studio: Studio) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    (leg,) = studio.recorder.legs.values()
    for _ in range(20):
        ticking = asyncio.create_task(studio.recorder.tick())
        await asyncio.sleep(0)
        ticking.cancel()
    await studio.recorder.close_all("draining")
    assert await studio.legs() == [("client", "closed", "draining")]
    assert await studio.packets_stored() == leg.packets
    await page.peer.close()


async def test_a_leg_without_packets_is_closed_so_that_the_page_dials_again(studio: Studio) -> None:
    page = await studio.page("client")
    status, _ = await page.post(await page.offer(Microphone(silence(1))))
    assert status == 201

    async def closed() -> bool:
        return await studio.legs() == [("client", "closed", "silent")]

    await eventually(closed, 15, "closed")
    await page.peer.close()


async def test_the_end_of_the_session_closes_both_legs(studio: Studio) -> None:
    pages = [await studio.page("client"), await studio.page("therapist")]
    for page in pages:
        await page.dial(Microphone(silence(30)))

    async def both_record() -> bool:
        return [state for _, state, _ in await studio.legs()] == ["recording", "recording"]

    await eventually(both_record, 5, "both recording")
    await studio.end()

    async def both_closed() -> bool:
        return [reason for _, _, reason in await studio.legs()] == ["ended", "ended"]

    await eventually(both_closed, 2, "both closed")
    for page in pages:
        await page.peer.close()


async def test_an_offer_that_is_not_one_opus_line_is_refused(studio: Studio) -> None:
    page = await studio.page("client")
    good = await page.offer(Microphone(silence(1)))
    media = good[good.index("m=audio") :]
    bad = {
        "empty": "",
        "not sdp": "hello",
        "video": good.replace("m=audio", "m=video"),
        "two lines": good + media,
        "thirty lines": good + media * 30,
        "no opus": good.replace("opus/48000/2", "G722/8000"),
        "only receives": good.replace("a=sendrecv", "a=recvonly"),
        "no ice": "".join(line for line in good.splitlines(True) if "ice-" not in line),
        "no fingerprint": "".join(line for line in good.splitlines(True) if "fingerprint" not in line),
        "cut short": good[: len(good) // 2],
        "broken numbers": good.replace("UDP/TLS/RTP/SAVPF 96", "UDP/TLS/RTP/SAVPF x"),
        "wrong types": good.replace("a=rtpmap:96", "a=rtpmap:abc").replace("a=setup:actpass", "a=setup:nobody"),
    }
    for name, offer in bad.items():
        status, answer = await page.post(offer)
        assert status in (400, 413), f"{name}: {status} {answer}"
    for name, candidates in {"one": 1, "a thousand": 1_000}.items():
        line = "a=candidate:1 1 udp 2130706431 203.0.113.9 9 typ host\r\n"
        assert "203.0.113.9" not in checked_offer(good + line * candidates), name
    status, _ = await page.post(good + "a=x:" + "y" * 65_536)
    assert status == 413
    assert not studio.recorder.legs
    await page.peer.close()


async def test_only_somebody_of_the_session_with_both_consents_may_dial(studio: Studio) -> None:
    page = await studio.page("client")
    offer = await page.offer(Microphone(silence(1)))
    _, stranger_email = await studio.house.add("client")
    await page.visitor.sign_in(stranger_email)
    assert (await page.post(offer))[0] == 404
    await page.visitor.sign_in(studio.client_email)
    await studio.agree(studio.client_id, False)
    assert (await page.post(offer))[0] == 409
    await studio.agree(studio.client_id, True)
    await studio.end()
    assert (await page.post(offer))[0] == 409
    assert not await studio.legs()
    await page.peer.close()


async def test_a_grant_that_is_forged_expired_or_used_is_refused(studio: Studio) -> None:
    page = await studio.page("client")
    offer = await page.offer(Microphone(silence(1)))
    once = sign(GRANT_KEY, grant(studio))
    body, mac = once.split(".")
    assert await knock(studio, "", offer) == 403
    assert await knock(studio, "nonsense.é", offer) == 403
    assert await knock(studio, sign(b"x" * 32, grant(studio)), offer) == 403
    assert await knock(studio, f"{body[:-4]}AAAA.{mac}", offer) == 403
    assert await knock(studio, sign(GRANT_KEY, grant(studio, expires_ms=now_ms() - 1)), offer) == 403
    assert await knock(studio, sign(GRANT_KEY, grant(studio, action="close")), offer) == 403
    assert await knock(studio, once, offer) == 201
    assert await knock(studio, once, offer) == 403
    await page.peer.close()


async def test_without_a_recorder_the_page_is_told_to_try_again(studio: Studio) -> None:
    page = await studio.page("client")
    offer = await page.offer(Microphone(silence(1)))
    await studio.recorder_http.cleanup()
    status, answer = await page.post(offer)
    assert status == 503 and "recorder_unavailable" in answer
    assert await studio.legs() == [("client", "closed", "recorder_unavailable")]
    await page.peer.close()


async def test_a_lost_recorder_closes_its_legs_rows(studio: Studio) -> None:
    page = await studio.page("client")
    await page.dial(Microphone(silence(30)))
    await eventually(lambda: recording(studio), 5, "recording")
    watch = RecorderWatch(studio.house.store, studio.wire, recorder_url=studio.recorder_url)
    watching = asyncio.create_task(watch.run())

    async def connected() -> bool:
        return watch.is_connected

    await eventually(connected, 3, "watching")
    # As a killed process leaves it: the legs are gone and nobody wrote that down.
    legs, studio.recorder.legs = dict(studio.recorder.legs), {}
    await studio.recorder_http.cleanup()

    async def lost() -> bool:
        return await studio.legs() == [("client", "closed", "recorder_lost")]

    await eventually(lost, 5, "closed by web")
    watching.cancel()
    for leg in legs.values():
        await leg.close()
    await page.peer.close()


@pytest.mark.parametrize(("address", "family"), [("203.0.113.9", "IP4"), ("2001:db8::9", "IP6")])
def test_the_public_address_stands_in_the_answer(address: str, family: str) -> None:
    lines = ["c=IN IP4 10.0.0.1", "a=candidate:1 1 udp 2130706431 10.0.0.1 5000 typ host", "a=mid:0", ""]
    answer = with_address("\r\n".join(lines), address)
    assert "10.0.0.1" not in answer
    assert f"c=IN {family} {address}" in answer and f"2130706431 {address} 5000 typ host" in answer
    assert with_address("\r\n".join(lines), "") == "\r\n".join(lines)


async def test_whoever_answers_in_the_recorders_place_is_not_taken_for_it(studio: Studio) -> None:
    asked = asyncio.Semaphore(0)

    async def refuse(_: web.Request) -> web.Response:
        asked.release()
        return web.Response(status=404, text="404: Not Found")

    app = web.Application()
    app.router.add_get("/watch", refuse)
    async with TestServer(app) as stranger:
        watch = RecorderWatch(studio.house.store, studio.wire, recorder_url=str(stranger.make_url("")).rstrip("/"))
        watching = asyncio.create_task(watch.run())
        async with asyncio.timeout(5):
            for _ in range(2):  # it is asked again, as any recorder that is away
                await asked.acquire()
        assert not watch.is_connected and not watching.done()
        watching.cancel()
