"""What a browser fetches before a page stands, what it is told about it, and what it keeps for a lost network."""

import gzip
import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parent.parent / "rtc_server" / "web"
FIRST_LOAD_BYTES_MAX = 60_000  # of JavaScript, compressed; the call may add a chunk of its own

IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'`]\./([\w.-]+\.js)["'`]""")
FETCHED_LATER = re.compile(r"""\bimport\(\s*["'`]\./([\w.-]+\.js)["'`]\s*\)""")


def with_imports(assets: Path, names: set[str]) -> set[str]:
    """These files and all that they import before they run."""
    found: set[str] = set()
    open_ends = set(names)
    while open_ends:
        name = open_ends.pop()
        found.add(name)
        open_ends |= set(IMPORT.findall((assets / name).read_text())) - found
    return found


def compressed(assets: Path, names: set[str]) -> int:
    return sum(len(gzip.compress((assets / name).read_bytes(), 9)) for name in names)


def test_no_page_needs_more_than_60_kb_of_code_before_it_stands() -> None:
    index = WEB / "index.html"
    if not index.exists():
        pytest.skip("the web client is not built: make web")
    assets = WEB / "assets"
    entry = set(re.findall(r'<script[^>]+src="/assets/([\w.-]+\.js)"', index.read_text()))
    assert len(entry) == 1
    pages = set(FETCHED_LATER.findall((assets / next(iter(entry))).read_text()))
    assert len(pages) > 5, pages
    sizes = {page: compressed(assets, with_imports(assets, entry | {page})) for page in sorted(pages)}
    for page in sizes:
        if page.startswith("Call-"):
            sizes[page] -= compressed(assets, {page})
    too_large = {page: size for page, size in sizes.items() if size > FIRST_LOAD_BYTES_MAX}
    assert not too_large, sizes


def test_the_browser_around_the_page_has_the_colours_of_the_page() -> None:
    client = WEB.parent.parent / "web_client"
    tokens = (client / "src" / "styles" / "tokens.css").read_text()
    light, dark = re.findall(r"--page: (#\w{6})", tokens)[:2]
    themes = re.findall(
        r'<meta name="theme-color" content="(#\w{6})" media="\(prefers-color-scheme: (\w+)\)"',
        (client / "index.html").read_text(),
    )
    assert themes == [(light, "light"), (dark, "dark")]
    manifest = json.loads((client / "public" / "app.webmanifest").read_text())
    assert manifest["background_color"] == manifest["theme_color"] == light
    for icon in manifest["icons"]:
        assert (client / "public" / icon["src"].lstrip("/")).is_file(), icon
    offline = (client / "public" / "offline.css").read_text()
    assert re.findall(r"--page: (#\w{6})", offline) == [light, dark]


def test_what_is_kept_for_a_lost_network_is_there_and_needs_nothing_else() -> None:
    public = WEB.parent.parent / "web_client" / "public"
    listed = re.search(r"FILES = \[(.*?)\]", (public / "sw.js").read_text(), re.DOTALL)
    assert listed
    kept = set(re.findall(r'"(/[\w.-]+)"', listed[1]))
    for path in sorted(kept):
        content = (public / path.lstrip("/")).read_text()
        wanted = set(re.findall(r'(?:src|href)="(/[\w.-]+)"', content))
        assert wanted <= kept, (path, wanted - kept)
    page = (public / "offline.html").read_text()
    assert all(f'href="{number}"' in page for number in ("tel:999", "tel:116123", "sms:85258"))
