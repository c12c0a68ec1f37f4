"""The guide as a PDF, on the same paper as a session's record. What stands in it is `guide.Guide`."""

from rtc_server.adapters.pdf import ACCENT, Paper, write
from rtc_server.guide import Guide

ITEM_MM, SECTION_MM = 24, 42  # less than this is left of a page: it begins on the next one, with what it heads


def guide_as_pdf(guide: Guide) -> bytes:
    """Takes about half a second: call it off the event loop."""
    paper = Paper(guide.title, "")
    write(paper, guide.title, size=18, style="B")
    for section in guide.sections:
        paper.ln(6)
        _keep_together(paper, SECTION_MM)
        write(paper, section.title, size=13, style="B", color=ACCENT)
        for item in section.items:
            paper.ln(2.5)
            _keep_together(paper, ITEM_MM)
            write(paper, item.question, style="B")
            write(paper, item.answer)
    return bytes(paper.output())


def _keep_together(paper: Paper, height_mm: float) -> None:
    if paper.will_page_break(height_mm):
        paper.add_page()
