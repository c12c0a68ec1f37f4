"""Rows to words with real speech, real Opus and real Whisper; and workers that die, pause or fail."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sqlalchemy import select

from rtc_server.leg_packets import Packet
from rtc_server.listening import Pcm
from rtc_server.store.schema import utterance
from rtc_server.transcribe import Engine, Phrase
from rtc_server.worker import EngineHangs, Worker
from tests import speech
from tests.eventually import eventually
from tests.transcripts.studio import MARK, Microphone, Studio, in_rows, noise, opus, packets, said, silence

LEG = "2c0b7e5c-0000-4000-8000-00000000000"


async def finished(studio: Studio, worker: Worker) -> str:
    """Let the worker look until the transcript is complete."""

    async def state() -> str:
        await worker.step()
        now = await studio.transcript_state()
        return now if now not in ("recording", "finishing") else ""

    return await eventually(state, 60, "the transcript")


async def test_silence_faint_noise_and_mute_give_not_one_word(studio: Studio) -> None:
    quiet = np.concatenate([silence(20), noise(25, -60), silence(15)])
    await studio.put_leg(LEG + "1", "client", in_rows(packets(opus(quiet))))
    await studio.put_leg(LEG + "2", "therapist", in_rows(packets(opus(noise(20, -45)))))
    await studio.end()
    assert await finished(studio, studio.worker()) == "empty"
    assert (await studio.view())["utterances"] == []
    assert await studio.audio_rows() == 0


async def test_a_session_without_any_leg_is_empty(studio: Studio) -> None:
    await studio.end()
    assert await finished(studio, studio.worker()) == "empty"


@pytest.mark.usefixtures("needs_speech")
async def test_two_people_in_a_real_call_are_written_down_by_speaker(studio: Studio) -> None:
    pages = {"client": await studio.page("client"), "therapist": await studio.page("therapist")}
    voices = {"client": speech.CLIENT, "therapist": speech.THERAPIST}
    microphones = {seat: Microphone(speech.speak(voice)) for seat, voice in voices.items()}
    for seat, page in pages.items():
        await page.dial(microphones[seat])
    worker = studio.worker(pack_s=6.0)
    stopped, woken = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(worker.run(woken, stopped))
    for microphone in microphones.values():
        await asyncio.wait_for(microphone.ended.wait(), 30)

    async def first_words() -> str:
        return said(await studio.view(), "client")

    await eventually(first_words, 30, "words during the call")
    await studio.end()

    async def ready() -> bool:
        if working.done():
            working.result()
        return await studio.transcript_state() == "ready"

    await eventually(ready, 60, "the transcript")
    view = await studio.view()
    for seat, voice in voices.items():
        rate = speech.word_error_rate(said(view, seat), voice.text)
        print(f"word error rate of the {seat}: {rate:.3f}")
        assert rate <= 0.35, f"word error rate of the {seat}: {rate:.3f}"
        assert speech.share_known(said(view, seat), voice.text) > 0.7
    assert await studio.audio_rows() == 0
    stopped.set()
    woken.set()
    await working
    for page in pages.values():
        await page.peer.close()


def spoken_at(view: dict[str, object]) -> list[int]:
    """When each reading of MARK began, by its second word."""
    utterances = view["utterances"]
    assert isinstance(utterances, list)
    words = [word for one in utterances for word in one["words"]]
    return [word["from_ms"] for word in words if speech.words(word["text"]) == ["river"]]


@pytest.mark.usefixtures("needs_speech")
async def test_words_after_a_pause_without_a_track_stand_within_a_third_of_a_second(studio: Studio) -> None:
    once = np.concatenate([silence(1), speech.speak(MARK), silence(1)])
    count = len(opus(once))
    payloads = opus(np.tile(once[: count * 960], 3))
    arrived = packets(payloads)
    first, third = arrived[:count], arrived[2 * count :]
    # The sender had no track for four seconds after the first reading; packets of the second one were lost.
    moved = [one._replace(arrival_ms=one.arrival_ms + 4_000) for one in third]
    after = [
        one._replace(seq=(first[-1].seq + 1 + index) % 2**16, rtp=(first[-1].rtp + 960 * (1 + index)) % 2**32)
        for index, one in enumerate(moved)
    ]
    await studio.put_leg(LEG + "1", "client", in_rows(first + after))
    await studio.end()
    assert await finished(studio, studio.worker()) == "ready"
    view = await studio.view()
    begun = spoken_at(view)
    assert len(begun) == 2
    assert begun[1] - begun[0] == pytest.approx(2 * count * 20 + 4_000, abs=300)
    assert [gap["reason"] for gap in view["gaps"]] == ["paused"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("needs_speech")
async def test_bad_rows_are_a_gap_and_the_others_are_transcribed(studio: Studio) -> None:
    spoken = packets(opus(np.concatenate([silence(1), speech.speak(MARK), silence(1)])))
    dice = np.random.default_rng(3)
    after_ms, number = spoken[-1].arrival_ms + 20, len(spoken)

    def bad(payload: Callable[[int], bytes], start: int) -> list[Packet]:
        made = packets([b""] * (number + start + 50))[number + start :]
        return [one._replace(payload=payload(index)) for index, one in enumerate(made)]

    rows: list[Sequence[Packet] | bytes] = [
        *in_rows(spoken),
        bad(lambda _: b"", 0),
        bad(lambda _: spoken[60].payload[:2], 50),
        bad(lambda _: dice.bytes(40), 100),
        b"not packets at all",
        b"",
    ]
    await studio.put_leg(LEG + "1", "client", rows)
    await studio.put_leg(LEG + "2", "therapist", in_rows(spoken))
    # The seals of the therapist's rows are those of other rows.
    await studio.swap_seals(LEG + "2")
    await studio.end()
    assert await finished(studio, studio.worker()) == "ready"
    view = await studio.view()
    assert "quiet this morning" in said(view, "client").lower()
    assert said(view, "therapist") == ""
    gaps = view["gaps"]
    assert isinstance(gaps, list) and {gap["reason"] for gap in gaps} == {"unreadable"}
    client_gaps = [gap for gap in gaps if gap["seat"] == "client"]
    assert min(gap["from_ms"] for gap in client_gaps) == pytest.approx(after_ms, abs=100)


class Slow:
    """A real engine that a test can hold between hearing and answering, as SIGSTOP would."""

    def __init__(self, engine: Engine, holds: int) -> None:
        self._engine = engine
        self._holds = holds
        self.is_held = threading.Event()
        self.go_on = threading.Event()

    @property
    def name(self) -> str:
        return self._engine.name

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        phrases = self._engine.transcribe(pcm, language)
        if self._holds == 0:
            self.is_held.set()
            self.go_on.wait(60)
        self._holds -= 1
        return phrases


async def readings(studio: Studio, count: int) -> None:
    once = np.concatenate([silence(1), speech.speak(MARK), silence(4)])
    await studio.put_leg(LEG + "1", "client", in_rows(packets(opus(np.tile(once, count)))))
    await studio.end()


async def sources(studio: Studio) -> list[tuple[int, str]]:
    async with studio.house.store.read() as connection:
        rows = await connection.execute(select(utterance.c.seq, utterance.c.source).order_by(utterance.c.seq))
        return [(row.seq, row.source) for row in rows]


@pytest.mark.usefixtures("needs_speech")
async def test_a_worker_that_is_paused_or_killed_half_way_doubles_nothing(studio: Studio) -> None:
    await readings(studio, 4)
    slow = Slow(studio.engine, holds=1)
    first = studio.worker(slow, pack_s=2.0)
    working = asyncio.create_task(first.step())
    await asyncio.to_thread(slow.is_held.wait, 60)
    half = await sources(studio)
    assert half, "the first segment is stored"
    await studio.let_leases_run_out()
    assert await finished(studio, studio.worker(pack_s=2.0)) == "ready"
    slow.go_on.set()
    await working
    stored = await sources(studio)
    assert stored[: len(half)] == half
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    assert len(spoken_at(await studio.view())) == 4
    assert await studio.audio_rows() == 0


@pytest.mark.usefixtures("needs_speech")
async def test_an_engine_that_hangs_ends_the_worker_and_another_one_goes_on(studio: Studio) -> None:
    await readings(studio, 1)
    slow = Slow(studio.engine, holds=0)
    with pytest.raises(EngineHangs):
        await studio.worker(slow, lease_s=0.1).step()
    slow.go_on.set()
    await studio.let_leases_run_out()
    assert await finished(studio, studio.worker()) == "ready"
    assert len(spoken_at(await studio.view())) == 1


class Broken:
    name = "broken"

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        raise RuntimeError("out of memory")


@pytest.mark.usefixtures("needs_speech")
async def test_an_engine_that_fails_three_times_ends_the_transcript_with_a_reason(studio: Studio) -> None:
    await readings(studio, 1)
    assert await finished(studio, studio.worker(Broken())) == "failed"
    view = await studio.view()
    assert (view["transcript_reason"], view["can_retry"]) == ("engine", True)
    assert await studio.audio_rows() > 0
