"""Rows to words with real speech, real Opus and real Whisper; and workers that die, pause or fail."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sqlalchemy import select, update

from rtc_server.speech.leg_packets import Packet
from rtc_server.speech.listening import Pcm
from rtc_server.store import transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import session, utterance
from rtc_server.transcribe import Engine, Phrase
from rtc_server.worker import EngineHangs, Worker
from tests import speech
from tests.eventually import eventually
from tests.transcripts.studio import MARK, Microphone, Studio, breath, in_rows, noise, opus, packets, said, silence

LEG = "2c0b7e5c-0000-4000-8000-00000000000"


async def finished(studio: Studio, worker: Worker) -> str:
    """Let the worker look until the transcript is complete."""

    async def state() -> str:
        await worker.step()
        now = await studio.transcript_state()
        return now if now not in ("recording", "finishing") else ""

    return await eventually(state, 60, "the transcript")


async def test_silence_noise_breathing_and_mute_give_not_one_word(studio: Studio) -> None:
    quiet = np.concatenate([silence(60), noise(25, -60), breath(24)])
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
        [one._replace(seq=int(dice.integers(2**16))) for one in bad(lambda _: dice.bytes(40), 150)],
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


async def test_a_language_that_the_model_does_not_know_is_not_guessed_at_and_its_sound_waits(studio: Studio) -> None:
    await speaks(studio, "fr")
    await studio.put_leg(LEG + "1", "client", in_rows(packets(opus(noise(3, -30)))))
    worker = studio.worker()
    await worker.step()
    assert await studio.transcript_state() == "recording"
    await studio.end()
    assert await finished(studio, worker) == "failed"
    view = await studio.view()
    assert (view["transcript_reason"], view["can_retry"], view["utterances"]) == ("language", True, [])
    await speaks(studio, "en")
    assert (await retry(studio))[0] == 200
    assert await finished(studio, worker) == "empty"


async def speaks(studio: Studio, language: str) -> None:
    change = update(session).where(session.c.id == studio.session_id).values(language=language)
    await studio.house.store.write(lambda connection: connection.execute(change))


async def retry(studio: Studio) -> tuple[int, object, object]:
    return await (await studio.visitor("therapist")).ask("POST", f"/api/sessions/{studio.session_id}/transcript/retry")


class OutOfMemory:
    """A detector for which there is no memory."""

    def probabilities(self, pcm: Pcm) -> Pcm:
        raise MemoryError


async def test_when_memory_runs_out_while_hearing_the_transcript_fails_after_three_tries_and_can_be_tried_again(
    studio: Studio,
) -> None:
    await studio.put_leg(LEG + "1", "client", in_rows(packets(opus(noise(6, -30)))))
    await studio.end()
    enough, studio.detector = studio.detector, OutOfMemory()
    assert await finished(studio, studio.worker()) == "failed"
    view = await studio.view()
    assert (view["transcript_reason"], view["can_retry"]) == ("engine", True)
    studio.detector = enough
    assert (await retry(studio))[0] == 200
    assert await finished(studio, studio.worker()) == "empty"


async def test_with_many_waiting_those_that_ended_are_written_first_and_the_oldest_of_them_before_all(
    studio: Studio,
) -> None:
    house = studio.house
    made = {"talking": (50, None), "newest": (30, 40), "oldest": (10, 45), "middle": (20, 42)}
    ids = {}
    for name, (begun, ended) in made.items():
        people = [(await house.add(role))[0] for role in ("client", "therapist")]
        ids[await house.add_session(*people, created_at_ms=begun, live_at_ms=begun, ended_at_ms=ended)] = name
    for session_id in ids:
        await house.store.write(transcripts.open_transcript, session_id, True, now_ms())
    async with house.store.read() as connection:
        found = await transcripts.work(connection, "a worker", now_ms())
    order = [ids[one.session_id] for one in found if one.session_id in ids]
    assert order == ["oldest", "middle", "newest", "talking"]


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

    def understands(self, language: str) -> bool:
        return self._engine.understands(language)

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

    def understands(self, language: str) -> bool:
        return True

    def transcribe(self, pcm: Pcm, language: str) -> list[Phrase]:
        raise RuntimeError("out of memory")


@pytest.mark.usefixtures("needs_speech")
async def test_an_engine_that_fails_three_times_ends_the_transcript_with_a_reason(studio: Studio) -> None:
    await readings(studio, 1)
    assert await finished(studio, studio.worker(Broken())) == "failed"
    view = await studio.view()
    assert (view["transcript_reason"], view["can_retry"]) == ("engine", True)
    assert await studio.audio_rows() > 0
