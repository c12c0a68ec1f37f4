"""One person, one seat: another device takes it over as it was left, and a closed lid loses nobody."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, PEEK, PHONE, ClientHuman, Human
from tests.browser.test_mending import silent

LET_GO_MS = 2_000
BACK_S = 10.0
SENDS = """() => connections.some((one) => one.connectionState !== "closed"
  && one.getSenders().some(({ track }) => track?.readyState === "live"))"""


@contextmanager
def closed_lid(microphone: Path) -> Iterator[None]:
    """Every process of the browser with this microphone stands still, as on a machine that sleeps."""
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are found by Linux' /proc")
    wanted = f"--use-file-for-fake-audio-capture={microphone}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        words = (folder / "cmdline").read_bytes().split(b"\0") if (folder / "cmdline").exists() else []
        if wanted in words and not any(word.startswith(b"--type=") for word in words):
            group = os.getpgid(int(folder.name))
            break
    else:
        raise ProcessLookupError("no browser has this microphone")
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


async def test_another_device_takes_the_seat_as_it_was_left_and_a_closed_lid_loses_nobody(theatre: Theatre) -> None:
    client, therapist, session_id = await theatre.session(wants_transcript=False)
    address = client.page.url
    await client.button("Mute").click()
    muted = therapist.page.get_by_text(f"{client.person.first_name}’s microphone is off")
    await expect(muted).to_be_visible(timeout=ARRIVES_MS)

    # Another device is another sign-in.
    browser = client.context.browser
    assert browser is not None
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    await context.add_init_script(PEEK)
    other = ClientHuman(context, await context.new_page(), client.cluster, client.person)
    theatre.watch(other)
    await other.sign_in()
    await expect(other.button("Sign in")).to_have_count(0, timeout=ARRIVES_MS)
    await other.page.goto(address)
    await other.in_call()
    await expect(client.button("Use here instead")).to_be_visible(timeout=ARRIVES_MS)
    await client.until(lambda: _is_not(client, SENDS), LET_GO_MS / 1_000, "the page that was replaced sends nothing")
    await expect(other.button("Mute")).to_have_attribute("aria-pressed", "true")
    await expect(muted).to_be_visible()
    await other.button("Mute").click()
    await expect(muted).to_have_count(0, timeout=ARRIVES_MS)
    for human in (other, therapist):
        await human.hears_and_sees()

    with closed_lid(theatre.voices["client"]):
        await silent(therapist)
    for human in (other, therapist):
        await human.hears_and_sees(BACK_S)
    status = therapist.page.get_by_role("status", name="Connection", exact=True)
    await expect(status).to_contain_text("Connected", timeout=ARRIVES_MS)
    assert await therapist.session_id() == session_id
    session = await therapist.session(session_id)
    assert session["ended_reason"] == ""
    await therapist.ends_for_both()
    await expect(other.page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=ARRIVES_MS)


async def _is_not(human: Human, ask: str) -> bool:
    return not await human.page.evaluate(ask)
