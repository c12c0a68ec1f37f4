"""The table of settings in docs/operations.md, from the same source as `--help`.

Owns its Markdown and nothing else; `protocol_export` puts it between its markers.
"""

from rtc_server import config


def tables() -> dict[str, str]:
    """Marker name → Markdown that stands between its markers."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |" for name, default, meaning in config.table()
    ]
    return {"settings": "\n".join(["| Setting | Default | Meaning |", "| --- | --- | --- |", *rows])}
