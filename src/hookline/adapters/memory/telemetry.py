"""Stores log records and counts in memory, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.ports.telemetry import Metric

__all__ = ["MemoryTelemetry", "Record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One logged record."""

    event: str
    metrics: Mapping[Metric, float]
    level: str
    code: str | None
    fields: Mapping[str, object] = field(default_factory=dict)


class MemoryTelemetry:
    """Telemetry that stores every record, the oldest first."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def record(
        self,
        event: str,
        metrics: Mapping[Metric, float] | None = None,
        fields: Mapping[str, object] | None = None,
        *,
        level: str = "info",
        code: str | None = None,
    ) -> None:
        """Store the record."""
        given = {name: value for name, value in (fields or {}).items() if value is not None}
        self.records.append(Record(event=event, metrics=dict(metrics or {}), level=level, code=code, fields=given))

    def total(self, metric: Metric) -> float:
        """The sum of all counts of ``metric``."""
        return sum(record.metrics.get(metric, 0) for record in self.records)
