"""docs/lifecycles.md from the transition tables, so that the picture follows the code.

Owns only how a table is drawn. The rule that is easy to break: what is not in a table is refused, so the
document must never name a step by hand.
"""

import re
from collections.abc import Iterable

from booking_core import booking, payouts
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
        "request-diagram": _request_diagram(),
        "request-table": _table(),
        "booking-diagram": _booking_diagram(),
        "booking-table": _booking_table(),
        "withdrawal-diagram": _withdrawal_diagram(),
        "withdrawal-table": _withdrawal_table(),
    }


def _diagram(beginnings: Iterable[str], steps: Iterable[tuple[str, type, str]], final: Iterable[str]) -> str:
    lines = ["```mermaid", "stateDiagram-v2", *(f"    [*] --> {beginning}" for beginning in beginnings)]
    lines += [f"    {state} --> {to} : {_words(event.__name__)}" for state, event, to in steps]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in final), "```"])


def _meaning(event: type) -> str:
    # A dataclass without a docstring of its own gets its signature for one.
    said = event.__doc__ or ""
    return "" if said.startswith(event.__name__) else " ".join(said.split())


def _request_diagram() -> str:
    steps = ((state.value, event, step.to.value) for (state, event), step in pool.TRANSITIONS.items())
    return _diagram(["waiting : place"], steps, (state.value for state in pool.State if state in pool.FINAL))


def _table() -> str:
    lines = ["| From | Event | What it means | To | Reason | Then at most |", "| --- | --- | --- | --- | --- | --- |"]
    for (state, event), step in pool.TRANSITIONS.items():
        lines.append(
            f"| `{state.value}` | {_words(event.__name__)} | {_meaning(event)} | `{step.to.value}` | {step.reason} "
            f"| {_length(step.limit)} |"
        )
    return "\n".join(lines)


def _booking_diagram() -> str:
    steps = [(state, event, to) for (state, event), step in booking.TRANSITIONS.items() for to in step.to]
    final = dict.fromkeys(to for _, _, to in steps if to not in booking.LIVE)
    beginnings = ["requested : book, confirmed by hand", "confirmed : book"]
    return _diagram(
        beginnings, ((state.value, event, to.value) for state, event, to in steps), (to.value for to in final)
    )


def _booking_table() -> str:
    lines = ["| From | Event | What it means | To |", "| --- | --- | --- | --- |"]
    for (state, event), step in booking.TRANSITIONS.items():
        to = " or ".join(f"`{to.value}`" for to in step.to)
        lines.append(f"| `{state.value}` | {_words(event.__name__)} | {_meaning(event)} | {to} |")
    return "\n".join(lines)


def _withdrawal_diagram() -> str:
    steps = ((state.value, event, step.to.value) for (state, event), step in payouts.TRANSITIONS.items())
    return _diagram(["requested : withdraw"], steps, (state.value for state in payouts.FINAL))


def _withdrawal_table() -> str:
    lines = ["| From | Event | What it means | To | On |", "| --- | --- | --- | --- | --- |"]
    for (state, event), step in payouts.TRANSITIONS.items():
        rails = " and ".join(rail.value for rail in step.rails)
        lines.append(
            f"| `{state.value}` | {_words(event.__name__)} | {_meaning(event)} | `{step.to.value}` | {rails} |"
        )
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
