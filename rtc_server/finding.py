"""Words found in text as people expect: without case and accents, and with a little of what stands around. Pure."""

import unicodedata
from collections.abc import Iterator

AROUND = 70  # characters of a hit's surroundings, each side
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def folded(text: str) -> str:
    """The text without case and accents, letter for letter, so that places in it are places in `text`."""
    return "".join((unicodedata.normalize("NFKD", letter)[0].casefold() or letter)[0] for letter in text).translate(
        QUOTES
    )


def places(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Where `wanted`, which is folded, begins and ends in `text`."""
    looked_at, start = folded(text), 0
    while (start := looked_at.find(wanted, start)) >= 0:
        yield start, start + len(wanted)
        start += len(wanted)


def before(text: str, start: int) -> str:
    if start <= AROUND:
        return text[:start]
    return "…" + text[start - AROUND : start].partition(" ")[2]


def after(text: str, end: int) -> str:
    if len(text) - end <= AROUND:
        return text[end:]
    return text[end : end + AROUND].rpartition(" ")[0] + "…"
