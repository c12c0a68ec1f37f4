"""Figures as text for people and JSON for machines; one row is one claim that is measured."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent.parent / "test-results" / "bench.json"


@dataclass(frozen=True)
class Row:
    """What was measured, and what it should be; `is_reached` is None when there is nothing to reach."""

    name: str
    figures: dict[str, float]
    unit: str
    target: str = ""
    is_reached: bool | None = None
    samples: dict[str, list[float]] = field(default_factory=dict)


def median(values: list[float]) -> float:
    return statistics.median(values)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def as_text(rows: list[Row]) -> str:
    lines = []
    for row in rows:
        figures = ", ".join(f"{name} {value:.2f}" for name, value in row.figures.items())
        verdict = {True: "reached", False: "NOT REACHED", None: ""}[row.is_reached]
        aim = f"; to reach: {row.target}: {verdict}" if verdict else ""
        lines.append(f"{row.name} [{row.unit}]: {figures}{aim}")
    return "\n".join(lines)


def write(rows: list[Row], path: Path = RESULTS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
