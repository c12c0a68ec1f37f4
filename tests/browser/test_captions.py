"""Captions: the other one's words, a few seconds behind, for whoever turned them on and for nobody else."""

import json
import re
import time
from typing import Any

from playwright.async_api import WebSocket, expect

from tests import speech
from tests.browser.conftest import Talk
from tests.browser.people import ARRIVES_MS, Human

LATE_S_MAX = 12.0  # while everything else runs too; left to itself a machine is about 3 s behind


def caught(human: Human) -> list[dict[str, Any]]:
    """Every caption that comes to this page from now on, with the moment at which it came."""
    found: list[dict[str, Any]] = []

    def on_frame(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        if '"room:captioned"' in text:
            found.append({**json.loads(text[text.index("[") :])[1], "came_at_ms": time.time() * 1_000})

    def on_socket(socket: WebSocket) -> None:
        socket.on("framereceived", on_frame)

    human.page.on("websocket", on_socket)
    return found


async def test_a_client_reads_the_therapist_along_and_nobody_else_is_told(recorded: Talk) -> None:
    client, therapist, session_id, cluster = recorded
    read, told = caught(client), caught(therapist)
    for human in (client, therapist):
        await human.page.reload()
        await human.in_call()
    name = therapist.person.first_name

    await client.button("More").click()
    switch = client.page.get_by_role("switch", name="Captions")
    await expect(switch).not_to_be_checked()
    await switch.click()
    await expect(switch).to_be_checked()
    await client.page.keyboard.press("Escape")
    strip = client.region("Captions")
    await expect(strip).to_contain_text("written by a machine, about 3 seconds behind")
    lines = strip.get_by_role("log", name=f"What {name} says")
    # Read at will: a screen reader does not talk over the person whose words these are.
    await expect(lines).to_have_attribute("aria-live", "off")

    async def enough() -> bool:
        return len(speech.words(" ".join(one["text"] for one in read))) >= 25

    await client.until(enough, 40, "captions of the therapist")
    heard = " ".join(one["text"] for one in read)
    behind = sorted((cluster.call_time_ms(session_id, one["came_at_ms"]) - one["to_ms"]) / 1_000 for one in read)
    print(f"captions are behind by {behind[len(behind) // 2]:.1f} s (median), {behind[-1]:.1f} s (most): {heard}")
    assert behind[len(behind) // 2] < LATE_S_MAX
    assert speech.share_known(heard, speech.THERAPIST.text) > speech.share_known(heard, speech.CLIENT.text) + 0.2
    await expect(lines).to_contain_text(read[0]["text"])
    assert told == []

    # Theirs until they turn them off, also after a reload.
    await client.page.reload()
    await client.in_call()
    await expect(strip).to_be_visible()
    # No words without a transcript, and that is said.
    await client.button("More").click()
    await client.button("Stop the transcript").click()
    await client.button("Keep it").click()
    await expect(strip).to_contain_text("The transcript has stopped")
    await client.button("More").click()
    await switch.click()
    await expect(strip).to_have_count(0)
    await expect(switch).to_be_disabled()
    await expect(client.page.get_by_text(re.compile("They need the transcript"))).to_be_visible()
    await therapist.ends_for_both()
    await expect(client.page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=ARRIVES_MS)
