"""The file of payments that an operator gives to the bank. Pure.

CSV with a header, one payment a line: sort code, account number, payee's name, amount in pounds, reference; the order
of columns that British banks ask for in their bulk payment forms ("Bacs bulk list"). Names and references keep to the
characters and the 18 places that Bacs has. Easy to break: no cell may begin with a sign that a spreadsheet computes.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

HEADER = ("Sort code", "Account number", "Name", "Amount", "Reference")
PLACES = 18
NOT_BACS = re.compile(r"[^A-Z0-9.&/\- ]")


class Payment(NamedTuple):
    sort_code: str  # six digits
    account_number: str  # eight digits
    name: str
    amount_pence: int
    reference: str


def as_csv(payments: Iterable[Payment]) -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(HEADER)
    for one in payments:
        pounds = f"{one.amount_pence // 100}.{one.amount_pence % 100:02}"
        rows.writerow((one.sort_code, one.account_number, bacs_text(one.name), pounds, bacs_text(one.reference)))
    return written.getvalue()


def bacs_text(text: str) -> str:
    """As Bacs can carry it: capitals without accents, at most 18 places, a letter or digit first."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ß", "ss")).upper()
    kept = NOT_BACS.sub("", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    return re.sub(r"^[^A-Z0-9]+", "", " ".join(kept.split()))[:PLACES].strip()
