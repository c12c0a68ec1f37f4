"""What a load test has seen: who won, who lost, how long it took, and what must never be.

Pure: it is told what happened and when, in seconds of one clock. Easy to break: two winners are only a duplicate at
the same version of a request; after a withdrawal a request is rightly won again.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

LATENCIES = {
    "placed": "a request is answered",
    "told_first": "the first therapist sees it",
    "told_last": "the last therapist sees it",
    "won": "the winner of an accept is answered",
    "refused": "a loser of an accept is answered",
    "offered": "the client, from asking, sees who accepted",
    "live": "both are in the room, from the client's yes",
    "media": "the first sound arrives, from being in the room",
}
BAR = 30


def percentile(values: list[float], share: float) -> float:
    """Nearest rank, so that it is one of the values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass
class Tally:
    """Filled while the test runs, so that it can be read at any moment."""

    clients: int
    therapists: int
    has_media: bool
    placed_at_s: dict[str, float] = field(default_factory=dict)
    seen_at_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wins: Counter[tuple[str, int]] = field(default_factory=Counter)  # request and version
    losers: Counter[str] = field(default_factory=Counter)  # by the code they were told
    sessions: Counter[str] = field(default_factory=Counter)
    served: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)  # by what was missing
    latencies_s: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in LATENCIES})

    def took(self, name: str, seconds: float) -> None:
        self.latencies_s[name].append(seconds)

    def seen(self, request_id: str, at_s: float) -> None:
        self.seen_at_s[request_id].append(at_s)

    @property
    def duplicates(self) -> int:
        """Requests won twice at one version, and sessions that two clients were given."""
        return sum(count - 1 for count in (*self.wins.values(), *self.sessions.values()))

    @property
    def is_good(self) -> bool:
        return not self.lost and self.duplicates == 0

    def _latencies(self) -> dict[str, dict[str, float]]:
        found = {name: list(values) for name, values in self.latencies_s.items()}
        for request_id, placed_s in self.placed_at_s.items():
            seen = self.seen_at_s.get(request_id)
            if seen:
                found["told_first"].append(min(seen) - placed_s)
                found["told_last"].append(max(seen) - placed_s)
        return {
            name: {"n": len(values)}
            | {f"p{share}_ms": round(percentile(values, share / 100) * 1_000, 1) for share in (50, 95, 99)}
            for name, values in found.items()
            if values
        }

    def as_json(self, seconds: float, *, is_whole: bool) -> dict[str, Any]:
        return {
            "clients": self.clients,
            "therapists": self.therapists,
            "media": self.has_media,
            "is_whole": is_whole,
            "seconds": round(seconds, 1),
            "placed": len(self.placed_at_s),
            "served": len(self.served),
            "winners": sum(self.wins.values()),
            "losers": dict(self.losers),
            "lost": dict(self.lost),
            "duplicates": self.duplicates,
            "latencies": self._latencies(),
        }

    def as_text(self, seconds: float, *, is_whole: bool) -> str:
        losers = ", ".join(f"{count} {code}" for code, count in self.losers.most_common()) or "none"
        lost = ", ".join(f"{count} {what}" for what, count in self.lost.most_common()) or "none"
        lines = [
            f"{self.clients} clients, {self.therapists} therapists, {seconds:.1f} s"
            + ("" if is_whole else ", broken off"),
            f"  placed      {len(self.placed_at_s)}",
            f"  served      {len(self.served)}",
            f"  winners     {sum(self.wins.values())}",
            f"  losers      {losers}",
            f"  lost        {lost}",
            f"  duplicates  {self.duplicates}",
            f"  {'until, in ms':<52} {'n':>6} {'p50':>9} {'p95':>9} {'p99':>9}",
        ]
        for name, row in self._latencies().items():
            numbers = " ".join(f"{row[f'p{share}_ms']:>9.1f}" for share in (50, 95, 99))
            lines.append(f"  {LATENCIES[name]:<52} {row['n']:>6} {numbers}")
        return "\n".join(lines)

    def bar(self) -> str:
        """One line: how far it is."""
        done = len(self.served) + sum(self.lost.values())
        filled = BAR * done // max(1, self.clients)
        lost = sum(self.lost.values())
        return f"[{'#' * filled}{'.' * (BAR - filled)}] {done}/{self.clients} done, {lost} lost"
