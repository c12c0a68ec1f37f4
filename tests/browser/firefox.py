"""Debian's Firefox, driven by WebDriver BiDi through Playwright.

Playwright expects a newer Firefox than an ESR: it always asks for emulation commands that this one does not know and
gives up when they are refused. So it starts this program instead, which starts Firefox and passes every message on, and
takes the refusal of an unknown emulation command for done. What such a command would change (dark or light, the size of
the screen around the page) matters to no test here.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from playwright.async_api import Browser, Playwright

from tests.cluster import ROOT

FIREFOX = next((path for path in ("/usr/bin/firefox-esr",) if Path(path).exists()), None)
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES: dict[str, str | float | bool] = {
    # A camera that changes colour and a microphone that hums.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # As for Chromium: candidates name the loopback address.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.peerconnection.ice.loopback": True,
}


async def launch(playwright: Playwright, folder: Path) -> Browser:
    """A browser process of its own; `folder` takes the program that Playwright starts."""
    program = folder / "firefox"
    program.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m tests.browser.firefox "$@"\n')
    program.chmod(0o755)
    return await playwright.firefox.launch(
        channel="moz-firefox", executable_path=program, firefox_user_prefs=PREFERENCES
    )


class Passage:
    """Between one Playwright and one Firefox."""

    def __init__(self, firefox_url: str) -> None:
        self.firefox_url = firefox_url
        self._emulations: set[int] = set()

    async def open(self) -> int:
        """Returns the port at which Playwright may connect."""
        app = web.Application()
        app.router.add_get("/session", self._pass)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    async def _pass(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(max_msg_size=0)
        await near.prepare(request)
        async with ClientSession() as http, http.ws_connect(f"{self.firefox_url}/session", max_msg_size=0) as far:
            back = asyncio.create_task(self._bring_back(far, near))
            async for message in near:
                if message.type is WSMsgType.TEXT:
                    asked = json.loads(message.data)
                    if asked["method"].startswith("emulation."):
                        self._emulations.add(asked["id"])
                    await far.send_str(message.data)
            back.cancel()
        return near

    async def _bring_back(self, far: ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
        async for message in far:
            if message.type is WSMsgType.TEXT:
                await near.send_str(self._answer(message.data))
        await near.close()

    def _answer(self, text: str) -> str:
        answer = json.loads(text)
        if answer.get("error") != "unknown command" or answer.get("id") not in self._emulations:
            return text
        return json.dumps({"type": "success", "id": answer["id"], "result": {}})


async def main(arguments: list[str]) -> int:
    assert FIREFOX is not None
    firefox = await asyncio.create_subprocess_exec(FIREFOX, *arguments, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr is not None
    async for line in firefox.stderr:
        found = LISTENING.search(line.decode(errors="replace"))
        if found:
            port = await Passage(found[1]).open()
            print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
    return await firefox.wait()


if __name__ == "__main__":
    os._exit(asyncio.run(main(sys.argv[1:])))
