"""The worker as a process of its own: killed in the middle of a segment, or started without a speech model."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from rtc_server.actors.people import Actor, ClientActor, TherapistActor
from tests import speech
from tests.cluster import Cluster, running
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.story import in_call
from tests.transcripts.studio import MARK, Microphone, silence

# Long enough that a busy machine is not taken for an engine that hangs.
SEGMENT_LEASE_S = 15.0
READINGS = 3
# A lease, the seconds in which a worker that does nothing keeps one (IDLE_LEASE_S), and the work itself.
WITHIN_S = SEGMENT_LEASE_S + 10.0 + 20.0

pytestmark = pytest.mark.usefixtures("needs_speech")


@pytest.fixture(scope="module")
def heard(cluster_folder: Path) -> Iterator[Cluster]:
    settings = {"SEGMENT_LEASE_S": str(SEGMENT_LEASE_S), "SEGMENT_PACK_S": "1"}
    with running(Cluster(cluster_folder / "heard", is_heard=True, settings=settings), therapists=2, clients=2) as up:
        yield up


@pytest.fixture
async def heard_cast(heard: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    async with Cast(heard, http) as people:
        yield people


async def dial(actor: Actor, session_id: str, microphone: Microphone) -> RTCPeerConnection:
    """Open a recorder leg as the page does."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(microphone)
    await peer.setLocalDescription(await peer.createOffer())
    headers = {"Origin": actor.origin, "Cookie": f"__Host-sign-in={actor.token}", "Content-Type": "application/sdp"}
    path = f"{actor.url}/api/sessions/{session_id}/leg"
    async with actor.http.post(path, data=peer.localDescription.sdp, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        await peer.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
    return peer


async def spoken(client: ClientActor, session_id: str, readings: int) -> tuple[RTCPeerConnection, Microphone]:
    microphone = Microphone(np.tile(np.concatenate([silence(1), speech.speak(MARK), silence(1.5)]), readings))
    return await dial(client, session_id, microphone), microphone


async def readings_of(therapist: TherapistActor, session_id: str) -> int:
    session = await therapist.session(session_id)
    assert [one.seq for one in session.utterances] == list(range(1, len(session.utterances) + 1))
    return sum(speech.words(word.text) == ["river"] for one in session.utterances for word in one.words)


async def settled(therapist: TherapistActor, session_id: str, timeout_s: float) -> str:
    async def state() -> str:
        now = (await therapist.session(session_id)).transcript
        return now if now not in ("recording", "finishing") else ""

    return await eventually(state, timeout_s, "the transcript")


async def test_a_worker_killed_in_the_middle_of_a_segment_loses_and_doubles_nothing(
    heard: Cluster, heard_cast: Cast
) -> None:
    client, therapist = await heard_cast.client(), await heard_cast.therapist()
    session_id = await in_call(client, therapist, wants_transcript=True)
    peer, microphone = await spoken(client, session_id, READINGS)

    async def is_caught_at_work() -> bool:
        heard.pause("worker")
        ((tries,),) = heard.rows("SELECT tries FROM transcript WHERE session_id = ?", session_id)
        if tries == 0:
            heard.resume("worker")
            await asyncio.sleep(0.02)
        return bool(tries)

    caught_by = time.monotonic() + 30
    while not await is_caught_at_work():
        assert time.monotonic() < caught_by, "no segment was ever begun"
    heard.kill("worker")
    heard.start("worker")
    await asyncio.wait_for(microphone.ended.wait(), 60)
    await therapist.end(session_id)
    ended = time.monotonic()
    assert await settled(therapist, session_id, WITHIN_S) == "ready"
    print(f"worker killed in a segment: the transcript was complete {time.monotonic() - ended:.1f} s after the end")
    assert await readings_of(therapist, session_id) == READINGS
    sources = heard.rows("SELECT source FROM utterance WHERE session_id = ?", session_id)
    assert len(sources) == len(set(sources))
    await peer.close()


async def test_without_a_speech_model_the_call_goes_on_and_its_words_follow_once_there_is_one(
    heard: Cluster, heard_cast: Cast, http: aiohttp.ClientSession
) -> None:
    heard.kill("worker")
    heard.start("worker", WHISPER_MODEL="/nowhere/whisper")
    client, therapist = await heard_cast.client(), await heard_cast.therapist()
    session_id = await in_call(client, therapist, wants_transcript=True)
    peer, microphone = await spoken(client, session_id, 1)
    await asyncio.wait_for(microphone.ended.wait(), 30)
    await client.say(session_id, "The call goes on.")
    assert client.room is not None and client.room.phase == "live"

    async def state() -> tuple[str, str]:
        session = await therapist.session(session_id)
        return session.transcript, session.transcript_reason

    async def waits_for_a_model() -> bool:
        return await state() == ("recording", "no_model")

    async def readiness() -> tuple[int, str]:
        async with http.get(heard.url() + "/readyz") as answer:
            return answer.status, (await answer.json())["worker"]

    await eventually(waits_for_a_model, 10, "the session says that there is no model")
    assert await readiness() == (200, "degraded: no_model")
    await therapist.end(session_id)
    assert await state() == ("finishing", "no_model")
    ((kept,),) = heard.rows(
        "SELECT count(*) FROM audio JOIN leg ON leg.id = audio.leg_id WHERE leg.session_id = ?", session_id
    )
    assert kept > 0
    heard.kill("worker")
    heard.start("worker")
    assert await settled(therapist, session_id, WITHIN_S) == "ready"
    assert await readings_of(therapist, session_id) == 1
    assert (await state())[1] == "" and await readiness() == (200, "ok")
    await peer.close()
