"""Receipts and monthly statements: what stands in them, and a statement as CSV. Pure; the PDFs are drawn elsewhere.

Easy to break: both are read without the page around them, and by other people than the page is: a receipt says what
was paid and when, and never what a session was about.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Practice:
    """Who is paid, as it stands on paper. `address` has commas where lines end."""

    name: str
    address: str
    email: str

    @property
    def lines(self) -> list[str]:
        return [line for line in (self.name, *(part.strip() for part in self.address.split(",")), self.email) if line]


@dataclass(frozen=True)
class Receipt:
    practice: Practice
    number: str
    to_name: str
    at_ms: int
    facts: Sequence[tuple[str, str]]
    total: str  # "Paid"
    total_pence: int
    zone: ZoneInfo

    @property
    def date(self) -> str:
        return day_words(datetime.fromtimestamp(self.at_ms / 1_000, self.zone).date())


@dataclass(frozen=True)
class Entry:
    day: date
    what: str
    amount_pence: int  # signed
    is_sent_back: bool = False  # by the bank: it was not earned, and not paid out in the end


@dataclass(frozen=True)
class Statement:
    """`now`: where what is left stood when this was made; empty for a month that is over."""

    practice: Practice
    therapist: str
    month: date  # its first day
    opening_pence: int
    entries: Sequence[Entry]
    closing_pence: int
    now: Sequence[tuple[str, int]]

    @property
    def title(self) -> str:
        return f"Statement for {self.month:%B %Y}"

    @property
    def earned_pence(self) -> int:
        return sum(entry.amount_pence for entry in self.entries if entry.amount_pence > 0 and not entry.is_sent_back)

    @property
    def paid_pence(self) -> int:
        return -sum(entry.amount_pence for entry in self.entries if entry.amount_pence < 0 or entry.is_sent_back)

    @property
    def file_name(self) -> str:
        return f"statement-{self.month:%Y-%m}"


def pounds(pence: int) -> str:
    """−3500 is "−£35.00"."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02}"


def day_words(day: date) -> str:
    """ "4 December 2026"."""
    return f"{day.day} {day:%B %Y}"


def as_csv(statement: Statement) -> str:
    """Amounts in pounds with a plain minus, so that a spreadsheet adds them up."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(("Date", "What", "Amount"))
    rows.writerow((statement.month.isoformat(), "Brought forward", _plain(statement.opening_pence)))
    for entry in statement.entries:
        rows.writerow((entry.day.isoformat(), entry.what, _plain(entry.amount_pence)))
    rows.writerow(("", "Carried forward", _plain(statement.closing_pence)))
    return "\ufeff" + written.getvalue()


def _plain(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02}"
