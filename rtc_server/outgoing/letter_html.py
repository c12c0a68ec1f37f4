"""A letter as HTML, readable without pictures, in light and dark. Pure.

Easy to break: every fact is escaped on its way in, and nothing is fetched from anywhere when a letter is opened.
"""

from collections.abc import Sequence
from html import escape

STYLE = """\
body { margin: 0; background: #f5f1ea; color: #241f1a; font: 17px/1.5 system-ui, sans-serif; }
.letter { max-width: 560px; margin: 0 auto; padding: 32px 20px; }
.letter h1 { margin: 0 0 24px; font-size: 26px; line-height: 1.2; }
.letter .button { display: inline-block; margin: 8px 0; padding: 14px 24px; border-radius: 12px;
  background: #1d4a73; color: #fffdf8; font-weight: 600; text-decoration: none; }
.letter .foot { margin-top: 32px; padding-top: 16px; border-top: 1px solid #ddd4c6; color: #685e53; font-size: 15px; }
.letter a.plain { color: inherit; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { background: #191612; color: #f2ebe0; }
  .letter .button { background: #9cc3e6; color: #10202f; }
  .letter .foot { border-color: #3b342b; color: #b3a797; }
}
"""


def as_html(subject: str, lines: Sequence[str], button: str, link: str, foot: Sequence[str]) -> str:
    """Everything is text and is escaped here. `link` is where the button leads."""
    said = "".join(f"<p>{escape(line)}</p>\n" for line in lines)
    small = "".join(f"<p>{_linked(line)}</p>\n" for line in foot)
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(subject)}</title>\n<style>\n{STYLE}</style></head>\n"
        f'<body><div class="letter">\n<h1>{escape(subject)}</h1>\n{said}'
        f'<p><a class="button" href="{escape(link)}">{escape(button)}</a></p>\n'
        f'<p>Or copy this into your browser:<br><a class="plain" href="{escape(link)}">{escape(link)}</a></p>\n'
        f'<div class="foot">\n{small}</div>\n</div></body></html>\n'
    )


def _linked(line: str) -> str:
    """A footer line; the address at its end can be pressed."""
    words, _, address = line.rpartition(" ")
    if not address.startswith("http"):
        return escape(line)
    return f'{escape(words)} <a class="plain" href="{escape(address)}">{escape(address)}</a>'
