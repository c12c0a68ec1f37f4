"""A minute of two people on a bad network: what is written down, beside one run of the same engine over clean sound.

Packets are lost, late and out of order, one sender has no track for a while, is muted for a while, and reconnects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jiwer
import numpy as np
import pytest

from rtc_server.speech.leg_packets import Packet
from tests import speech
from tests.transcripts.studio import RATE, Studio, opus, said, silence
from tests.transcripts.test_worker import LEG, finished

LENGTH_S, READINGS = 60, 3
LOSS = 0.03
JITTER_MS = 60.0
POINTS = 0.005  # of the word error rate, allowed beside what was really lost
TIME_MS = 300

TRACKLESS, MUTED, AWAY = (16.0, 19.0), (27.0, 31.0), (40.0, 43.0)  # call time, of the client
MISSING = {"client": (TRACKLESS, MUTED, AWAY), "therapist": ()}


@dataclass
class Speaker:
    voice: speech.Voice
    clean: np.ndarray  # a minute, 48 kHz
    text: str
    reading_s: float  # the same sound comes again after this

    @classmethod
    def of(cls, voice: speech.Voice) -> "Speaker":
        once = np.concatenate([silence(1), speech.speak(voice), silence(1)])
        clean = np.concatenate([np.tile(once, READINGS), silence(LENGTH_S)])[: LENGTH_S * RATE]
        assert len(once) * READINGS <= len(clean), "the readings do not fit into the minute"
        return cls(voice, clean, " ".join([voice.text] * READINGS), len(once) / RATE)


def is_in(at_s: float, spans: Sequence[tuple[float, float]]) -> bool:
    return any(start <= at_s < end for start, end in spans)


def on_a_bad_network(
    payloads: Sequence[bytes], seed: int, *, from_s: float, to_s: float, trackless: Any
) -> list[Packet]:
    """What arrives of one leg, as it arrives; while there is no track neither sequence nor RTP time moves."""
    dice = np.random.default_rng(seed)
    seq, rtp = int(dice.integers(2**16)), int(dice.integers(2**32))
    arrived = []
    for index in range(round(from_s * 50), min(round(to_s * 50), len(payloads))):
        if is_in(index / 50, trackless):
            continue
        if dice.random() >= LOSS:
            at_ms = round(index * 20 + 40 + dice.exponential(JITTER_MS / 4))
            arrived.append(Packet(seq % 2**16, rtp % 2**32, at_ms, payloads[index]))
        seq, rtp = seq + 1, rtp + 960
    return sorted(arrived, key=lambda packet: packet.arrival_ms)


def by_the_second(arrived: Sequence[Packet]) -> list[Sequence[Packet]]:
    seconds: dict[int, list[Packet]] = {}
    for packet in arrived:
        seconds.setdefault(packet.arrival_ms // 1_000, []).append(packet)
    return list(seconds.values())


def whole_file_run(engine: Any, samples: np.ndarray) -> list[tuple[str, float]]:
    """The same engine over a whole file, with its own way of cutting: words and when they begin."""
    heard, _ = engine._model.transcribe(
        speech.at_16_khz(samples),
        language="en",
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        vad_filter=True,
    )
    return [(word.word, word.start) for segment in heard for word in segment.words]


def word_error_rate(heard: str, text: str) -> float:
    return float(jiwer.wer(" ".join(speech.words(text)), " ".join(speech.words(heard))))


def beginnings(words: Sequence[tuple[str, float]], wanted: set[str]) -> list[tuple[str, float]]:
    return [(name, at) for word, at in words for name in speech.words(word) if name in wanted]


@pytest.mark.usefixtures("needs_speech")
async def test_a_minute_on_a_bad_network_is_written_down_as_well_as_what_arrived_allows(studio: Studio) -> None:
    speakers = {"client": Speaker.of(speech.CLIENT), "therapist": Speaker.of(speech.THERAPIST)}
    sent = {seat: one.clean.copy() for seat, one in speakers.items()}
    sent["client"][round(MUTED[0] * RATE) : round(MUTED[1] * RATE)] = 0
    client, therapist = (opus(sent[seat]) for seat in ("client", "therapist"))
    first = on_a_bad_network(client, 1, from_s=0, to_s=AWAY[0], trackless=[TRACKLESS])
    second = on_a_bad_network(client, 2, from_s=AWAY[1], to_s=LENGTH_S, trackless=[])
    other = on_a_bad_network(therapist, 3, from_s=0, to_s=LENGTH_S, trackless=[])
    for number, (seat, arrived) in enumerate([("client", first), ("client", second), ("therapist", other)]):
        await studio.put_leg(f"{LEG}{number}", seat, by_the_second(arrived))
    await studio.end()
    assert await finished(studio, studio.worker()) == "ready"
    view = await studio.view()
    for seat, one in speakers.items():
        clean = whole_file_run(studio.engine, one.clean)
        least = word_error_rate(" ".join(word for word, _ in clean), one.text)
        rate = word_error_rate(said(view, seat), one.text)
        lost = sum(end - start for start, end in MISSING[seat]) / LENGTH_S
        late = times_off(spoken(view, seat), clean, one.reading_s)
        print(f"{seat}: {rate:.3f} (whole file {least:.3f}, lost {lost:.3f}); times off by {sorted(late)}")
        assert rate <= least + lost + POINTS
        assert np.median(late) <= TIME_MS / 2 and np.quantile(late, 0.9) <= TIME_MS
        assert words_within(view, seat, MISSING[seat]) == []
    assert {gap["reason"] for gap in view["gaps"]} == {"paused"}  # type: ignore[attr-defined]


def spoken(view: dict[str, Any], seat: str) -> list[tuple[str, float]]:
    return [
        (word["text"], word["from_ms"] / 1_000)
        for one in view["utterances"]
        if one["seat"] == seat
        for word in one["words"]
    ]


def times_off(words: Sequence[tuple[str, float]], clean: Sequence[tuple[str, float]], reading_s: float) -> list[int]:
    """By how many milliseconds each telling word stands beside where the clean run heard it in one of the readings."""
    wanted = {name for word, _ in clean for name in speech.words(word) if len(name) > 4}
    truth = beginnings(clean, wanted)

    def off_s(name: str, at: float) -> float:
        beats = [at - true + reading_s / 2 for known, true in truth if known == name]
        return min(abs(beat % reading_s - reading_s / 2) for beat in beats)

    return [round(off_s(name, at) * 1_000) for name, at in beginnings(words, wanted)]


def words_within(view: dict[str, Any], seat: str, spans: Sequence[tuple[float, float]]) -> list[str]:
    """Words that begin where nothing of them can have arrived; their last sound may reach a little into it."""
    return [word for word, at in spoken(view, seat) if is_in(at, [(start + 0.3, end - 0.3) for start, end in spans])]
