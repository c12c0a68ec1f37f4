"""Two people talk for minutes, with sound that is lost, a mute and a reload: every word beside what was said.

Ten minutes in real time, so for `make soak` alone; tests/transcripts/test_truth.py has a minute of the same in seconds.
Frames of sound are lost on the way to the recorder by the page's own transform; losses that show in sequence numbers
are shown there.
"""

import asyncio
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Route, expect

from rtc_server.engines import choice
from tests import speech
from tests.browser.conftest import Theatre
from tests.browser.people import ClientHuman, words_of
from tests.conftest import IS_SOAK
from tests.transcripts.test_truth import whole_file_run

TALK_S, MUTE_S = 540.0, 60.0
LOSS = 0.02
POINTS = 0.005
TIME_MS = 300
PRESS_MS = 500  # between a press and the microphone
AWAY_S = 8.0  # what a reload may take of the sound
CAUGHT_UP_S = 600.0  # on a machine where much else runs

LOSING = """
const add = RTCPeerConnection.prototype.addTransceiver;
RTCPeerConnection.prototype.addTransceiver = function (track, init) {
  const made = add.call(this, track, init);
  // Only the recorder's leg is made so.
  if (init?.direction === "sendonly") made.sender.transform = new RTCRtpScriptTransform(new Worker("/losing.js"));
  return made;
};
"""
WORKER = """
onrtctransform = ({ transformer }) => transformer.readable.pipeThrough(new TransformStream({
  transform(frame, out) { if (Math.random() >= LOSS) out.enqueue(frame); },
})).pipeTo(transformer.writable);
""".replace("LOSS", str(LOSS))


async def serve_worker(route: Route) -> None:
    await route.fulfill(body=WORKER, content_type="text/javascript")


async def mutes(client: ClientHuman, session_id: str, seconds: float) -> tuple[float, float]:
    """Call time, in ms, of the press and of the press that takes it back."""
    button = client.button("Mute")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    from_ms = client.cluster.call_time_ms(session_id)
    await client.page.wait_for_timeout(seconds * 1_000)
    to_ms = client.cluster.call_time_ms(session_id)
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    return from_ms, to_ms


@pytest.mark.skipif(not IS_SOAK, reason="ten minutes in real time: make soak")
@pytest.mark.timeout(1_500)
async def test_words_of_a_long_call_are_right_in_text_and_time_and_none_stand_over_a_mute(
    theatre: Theatre, voices: dict[str, Path]
) -> None:
    therapist, client = await theatre.therapist(None, LOSING), await theatre.client(None, LOSING)
    for human in (therapist, client):
        await human.context.route("**/losing.js", serve_worker)
    await client.ask_for_someone()
    await therapist.accepts(client.person.first_name)
    await client.says_yes(wants_transcript=True)
    await client.in_call()
    session_id = await therapist.session_id()
    await client.page.wait_for_timeout(TALK_S * 500)
    muted = await mutes(client, session_id, MUTE_S)
    await client.page.reload()
    reloaded_ms = theatre.cluster.call_time_ms(session_id)
    await client.in_call()
    await client.page.wait_for_timeout(TALK_S * 500)
    await therapist.ends_for_both()
    session = await therapist.transcript(session_id, timeout_s=CAUGHT_UP_S)
    assert session["transcript"] == "ready"
    over = [word for word in words_of(session, "client") if muted[0] + PRESS_MS < word["from_ms"] < muted[1] - PRESS_MS]
    assert over == [], "words over a mute"
    gaps = [gap for gap in session["gaps"] if gap["seat"] == "client" and gap["from_ms"] < reloaded_ms < gap["to_ms"]]
    assert [gap["to_ms"] - gap["from_ms"] <= AWAY_S * 1_000 for gap in gaps] == [True], session["gaps"]
    for seat, voice in (("client", speech.CLIENT), ("therapist", speech.THERAPIST)):
        clean = await asyncio.to_thread(whole_file, voices[voice.name])
        least = speech.word_error_rate(clean, voice.text)
        # The reload began the client's file anew, somewhere in its text.
        parts = halves(words_of(session, seat), muted[0] if seat == "client" else float("inf"))
        rates = [speech.word_error_rate(one, voice.text) for one in parts]
        rate = np.average(rates, weights=[len(one) for one in parts])
        loop_ms = speech.length_s(voices[voice.name]) * 1_000
        before = [word for word in words_of(session, seat) if word["from_ms"] < reloaded_ms]
        beat_ms = off_beat(before, voice, loop_ms)
        print(f"{seat}: {rate:.3f}, whole file {least:.3f}, of {session['length_s']} s; times {beat_ms:.0f} ms")
        assert rate <= least + LOSS + POINTS
        assert beat_ms <= TIME_MS


def halves(words: Sequence[dict[str, Any]], at_ms: float) -> list[str]:
    """What was said before and after, as far as there was anything."""
    parts = [[word["text"] for word in words if (word["from_ms"] < at_ms) is is_before] for is_before in (True, False)]
    return [" ".join(part) for part in parts if part]


def whole_file(path: Path) -> str:
    """What one run of the same engine over the clean file, played for as long, writes down."""
    with wave.open(str(path), "rb") as file:
        once = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    heard = whole_file_run(choice.load("ctranslate2", "auto"), np.tile(once, int(TALK_S) * speech.RATE // len(once)))
    return " ".join(word for word, _ in heard)


def off_beat(words: Sequence[dict[str, Any]], voice: speech.Voice, loop_ms: float) -> float:
    """The microphone plays its file again and again, so that each word comes round on the beat: by how many
    milliseconds nine in ten of them miss it at most."""
    once = speech.words(voice.text)
    beats: dict[str, list[float]] = {name: [] for name in once if once.count(name) == 1 and len(name) > 4}
    for word in words:
        for name in speech.words(word["text"]):
            if name in beats:
                beats[name].append(word["from_ms"])
    missed = [0.0]
    for times in beats.values():
        round_from = [(at - times[0] + loop_ms / 2) % loop_ms - loop_ms / 2 for at in times]
        missed += [abs(at - float(np.median(round_from))) for at in round_from]
    return float(np.quantile(missed, 0.9))
