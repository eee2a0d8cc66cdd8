"""What the demo counted, compared with what it must count: one document for programs, rows for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.pipeline.shown import Shown, Table

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from hookline.demo.tally import Tally
    from hookline.pipeline.shown import Part

__all__ = ["Findings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found and what was expected: answers by status and outcome, messages by queue."""

    answers: Counter[tuple[int | None, str]]
    expected_answers: Counter[tuple[int | None, str]]
    queues: Mapping[str, int]
    expected_queues: Mapping[str, int]
    tally: Tally
    seconds: float
    message: str | None

    @property
    def all_as_expected(self) -> bool:
        """Whether every count is exactly as expected."""
        return self.answers == self.expected_answers and self.queues == self.expected_queues

    @property
    def events_per_second(self) -> float:
        """The accepted events a second, from the first call to the last answer, including the time for bad calls."""
        return self.tally.accepted / self.seconds

    def answer_rows(self) -> Iterator[tuple[object, ...]]:
        """Rows of status, outcome, expected number, found number, and whether they are equal."""
        for status, outcome in self._answers():
            expected, found = self.expected_answers[status, outcome], self.answers[status, outcome]
            yield status, outcome, expected, found, _verdict(expected, found)

    def queue_rows(self) -> Iterator[tuple[object, ...]]:
        """Rows of queue, expected number, found number, and whether they are equal."""
        for queue, expected in self.expected_queues.items():
            found = self.queues[queue]
            yield queue, expected, found, _verdict(expected, found)

    def summary(self) -> str:
        """The number of events, their rate, and the durations of their answers."""
        latency = ", ".join(f"{name} {value:.1f}" for name, value in self.tally.latencies().items())
        return (
            f"{self.tally.accepted:,} events accepted, each on disk before its answer, in {self.seconds:.2f} s: "
            f"{self.events_per_second:,.0f} events/s, latency in ms {latency}"
        )

    def verdict(self) -> str:
        """Whether every count is correct, in a sentence."""
        return "Every count is exactly as it was sent." if self.all_as_expected else "SOME COUNTS ARE WRONG."

    def as_shown(self) -> Shown:
        """The document, or for a person both tables, one message and the verdict."""
        parts: list[Part] = [
            Table(columns=("answer", "", "expected", "found", ""), rows=[*self.answer_rows()]),
            Table(columns=("queue", "expected", "found", ""), rows=[*self.queue_rows()]),
        ]
        if self.message is not None:
            message = json.dumps(json.loads(self.message), indent=2, ensure_ascii=False)
            parts += ["One message, as a consumer gets it:\n\n", message]
        return Shown(document=self.as_document(), parts=[*parts, f"\n{self.summary()}\n{self.verdict()}"])

    def as_document(self) -> dict[str, object]:
        """The findings as a JSON object."""
        return {
            "as_expected": self.all_as_expected,
            "answers": [
                {"status": status, "outcome": outcome, "expected": expected, "found": found}
                for status, outcome, expected, found, _ in self.answer_rows()
            ],
            "queues": [
                {"queue": queue, "expected": expected, "found": found}
                for queue, expected, found, _ in self.queue_rows()
            ],
            "accepted": self.tally.accepted,
            "seconds": round(self.seconds, 3),
            "events_per_second": round(self.events_per_second, 1),
            "latency_ms": self.tally.rounded_latencies(),
            "message": None if self.message is None else json.loads(self.message),
        }

    def _answers(self) -> list[tuple[int | None, str]]:
        return sorted(self.expected_answers | self.answers, key=lambda key: (key[0] or 0, key[1]))


def _verdict(expected: int, found: int) -> str:
    return "ok" if expected == found else "WRONG"
