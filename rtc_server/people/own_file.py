"""A person's own data as a file to take along: JSON for programs and a page for people, zipped. Pure.

Easy to break: whatever a person typed stands in the page as text, never as markup; and the file is made to be read
without us, so every section says in words what it is.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

Value = str | int | bool | datetime | None
Row = dict[str, Value]

STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem 1rem}
section{margin-top:2.5rem}
div{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8886}
th{font-weight:600;white-space:nowrap}
td{white-space:pre-wrap;overflow-wrap:anywhere}
p{max-width:44rem}
"""


@dataclass(frozen=True)
class Section:
    """`key` names it in the JSON; instants are UTC there, and integers that end in `_pence` are money."""

    key: str
    title: str
    about: str
    rows: Sequence[Row] | None  # None: there is nothing but the words


def as_zip(title: str, sections: Sequence[Section], made_at: datetime, zone: ZoneInfo) -> bytes:
    """`data.json` and `my-data.html`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", as_json(sections, made_at))
        file.writestr("my-data.html", as_page(title, sections, made_at, zone))
    return out.getvalue()


def as_json(sections: Sequence[Section], made_at: datetime) -> str:
    whole: dict[str, object] = {"made_at": _iso(made_at)}
    for section in sections:
        rows = section.rows
        if rows is not None:
            whole[section.key] = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_page(title: str, sections: Sequence[Section], made_at: datetime, zone: ZoneInfo) -> str:
    body = "".join(_section(section, zone) for section in sections)
    made = escape(f"Made on {_words('', made_at, zone)}. All times are of {zone.key}.")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{made}</p>{body}</body></html>\n"
    )


def _section(section: Section, zone: ZoneInfo) -> str:
    head = f"<section><h2>{escape(section.title)}</h2><p>{escape(section.about)}</p>"
    if not section.rows:
        return head + ("</section>" if section.rows is None else "<p>There is nothing.</p></section>")
    if len(section.rows) == 1:
        (row,) = section.rows
        facts = "".join(
            f'<tr><th scope="row">{_label(name)}</th><td>{escape(_words(name, value, zone))}</td></tr>'
            for name, value in row.items()
        )
        return f"{head}<div><table>{facts}</table></div></section>"
    names = "".join(f'<th scope="col">{_label(name)}</th>' for name in section.rows[0])
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_words(name, value, zone))}</td>" for name, value in row.items()) + "</tr>"
        for row in section.rows
    )
    return f"{head}<div><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div></section>"


def _label(name: str) -> str:
    return escape(name.removesuffix("_pence").replace("_", " ").capitalize())


def _words(name: str, value: Value, zone: ZoneInfo) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        at = value.astimezone(zone)
        return f"{at.day} {at:%B %Y, %H:%M}"
    if name.endswith("_pence"):
        assert isinstance(value, int)
        return f"{'−' if value < 0 else ''}£{abs(value) / 100:.2f}"
    return str(value)


def _plain(value: Value) -> str | int | bool | None:
    return _iso(value) if isinstance(value, datetime) else value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
