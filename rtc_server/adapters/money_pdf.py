"""Receipts and statements as PDF (A4), on the paper of `adapters/pdf.py`. Owns how they look; knows no ledger."""

from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from rtc_server.adapters.pdf import FAMILY, GREY, INK, Paper, write
from rtc_server.money.statements import Practice, Receipt, Statement, day_words, pounds

WIDTH_MM = 170
PAPER_LINE = (216, 208, 196)


def receipt_pdf(receipt: Receipt) -> bytes:
    """Takes about half a second: call it off the event loop."""
    paper = Paper("Receipt", "")
    _head(paper, receipt.practice, "Receipt")
    facts = [("Receipt number", receipt.number), ("Date", receipt.date), ("For", receipt.to_name), *receipt.facts]
    _table(paper, [list(fact) for fact in facts], (50, 120), last_right=False)
    paper.ln(4)
    _table(paper, [[receipt.total, pounds(receipt.total_pence)]], (120, 50), is_bold=True)
    return bytes(paper.output())


def statement_pdf(statement: Statement) -> bytes:
    """Takes about half a second, more for hundreds of lines: call it off the event loop."""
    paper = Paper(statement.title, "Confidential. ")
    _head(paper, statement.practice, statement.title)
    write(paper, statement.therapist, style="B")
    paper.ln(4)
    sums = [
        ("Brought forward", statement.opening_pence),
        ("Earned", statement.earned_pence),
        ("Paid out", -statement.paid_pence),
        ("Carried forward", statement.closing_pence),
    ]
    _table(paper, [[name, pounds(pence)] for name, pence in sums], (120, 50), is_last_bold=True)
    paper.ln(6)
    if statement.entries:
        rows = [[day_words(entry.day), entry.what, pounds(entry.amount_pence)] for entry in statement.entries]
        _table(paper, rows, (40, 95, 35), head=["Date", "What", "Amount"])
    else:
        write(paper, "Nothing was earned or paid out in this month.", color=GREY)
    if statement.now:
        paper.ln(6)
        write(paper, "Where it stands as this is written", style="B")
        paper.ln(1)
        _table(paper, [[name, pounds(pence)] for name, pence in statement.now], (120, 50))
    return bytes(paper.output())


def _head(paper: Paper, practice: Practice, title: str) -> None:
    paper.set_font(FAMILY, size=9)
    paper.set_text_color(*GREY)
    for line in practice.lines:
        paper.cell(0, 4.6, paper.drawable(line), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(6)
    write(paper, title, size=18, style="B")
    paper.ln(4)


def _table(
    paper: Paper,
    rows: list[list[str]],
    widths: tuple[int, ...],
    *,
    head: list[str] | None = None,
    is_bold: bool = False,
    is_last_bold: bool = False,
    last_right: bool = True,
) -> None:
    paper.set_font(FAMILY, "B" if is_bold else "", 11 if is_bold else 10)
    paper.set_text_color(*INK)
    paper.set_draw_color(*PAPER_LINE)
    aligns = [Align.L] * (len(widths) - 1) + [Align.R if last_right else Align.L]
    with paper.table(
        col_widths=widths,
        width=WIDTH_MM,
        align=Align.L,
        text_align=tuple(aligns),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        first_row_as_headings=head is not None,
        headings_style=FontFace(emphasis="BOLD", color=GREY, size_pt=9),
        line_height=7,
    ) as table:
        for number, row in enumerate(([head] if head else []) + rows):
            is_strong = is_last_bold and number == len(rows) - 1 + bool(head)
            table.row([paper.drawable(cell) for cell in row], style=FontFace(emphasis="BOLD") if is_strong else None)
