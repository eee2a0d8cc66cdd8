"""Metrics and log lines for operators."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CANARY_METRICS", "FORWARD_METRICS", "RECORD_METRICS", "Metric", "Telemetry"]


class Metric(StrEnum):
    """Every metric; docs/reference/metrics.md has a row for each, and a test compares them."""

    ACCEPTED = "Accepted"
    DUPLICATE = "Duplicate"
    CONFLICT = "Conflict"
    REPEATED_BODY = "RepeatedBody"
    HANDSHAKES = "Handshakes"
    REJECTED = "Rejected"
    SIGNATURE_FAILURES = "SignatureFailures"
    QUARANTINE_DROPPED = "QuarantineDropped"
    UNAVAILABLE = "Unavailable"
    NOT_DISPATCHED = "NotDispatched"
    ROUTED = "Routed"
    UNMATCHED = "Unmatched"
    RECOVERED = "Recovered"
    FAILED = "Failed"
    RECORDS_COMPLETED = "RecordsCompleted"
    RECORDS_MISSING = "RecordsMissing"
    RECORD_OLDEST_SECONDS = "RecordOldestSeconds"
    OUTBOX_OLDEST_SECONDS = "OutboxOldestSeconds"
    HELD_OLDEST_SECONDS = "HeldOldestSeconds"
    CANARY_SECONDS = "CanarySeconds"
    CANARY_FAILURES = "CanaryFailures"
    FORWARDED = "Forwarded"
    FORWARD_FAILED = "ForwardFailed"
    FORWARD_PAUSED = "ForwardPaused"

    @property
    def unit(self) -> str:
        """Its unit, as CloudWatch names it."""
        return "Seconds" if self.value.endswith("Seconds") else "Count"


FORWARD_METRICS = frozenset({Metric.FORWARDED, Metric.FORWARD_FAILED, Metric.FORWARD_PAUSED})
"""Metrics that no function on AWS writes: they exist where messages are forwarded."""


RECORD_METRICS = frozenset({Metric.RECORDS_COMPLETED, Metric.RECORDS_MISSING, Metric.RECORD_OLDEST_SECONDS})
"""Metrics that are written only where records are fetched from senders' APIs."""


CANARY_METRICS = frozenset({Metric.CANARY_SECONDS, Metric.CANARY_FAILURES})
"""Metrics that are written only where there is a canary."""


class Telemetry(Protocol):
    """Records the end of each piece of work. It never raises, and must never be given a secret, a signature or a body."""

    def record(
        self,
        event: str,
        metrics: Mapping[Metric, float] | None = None,
        fields: Mapping[str, object] | None = None,
        *,
        level: str = "info",
        code: str | None = None,
    ) -> None:
        """Write one line: what happened, numbers, and the values that an operator searches for.

        ``code`` is the stable code of a refusal: ``Rejected`` is counted by code too. ``fields`` are ids, durations and sizes; a field with
        None is left out.
        """
        ...
