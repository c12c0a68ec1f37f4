"""The built web client, served by web: files by their hashed names for ever, the page itself never from a cache."""

from pathlib import Path

from aiohttp import web

ROOT = Path(__file__).parent / "web"  # where web_client/build.py and the wheel put it
NEUTRAL = "neutral.html"  # where *Leave quickly* goes

# What is answered in place of a page says in itself who can be reached now.
BARE = (
    "<!doctype html><html lang=en-GB><meta charset=utf-8>"
    '<meta name=viewport content="width=device-width, initial-scale=1"><title>Quick Connect</title>{}'
    "<p>In danger right now? Call <a href=tel:999>999</a>. Samaritans: <a href=tel:116123>116 123</a>. "
    "Text SHOUT to <a href=sms:85258>85258</a>.</p>"
)
MISSING = BARE.format("<h1>The web client is not built</h1><p>Run <code>make run</code>.</p>")
NOT_HERE = BARE.format('<h1>There is nothing here</h1><p><a href="/">Go to the first page</a></p>')


class Pages:
    """Answers every path that is not somebody else's: a file when there is one, else the page (it routes by itself)."""

    def __init__(self, root: Path, neutral_url: str = "") -> None:
        self._root = root.resolve()
        self._neutral_url = neutral_url

    async def serve(self, request: web.Request) -> web.StreamResponse:
        # Only a person is led there: what is kept for a lost network (`sw.js`) is our own page.
        is_led = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if self._neutral_url and is_led and request.match_info["path"] == NEUTRAL:
            raise web.HTTPFound(self._neutral_url, headers={"Cache-Control": "no-store"})
        path = self._file(request.match_info["path"])
        if path is not None and path.name != "index.html":
            response = web.FileResponse(path)
            is_hashed = path.is_relative_to(self._root / "assets")
            response.headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if is_hashed else "public, max-age=3600"
            )
            return response
        if "." in request.match_info["path"].rpartition("/")[2]:
            raise web.HTTPNotFound(text=NOT_HERE, content_type="text/html")
        index = self._root / "index.html"
        if not index.is_file():
            return web.Response(text=MISSING, content_type="text/html", status=503)
        page = web.FileResponse(index)
        page.headers["Cache-Control"] = "no-store"
        return page

    def _file(self, asked: str) -> Path | None:
        """A file of ours; None also for a path that no file system takes, as with a zero byte in it or far too long."""
        try:
            path = (self._root / asked).resolve()
            return path if path.is_relative_to(self._root) and path.is_file() else None
        except (OSError, ValueError):
            return None
