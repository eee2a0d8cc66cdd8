"""How answers are counted."""

from __future__ import annotations

import pytest

from hookline.domain.event import Status
from hookline.domain.route import RoutedEvent
from hookline.error_codes import CODES
from hookline.ports.telemetry import Metric
from hookline.runtimes.embedded.answer_counts import AnswerCounts, metrics_of
from unit.builders import event


def test_answers_of_one_kind_are_one_row() -> None:
    """The number of series must not grow with the number of requests."""
    counts = AnswerCounts()

    for seconds in (0.002, 0.002, 0.2):
        counts.add("transactions", 202, "accepted", seconds)
    counts.add("", 404, "unknown_path", 0.001)

    accepted, unknown = counts.read()
    assert (accepted.source, accepted.status, accepted.outcome) == ("transactions", 202, "accepted")
    assert accepted.durations.count == 3
    assert accepted.durations.sum == pytest.approx(0.204)
    assert (unknown.source, unknown.durations.count) == ("", 1)


@pytest.mark.parametrize(
    ("status", "outcome", "metrics"),
    [
        (202, "accepted", (Metric.ACCEPTED,)),
        (202, "repeated", (Metric.ACCEPTED, Metric.REPEATED_BODY)),
        (200, "duplicate", (Metric.DUPLICATE,)),
        (200, "conflict", (Metric.CONFLICT,)),
        (409, "delivery_conflict", (Metric.CONFLICT,)),
        (409, "delivery_reused", (Metric.CONFLICT,)),
        (200, "handshake", (Metric.HANDSHAKES,)),
        (401, "signature_mismatch", (Metric.REJECTED, Metric.SIGNATURE_FAILURES)),
        (429, "too_many_requests", (Metric.REJECTED,)),
        (503, "storage_full", (Metric.UNAVAILABLE,)),
        (499, "sender_gone", ()),
    ],
)
def test_an_answer_counts_as_it_does_on_aws(status: int, outcome: str, metrics: tuple[Metric, ...]) -> None:
    """A dashboard for one home is read by people who know the other."""
    assert metrics_of(status, outcome) == metrics


def test_every_code_counts_as_something() -> None:
    """Nobody sees a refusal that no metric counts."""
    assert all(metrics_of(it.status, code) for code, it in CODES.items() if it.status)


def test_events_that_are_not_on_the_queues_of_a_route_are_noted() -> None:
    """``Routed`` counts the accepted events that are left."""
    counts = AnswerCounts()

    counts.look_at(RoutedEvent(event=event(), queues=("unrouted",), status=Status.UNMATCHED))
    counts.look_at(RoutedEvent(event=event(), queues=(), status=Status.RECEIVED))

    assert (counts.unmatched, counts.unrouted) == (1, 1)
