"""One row of the table of metrics."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from hookline.ports.telemetry import Metric

__all__ = ["Kind", "MetricRow", "prometheus_name"]

_WORD_BEGINS: Final = re.compile(r"(?<!^)(?=[A-Z])")


class Kind(StrEnum):
    """How a metric behaves: a counter only increases, and starts again at 0 when the process starts."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@record
class MetricRow:
    """One metric. ``name`` is its name in Prometheus; ``metric`` is its name in CloudWatch's namespace Hookline, if it is there.

    ``labels`` are those of Prometheus; a label has only values from the configuration or from hookline itself. ``written_by`` are the
    writers on AWS; ``service`` is the metric of an AWS service with the same meaning. ``embedded`` is whether ``/metrics`` has it. ``why``
    says why one of the homes does not have it, and what replaces it there.
    """

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    metric: Metric | None = None
    written_by: str = ""
    service: str = ""
    embedded: bool = True
    why: str = ""

    @property
    def unit(self) -> str:
        """The unit of a value."""
        name = self.name.removesuffix("_total")
        return next((unit for unit in ("seconds", "bytes") if name.endswith(f"_{unit}")), "count")


def prometheus_name(metric: Metric, kind: Kind = Kind.COUNTER) -> str:
    """The Prometheus name of CloudWatch's ``metric``: the same words, by Prometheus' rules."""
    words = _WORD_BEGINS.sub("_", metric.value).lower()
    return f"hookline_{words}{'_total' if kind is Kind.COUNTER else ''}"
