"""What stands where a page should be: crisis numbers are in the answer itself, whatever else is missing."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from rtc_server.pages import Pages

NUMBERS = ("tel:999", "tel:116123", "sms:85258")
BOOT = Path(__file__).resolve().parent.parent.parent / "web_client" / "index.html"


async def answer(root: Path, path: str) -> tuple[int, str, str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", Pages(root).serve)
    async with TestClient(TestServer(app)) as visitor:
        found = await visitor.get(path)
        return found.status, found.content_type, await found.text()


@pytest.mark.parametrize(("path", "status"), [("/old-page.html", 404), ("/", 503)], ids=["unknown", "not built"])
async def test_a_page_that_is_not_there_says_who_can_be_reached(tmp_path: Path, path: str, status: int) -> None:
    found, kind, text = await answer(tmp_path, path)
    assert (found, kind) == (status, "text/html")
    assert all(f"href={number}>" in text for number in NUMBERS)


def test_the_page_says_who_can_be_reached_before_any_code_has_run() -> None:
    assert all(f'href="{number}"' in BOOT.read_text() for number in NUMBERS)
