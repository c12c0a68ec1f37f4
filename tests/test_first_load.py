"""What a browser fetches before a page stands, in the web client as it was built."""

import gzip
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
    too_large = {page: size for page, size in sizes.items() if size > FIRST_LOAD_BYTES_MAX}
    assert not too_large, sizes
