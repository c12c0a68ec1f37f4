"""docs/lifecycles.md from the transition tables, so that the picture follows the code.

Owns only how a table is drawn. The rule that is easy to break: what is not in a table is refused, so the
document must never name a step by hand.
"""

import re

from booking_core import payouts
from rtc_server import pool
from rtc_server.config import Settings

# The setting that gives each named limit its length.
LENGTHS = {
    pool.Limit.WAIT: Settings().request_wait_s,
    pool.Limit.ANSWER: Settings().request_answer_s,
    pool.Limit.JOIN: Settings().request_join_s,
}


def tables() -> dict[str, str]:
    """Marker name → Markdown that stands between its markers."""
    return {
        "request-diagram": _diagram(),
        "request-table": _table(),
        "withdrawal-diagram": _withdrawal_diagram(),
        "withdrawal-table": _withdrawal_table(),
    }


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> waiting : place"]
    for (state, event), step in pool.TRANSITIONS.items():
        lines.append(f"    {state.value} --> {step.to.value} : {_words(event.__name__)}")
    lines += [f"    {state.value} --> [*]" for state in pool.State if state in pool.FINAL]
    return "\n".join([*lines, "```"])


def _table() -> str:
    lines = ["| From | Event | What it means | To | Reason | Then at most |", "| --- | --- | --- | --- | --- | --- |"]
    for (state, event), step in pool.TRANSITIONS.items():
        # A dataclass without a docstring of its own gets its signature for one.
        said = event.__doc__ or ""
        meaning = "" if said.startswith(event.__name__) else " ".join(said.split())
        lines.append(
            f"| `{state.value}` | {_words(event.__name__)} | {meaning} | `{step.to.value}` | {step.reason} "
            f"| {_length(step.limit)} |"
        )
    return "\n".join(lines)


def _withdrawal_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> requested : withdraw"]
    for (state, event), step in payouts.TRANSITIONS.items():
        lines.append(f"    {state.value} --> {step.to.value} : {_words(event.__name__)}")
    lines += [f"    {state.value} --> [*]" for state in payouts.FINAL]
    return "\n".join([*lines, "```"])


def _withdrawal_table() -> str:
    lines = ["| From | Event | What it means | To | On |", "| --- | --- | --- | --- | --- |"]
    for (state, event), step in payouts.TRANSITIONS.items():
        meaning = " ".join((event.__doc__ or "").split())
        rails = " and ".join(rail.value for rail in step.rails)
        lines.append(f"| `{state.value}` | {_words(event.__name__)} | {meaning} | `{step.to.value}` | {rails} |")
    return "\n".join(lines)


def _length(limit: pool.Limit | None) -> str:
    if limit is None:
        return "final"
    if limit is pool.Limit.LENGTH:
        return "the length of the session and its grace"
    if limit is pool.Limit.SAME:
        return "what is left"
    return f"{LENGTHS[limit]:g} s"


def _words(name: str) -> str:
    """`ClientSilentAgain` → `client silent again`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
