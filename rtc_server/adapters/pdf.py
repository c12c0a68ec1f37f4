"""A session's record as a PDF (A4), by fpdf2, in DejaVu Sans: Latin, Greek, Cyrillic, Hebrew, Arabic and more; and in
Droid Sans Fallback for Chinese, Japanese and Korean.

Owns how it looks on paper; what stands in it is `exports.Record`. Easy to break: fpdf2 writes letters it has no shape
for into the log, and they are somebody's name, so every text passes `Paper.drawable` first.
"""

import logging
import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from rtc_server.exports import Line, Record, clock, label

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else forty lines for each paper

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILY = "DejaVu"
EASTERN = "Droid"
BOX = "□"
LOST = f"{BOX} stands for a letter that this file’s typeface does not have. The plain text has them all."

UNDRAWN = ("Cc", "Cf", "Mn")  # controls, and marks that only shape others

INK, GREY, ACCENT = (29, 26, 22), (92, 84, 74), (29, 74, 115)
MARGIN_MM = 20
TIME_MM = 17
LINE_MM = 5.4
LAST_MM = 24  # less than this is left of a page: the next line begins a new one


class Paper(FPDF):
    """An empty first page in our typeface; what stands on it passes `write`, or `drawable` of the page."""

    def __init__(self, title: str, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM)
        self.add_font(FAMILY, fname=FONTS / "DejaVuSans.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_text_shaping(True)
        self.set_lang("en-GB")
        self.set_title(title)
        self.add_page()

    def drawable(self, text: str) -> str:
        """See the function of this name. Fetches the second typeface, which takes a second, when it is needed."""
        if EASTERN.lower() not in self.fonts and any(is_eastern(letter) for letter in text):
            self.add_font(EASTERN, fname=FONTS / "DroidSansFallback.ttf")
            self.set_fallback_fonts([EASTERN], exact_match=False)  # it has one weight
        return drawable(text)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FAMILY, size=8)
        self.set_text_color(*GREY)
        self.cell(0, 6, f"{self._foot}Page {self.page_no()} of {{nb}}", align="C")


def as_pdf(record: Record) -> bytes:
    """Takes about half a second: call it off the event loop."""
    paper = Paper("Session record", "Confidential. ")
    write(paper, record.title, size=16, style="B")
    write(paper, record.facts, color=GREY)
    paper.ln(3)
    write(paper, record.about, size=9, color=GREY)
    if BOX in drawable("".join([record.title, record.notes or "", *(line.text + line.who for line in record.lines)])):
        write(paper, LOST, size=9, color=GREY)
    paper.ln(4)
    for line in record.lines:
        _line(paper, line)
    if record.notes is not None:
        paper.ln(4)
        _keep_together(paper)
        write(paper, "Notes", size=13, style="B")
        paper.ln(1)
        for paragraph in (record.notes or "No notes.").split("\n"):
            write(paper, paragraph)
    return bytes(paper.output())


def _line(paper: Paper, line: Line) -> None:
    _keep_together(paper)
    paper.set_font(FAMILY, size=8)
    paper.set_text_color(*GREY)
    paper.cell(TIME_MM, LINE_MM, clock(line.from_ms), new_x=XPos.RIGHT, new_y=YPos.TOP)
    if not line.who:
        write(paper, f"– {line.text} –", size=9, color=GREY)
        paper.ln(2.5)
        return
    known = label(line)
    paper.set_left_margin(MARGIN_MM + TIME_MM)
    write(paper, line.who + (f"  ({known})" if known else ""), size=9, style="B", color=ACCENT)
    write(paper, line.text)
    paper.set_left_margin(MARGIN_MM)
    paper.set_x(MARGIN_MM)
    paper.ln(2.5)


def write(paper: Paper, text: str, *, size: float = 10, style: str = "", color: tuple[int, int, int] = INK) -> None:
    """A paragraph in the width that is left, then to the left margin; on the side where its writing begins."""
    paper.set_font(FAMILY, style, size)
    paper.set_text_color(*color)
    height = LINE_MM if size <= 10 else size * 0.5
    paper.multi_cell(
        0,
        height,
        paper.drawable(text),
        align="R" if is_right_to_left(text) else "L",
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )


def _keep_together(paper: Paper) -> None:
    if paper.will_page_break(LAST_MM):
        paper.add_page()


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as the Unicode bidirectional algorithm has it (UAX 9, P2)."""
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


@cache
def _letters() -> frozenset[int]:
    with TTFont(FONTS / "DejaVuSans.ttf") as regular, TTFont(FONTS / "DejaVuSans-Bold.ttf") as bold:
        return frozenset(regular.getBestCmap()) & frozenset(bold.getBestCmap())


@cache
def _eastern_letters() -> frozenset[int]:
    with TTFont(FONTS / "DroidSansFallback.ttf") as font:
        return frozenset(font.getBestCmap())


def is_eastern(letter: str) -> bool:
    """Whether only the second typeface has it."""
    is_known = ord(letter) in _letters() or letter.isspace() or unicodedata.category(letter) in UNDRAWN
    return not is_known and ord(letter) in _eastern_letters()


def drawable(text: str) -> str:
    """The text with a box for every letter that has no shape; marks that only shape others are left out."""
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        if letter == "\n" or ord(letter) in _letters() or is_eastern(letter):
            kept.append(letter)
        elif letter.isspace():
            kept.append(" ")
        elif unicodedata.category(letter) not in UNDRAWN:
            kept.append(BOX)
    return "".join(kept)
