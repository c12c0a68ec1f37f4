"""A session's record as files: plain text and WebVTT, and the lines that a PDF is made of. Pure; knows no seal.

Easy to break: a file is read without the page around it, so that everything the page says of a line is said in words
here too: that a machine wrote it, which words are unsure, what was corrected, and where something is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

MADE = "Written by a machine and may be wrong. Words followed by (?) are unsure; corrected lines say so."
GAPS = {
    "paused": "the transcript was stopped",
    "lost": "the sound of {name} did not reach the server",
    "reconnect": "{name} was reconnecting",
    "unreadable": "the sound of {name} could not be read",
}
NONE = {
    "off": "There is no transcript: it needs a yes from both people.",
    "empty": "Nothing was said in this call.",
    "failed": "The transcript could not be made.",
    "deleted": "The transcript was deleted.",
}
UNFINISHED = "The transcript is still being written."


class Line(NamedTuple):
    """One utterance, or what is missing when `who` is empty. Call time."""

    from_ms: int
    to_ms: int
    who: str
    text: str
    is_corrected: bool = False
    is_marked: bool = False


@dataclass(frozen=True)
class Record:
    """`notes` None: they are not exported."""

    therapist: str
    client: str
    at_ms: int
    length_s: int
    transcript: str
    lines: Sequence[Line]
    notes: str | None
    zone: ZoneInfo

    @property
    def title(self) -> str:
        return f"Session of {self.client} with {self.therapist}"

    @property
    def facts(self) -> str:
        begun = datetime.fromtimestamp(self.at_ms / 1_000, self.zone)
        minutes = round(self.length_s / 60)
        length = "1 minute" if minutes == 1 else f"{minutes} minutes"
        return f"{begun:%A} {begun.day} {begun:%B %Y, %H:%M} ({self.zone.key}), {length}"

    @property
    def about(self) -> str:
        """What to say before the lines, or instead of them."""
        if self.lines:
            return MADE if self.transcript in ("ready", "failed") else f"{MADE} {UNFINISHED}"
        return NONE.get(self.transcript, UNFINISHED)

    @property
    def file_name(self) -> str:
        """Without a name: files lie about in folders that others see."""
        return f"session-{datetime.fromtimestamp(self.at_ms / 1_000, self.zone):%Y-%m-%d-%H%M}"


def clock(ms: int) -> str:
    """ "2:31", "1:02:31"."""
    seconds = ms // 1_000
    hours, minutes = seconds // 3_600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def missing(name: str, from_ms: int, to_ms: int, reason: str) -> Line:
    seconds = max(1, round((to_ms - from_ms) / 1_000))
    length = f"{seconds} seconds" if seconds > 1 else "1 second"
    if seconds >= 90:
        length = f"{round(seconds / 60)} minutes"
    if reason == "muted":
        return Line(from_ms, to_ms, "", f"{name} was muted for {length}")
    why = GAPS.get(reason, "nothing of {name} was kept").format(name=name)
    return Line(from_ms, to_ms, "", f"{length} not written down: {why}")


def in_order(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.from_ms, line.who == ""))


def label(line: Line) -> str:
    """What is to be known of a line, beside who said it."""
    signs = [sign for sign, is_so in (("corrected", line.is_corrected), ("marked", line.is_marked)) if is_so]
    return ", ".join(signs)


def as_text(record: Record) -> str:
    """With a line end that every editor knows, and a mark for those that guess encodings."""
    parts = [record.title, record.facts, "", record.about, ""]
    for line in record.lines:
        if not line.who:
            parts.append(f"[{clock(line.from_ms)}] -- {line.text} --")
            continue
        known = label(line)
        parts.append(f"[{clock(line.from_ms)}] {line.who}{f' ({known})' if known else ''}: {line.text}")
    if record.notes is not None:
        parts += ["", "Notes", "", record.notes or "No notes."]
    return "\ufeff" + "\r\n".join(part for whole in parts for part in whole.split("\n")) + "\r\n"


def as_vtt(record: Record) -> str:
    """WebVTT (W3C). Cues may overlap, as people do; what is missing stands in comments."""
    blocks = ["WEBVTT", f"NOTE {_plain(record.about)}"]
    for line in record.lines:
        if line.who:
            end_ms = max(line.to_ms, line.from_ms + 1)
            time = f"{_cue_time(line.from_ms)} --> {_cue_time(end_ms)}"
            blocks.append(f"{time}\n<v {_plain(line.who)}>{_plain(line.text)}")
        else:
            blocks.append(f"NOTE {clock(line.from_ms)} {_plain(line.text)}")
    return "\n\n".join(blocks) + "\n"


def _cue_time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1_000 % 60:02}.{ms % 1_000:03}"


def _plain(text: str) -> str:
    """One line without anything WebVTT would read as its own."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
