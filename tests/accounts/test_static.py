"""Static files as strangers ask for them: nothing outside the folder, and no path that is an error of ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from rtc_server.pages import Pages
from tests.accounts.house import serve

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "web"
    root.mkdir()
    (root / "index.html").write_text("the page")
    (root / "neutral.html").write_text("an egg")
    (root / "icon.svg").write_text("<svg/>")
    app = web.Application()
    app.router.add_get("/{path:.*}", Pages(root, "https://news.example/").serve)
    client = await serve(app)
    yield client
    await client.close()


async def test_who_leaves_quickly_is_led_where_the_operator_says(http: Client) -> None:
    async with http.get("/neutral.html", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "https://news.example/")
        assert answer.headers["Cache-Control"] == "no-store"
    async with http.get("/neutral.html", headers={"Sec-Fetch-Mode": "cors"}) as kept:
        assert (kept.status, await kept.text()) == (200, "an egg")


@pytest.mark.parametrize(
    "path", ["/%00", "/" + "a" * 5_000, "/" + "a/" * 2_500, "/%00.js", "/..%2fsecret", "/%2fetc%2fpasswd"]
)
async def test_a_path_that_is_no_file_is_the_page_or_not_there(http: Client, path: str) -> None:
    async with http.get(URL(path, encoded=True)) as answer:
        assert answer.status == 404 or (answer.status, await answer.text()) == (200, "the page")


async def test_a_file_beside_the_folder_is_not_served_and_one_inside_is(http: Client) -> None:
    async with http.get(URL("/..%2fsecret.txt", encoded=True)) as answer:
        assert answer.status == 404
    async with http.get("/icon.svg") as answer:
        assert (answer.status, await answer.text()) == (200, "<svg/>")
