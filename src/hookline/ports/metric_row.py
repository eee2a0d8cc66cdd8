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
    """How a metric behaves: a counter only grows, and begins again at 0 when the process starts."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@record
class MetricRow:
    """One metric. ``name`` is its name in Prometheus, ``metric`` its name in CloudWatch's namespace Hookline, if it is there.

    ``labels`` are those of Prometheus; each has as many values as the configuration and hookline itself have names for it. ``written_by``
    are the writers on AWS, ``service`` the metric of an AWS service that says the same. ``embedded`` is whether ``/metrics`` has it.
    ``why`` says why one of the homes has it not, and what it has instead.
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
        """What a value is counted in."""
        name = self.name.removesuffix("_total")
        return next((unit for unit in ("seconds", "bytes") if name.endswith(f"_{unit}")), "count")


def prometheus_name(metric: Metric, kind: Kind = Kind.COUNTER) -> str:
    """The name in Prometheus of what CloudWatch calls ``metric``: the same words, by Prometheus' rules."""
    words = _WORD_BEGINS.sub("_", metric.value).lower()
    return f"hookline_{words}{'_total' if kind is Kind.COUNTER else ''}"
