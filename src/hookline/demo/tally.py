"""Counts many answers by kind, and measures how long they took."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.demo.traffic import Answer

__all__ = ["PERCENTILES", "Tally", "percentile"]

PERCENTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
_COME_AGAIN = frozenset({429, 503})
_CONFLICT = "delivery_conflict"


class Tally:
    """Counts answers. ``rejected``, ``busy`` and ``failed`` are by code or fault; ``busy`` is 429 and 503, which ask for a retry."""

    def __init__(self) -> None:
        self.accepted = 0
        self.duplicate = 0
        self.conflict = 0
        self.rejected: Counter[str] = Counter()
        self.busy: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.all_taken = True
        """Whether every answer so far was a 2xx."""
        self._seconds: list[float] = []

    @property
    def total(self) -> int:
        """How many answers were counted, including missing ones."""
        return len(self._seconds) + self.failed.total()

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.all_taken = self.all_taken and answer.is_success
        if answer.status is None:
            self.failed[answer.outcome] += 1
            return
        self._seconds.append(answer.seconds)
        if answer.is_success or answer.outcome == _CONFLICT:
            self._add_known(answer.outcome)
        else:
            (self.busy if answer.status in _COME_AGAIN else self.rejected)[answer.outcome] += 1

    def _add_known(self, outcome: str) -> None:
        if outcome in ("conflict", _CONFLICT):
            self.conflict += 1
        elif outcome == "duplicate":
            self.duplicate += 1
        else:
            self.accepted += 1

    def latencies(self) -> dict[str, float]:
        """The milliseconds of answered requests by the names of PERCENTILES; empty without answers."""
        ordered = sorted(self._seconds)
        return {name: percentile(ordered, part) * 1000 for name, part in PERCENTILES.items()} if ordered else {}

    def rounded_latencies(self) -> dict[str, float]:
        """The latency rounded to hundredths, for JSON."""
        return {name: round(value, 2) for name, value in self.latencies().items()}

    def rows(self) -> Iterator[tuple[str, str]]:
        """Rows of names and counts, for a person."""
        yield "accepted", f"{self.accepted:,}"
        yield "duplicate", f"{self.duplicate:,}"
        yield "conflict", f"{self.conflict:,}"
        for word, counter in (("rejected", self.rejected), ("busy", self.busy), ("failed", self.failed)):
            yield word, f"{counter.total():,}  {_listed(counter)}".rstrip()
        for name, value in self.latencies().items():
            yield f"latency {name}", f"{value:,.2f} ms"

    def as_document(self) -> dict[str, object]:
        """All counts as a JSON object."""
        return {
            "sent": self.total,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "conflict": self.conflict,
            "rejected": dict(self.rejected),
            "busy": dict(self.busy),
            "failed": dict(self.failed),
        }

    def rate(self, seconds: float) -> float:
        """The answers a second."""
        return self.total / seconds if seconds > 0 else 0.0

    def timed_document(self, seconds: float) -> dict[str, object]:
        """All counts, the rate and the latency as a JSON object."""
        speed = {"seconds": round(seconds, 3), "requests_per_second": round(self.rate(seconds), 1)}
        return {**self.as_document(), **speed, "latency_ms": self.rounded_latencies()}


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{code} {number:,}" for code, number in counter.most_common())


def percentile(ordered: Sequence[float], part: float) -> float:
    """The percentile by nearest rank: the smallest measured value that at least ``part`` of all values do not exceed."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
