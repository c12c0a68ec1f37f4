"""Processes die in the middle of a call: the two go on talking, and what was missed is shown or comes later."""

import asyncio
from pathlib import Path

from playwright.async_api import expect

from tests import speech
from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, Human, words_of
from tests.browser.test_access import flawless
from tests.cluster import Cluster
from tests.conftest import IS_SOAK

WITHIN_S = 0.3
AWAY_S = 10 if IS_SOAK else 4
# More than one reading, so that the phase of a word is known from several of them.
MANY_WORDS = 50
UNHEARD_ROWS = 20  # of both together, a second each
FIND_LEG = """() => connections.filter((one) => one.connectionState === "connected" && one.getSenders().length === 1
  && one.getTransceivers()[0].direction === "sendonly").at(-1)"""


async def media_flows(humans: tuple[Human, ...], seconds: int) -> None:
    """In every single second both receive more sound."""
    last = [(await human.received())["audio"] for human in humans]
    for _ in range(seconds):
        await asyncio.sleep(1)
        now = [(await human.received())["audio"] for human in humans]
        assert all(count > before for count, before in zip(now, last, strict=True)), (last, now)
        last = now


def restart(cluster: Cluster, name: str) -> None:
    cluster.start(name)
    cluster.wait_ready(name)


async def test_with_web_killed_the_call_goes_on_and_chat_sent_meanwhile_arrives_once(talk: Talk) -> None:
    client, therapist, session_id, cluster = talk
    cluster.kill("web0")
    await client.write("Sent while nobody served.")
    await media_flows((client, therapist), AWAY_S)
    cluster.start("web0")
    await media_flows((client, therapist), 3)
    cluster.wait_ready("web0")
    await therapist.reads("Sent while nobody served.", timeout_ms=15_000)
    await therapist.write("And the answer.")
    await client.reads("And the answer.")
    session = await therapist.session(session_id)
    said = [line["text"] for line in session["chat"]]
    assert said[-2:] == ["Sent while nobody served.", "And the answer."] and len(said) == len(set(said))
    assert session["ended_reason"] == ""
    await media_flows((client, therapist), 1)


async def test_with_web_killed_what_is_said_meanwhile_is_written_down_once(recorded: Talk) -> None:
    client, therapist, session_id, cluster = recorded
    await therapist.until_words(session_id, 5, "client")
    from_ms = cluster.call_time_ms(session_id)
    cluster.kill("web0")
    await media_flows((client, therapist), 10)  # longer than anybody in these voices is silent
    until_ms = cluster.call_time_ms(session_id)
    restart(cluster, "web0")
    for seat in ("client", "therapist"):
        await therapist.until_words_since(session_id, until_ms, 5, seat)
    session = await therapist.session(session_id)
    for seat in ("client", "therapist"):
        said = [word["from_ms"] for word in words_of(session, seat) if from_ms <= word["from_ms"] < until_ms]
        assert said, (seat, from_ms, until_ms)
        starts = [one["from_ms"] for one in session["utterances"] if one["seat"] == seat]
        assert len(starts) == len(set(starts))


async def test_with_the_recorder_killed_new_legs_stand_within_five_seconds_and_the_gap_is_shown(
    recorded: Talk,
) -> None:
    client, therapist, session_id, cluster = recorded

    async def both_recorded() -> bool:
        return len(cluster.recording_legs(session_id)) == 2

    await client.until(both_recorded, 15, "both are recorded")
    await therapist.until_words(session_id, 5, "client")
    lost = cluster.recording_legs(session_id)
    cluster.kill("recorder")
    killed_at_ms = cluster.call_time_ms(session_id)
    restart(cluster, "recorder")

    async def both_again() -> bool:
        standing = cluster.recording_legs(session_id)
        return len(standing) == 2 and not standing & lost

    took = await client.until(both_again, 5, "new legs after the recorder was killed and started again")
    print(f"recorder killed: both legs recording again {took:.1f} s after it answered")
    await media_flows((client, therapist), 1)
    again_at_ms = cluster.call_time_ms(session_id)
    await therapist.until_words_since(session_id, again_at_ms, 5, "client")

    async def both_gaps() -> bool:
        gaps = (await therapist.session(session_id))["gaps"]
        seats = {gap["seat"] for gap in gaps if gap["from_ms"] <= killed_at_ms + 2_000 and gap["to_ms"] >= killed_at_ms}
        return seats == {"client", "therapist"}

    await therapist.until(both_gaps, 20, "the gap is shown on both sides")


