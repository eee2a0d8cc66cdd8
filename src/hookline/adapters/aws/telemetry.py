"""Writes records as lines on standard output that CloudWatch reads as log lines and as metrics (embedded metric format)."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from hookline.adapters.aws.names import BY_CODE, BY_SOURCE, METRIC_NAMESPACE
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["EmfTelemetry"]

_ENVIRONMENT = "Environment"
_COUNTED_BY_SOURCE = frozenset({Metric.ACCEPTED, Metric.DUPLICATE, Metric.REJECTED})
"""The fields that are also counted by source. Each source's metric costs money, so only what the control room shows is counted."""


def _now() -> datetime:
    return datetime.now(UTC)


_COUNTED_BY_CODE = frozenset({Metric.REJECTED, Metric.CANARY_FAILURES})


class EmfTelemetry:
    """Telemetry that writes one line of JSON for each record.

    The lines are written to the stream directly and not through ``logging``, whose JSON format would wrap them and hide the metrics:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def __init__(
        self, *, environment: str, function: str, stream: TextIO | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        """Without a stream, lines go to ``sys.stdout`` at the time of each write, because Lambda replaces it."""
        self._environment = environment
        self._function = function
        self._stream = stream
        self._now = now

    def record(
        self,
        event: str,
        metrics: Mapping[Metric, float] | None = None,
        fields: Mapping[str, object] | None = None,
        *,
        level: str = "info",
        code: str | None = None,
    ) -> None:
        """Write one line by one call and flush it: Lambda freezes the process after it has answered."""
        at = self._now().astimezone(UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": level,
            "event": event,
            "function": self._function,
            "Environment": self._environment,
            **({} if code is None else {BY_CODE: code}),
            **{name: value for name, value in (fields or {}).items() if value is not None},
            **_metrics(metrics or {}, at, source=(fields or {}).get(BY_SOURCE), by_code=code is not None),
        }
        stream = self._stream or sys.stdout
        with suppress(OSError, ValueError):  # a closed stream must not make the function refuse events
            stream.write(json.dumps(line, separators=(",", ":"), default=repr) + "\n")
            stream.flush()


def _metrics(values: Mapping[Metric, float], at: datetime, *, source: object, by_code: bool) -> dict[str, object]:
    """The values, and the directive that makes CloudWatch count them."""
    if not values:
        return {}
    by_source = isinstance(source, str) and source != ""
    directives: dict[tuple[str, ...], list[Metric]] = {}
    for metric in values:
        directives.setdefault(_more_dimensions(metric, by_source=by_source, by_code=by_code), []).append(metric)
    about = {
        "Timestamp": int(at.timestamp() * 1000),
        "CloudWatchMetrics": [_directive(metrics, more) for more, metrics in directives.items()],
    }
    return {"_aws": about, **{metric.value: value for metric, value in values.items()}}


def _more_dimensions(metric: Metric, *, by_source: bool, by_code: bool) -> tuple[str, ...]:
    """The dimensions of a metric in addition to the environment, which every metric has."""
    source = (BY_SOURCE,) if by_source and metric in _COUNTED_BY_SOURCE else ()
    return (*source, BY_CODE) if by_code and metric in _COUNTED_BY_CODE else source


def _directive(metrics: Sequence[Metric], more: Sequence[str]) -> dict[str, object]:
    return {
        "Namespace": METRIC_NAMESPACE,
        "Dimensions": [[_ENVIRONMENT], *([_ENVIRONMENT, name] for name in more)],
        "Metrics": [{"Name": metric.value, "Unit": metric.unit} for metric in metrics],
    }