async def test_with_the_worker_killed_the_transcript_still_arrives_and_nothing_is_written_twice(
    recorded: Talk,
) -> None:
    client, therapist, session_id, cluster = recorded
    await therapist.until_words(session_id, 15, "client")
    cluster.kill("worker")
    await media_flows((client, therapist), 10)
    length_ms = cluster.call_time_ms(session_id)
    await therapist.ends_for_both()
    cluster.start("worker")
    session = await therapist.transcript(session_id, timeout_s=120)
    assert session["transcript"] == "ready"
    for seat in ("client", "therapist"):
        words = words_of(session, seat)
        assert words[-1]["from_ms"] > length_ms - 8_000, "the words spoken while the worker was dead are there"
        starts = [one["from_ms"] for one in session["utterances"] if one["seat"] == seat]
        assert len(starts) == len(set(starts))


async def test_a_transcript_that_failed_is_made_after_all_by_a_press(recorded: Talk) -> None:
    client, therapist, session_id, cluster = recorded
    await therapist.until_words(session_id, 1, "client")
    cluster.kill("worker")
    heard = len(words_of(await therapist.session(session_id), "client"))

    async def more_was_said() -> bool:
        return cluster.rows("SELECT count(*) FROM audio")[0][0] >= UNHEARD_ROWS

    await client.until(more_was_said, 60, "sound is kept that nobody has listened to")
    cluster.start("worker", SEGMENT_TRIES_MAX="0")  # one that has no try left
    await therapist.ends_for_both()
    assert (await therapist.transcript(session_id))["transcript"] == "failed"
    await therapist.page.goto(cluster.url() + f"/sessions/{session_id}")
    script = therapist.region("Transcript")
    await expect(script).to_contain_text("could not be made", timeout=ARRIVES_MS)
    await flawless(therapist, "a transcript that failed")
    cluster.heal("worker")
    again = script.get_by_role("button", name="Try again", exact=True)
    await again.click()
    await expect(again).to_be_hidden(timeout=ARRIVES_MS)
    session = await therapist.transcript(session_id)
    assert session["transcript"] == "ready"
    assert len(words_of(session, "client")) > heard
    await expect(script.locator("li.utter").first).to_be_visible(timeout=ARRIVES_MS)


async def test_words_after_a_pause_of_the_track_stand_at_their_true_time(
    recorded: Talk, voices: dict[str, Path]
) -> None:
    """The fake microphone repeats its file for ever: each word comes back at the same moment of every period, also
    after the sender was without a track for four seconds. The median over many words shows any slip."""
    client, therapist, session_id, cluster = recorded
    period_ms = speech.length_s(voices["client"]) * 1000
    await therapist.until_words(session_id, MANY_WORDS, "client")
    # Both moments are taken in the page: a busy machine tells this process late.
    paused_at_ms, resumed_at_ms = [
        cluster.call_time_ms(session_id, at_ms)
        for at_ms in await client.page.evaluate(
            f"""async () => {{
              const sender = ({FIND_LEG})().getSenders()[0];
              const track = sender.track;
              await sender.replaceTrack(null);
              const paused = Date.now();
              await new Promise((done) => setTimeout(done, 4000));
              const resumed = Date.now();
              await sender.replaceTrack(track);
              return [paused, resumed];
            }}"""
        )
    ]
    # Whatever was said before and in the pause has been written down when words of well after it have.
    await therapist.until_words_since(session_id, resumed_at_ms + 500, MANY_WORDS // 2, "client")
    words = words_of(await therapist.session(session_id), "client")
    slip_ms = slip_between(
        [word for word in words if word["from_ms"] < paused_at_ms - 500],
        [word for word in words if word["from_ms"] > resumed_at_ms + 500],
        period_ms,
    )
    print(f"after a track pause of {resumed_at_ms - paused_at_ms:.0f} ms the words stand {slip_ms:+.0f} ms off")
    assert abs(slip_ms) < WITHIN_S * 1000
    assert not [word for word in words if paused_at_ms + 500 < word["from_ms"] < resumed_at_ms - 500]


def slip_between(before: list[dict[str, int]], after: list[dict[str, int]], period_ms: float) -> float:
    """How much later, modulo the period, the same words stand after the pause than before it; the median."""
    slips = []
    for word in after:
        text = speech.words(str(word["text"]))
        offsets = [
            (word["from_ms"] - known["from_ms"] + period_ms / 2) % period_ms - period_ms / 2
            for known in before
            if speech.words(str(known["text"])) == text
        ]
        if text and offsets:
            slips.append(min(offsets, key=abs))
    assert len(slips) >= 10, "too few words were recognised on both sides of the pause"
    return sorted(slips)[len(slips) // 2]
