"""Records as lines on standard output that CloudWatch reads both ways: as a log line, and as metrics (embedded metric format)."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from hookline.adapters.aws.names import BY_CODE, METRIC_NAMESPACE
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["EmfTelemetry"]

_BY_ENVIRONMENT = ["Environment"]
_BY_CODE = ["Environment", BY_CODE]


def _now() -> datetime:
    return datetime.now(UTC)


class EmfTelemetry:
    """Telemetry as JSON, one line a record.

    The lines go to the stream as they are and never through ``logging``, whose JSON format would wrap them and hide the metrics:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def __init__(
        self, *, environment: str, function: str, stream: TextIO | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        """Without a stream it is standard output, whichever that is at the time: Lambda sets its own."""
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
        """Write one line in one piece, and flush it: Lambda freezes the process once it has answered."""
        at = self._now().astimezone(UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": level,
            "event": event,
            "function": self._function,
            "Environment": self._environment,
            **({} if code is None else {BY_CODE: code}),
            **{name: value for name, value in (fields or {}).items() if value is not None},
            **_metrics(metrics or {}, by_code=code is not None, at=at),
        }
        stream = self._stream or sys.stdout
        with suppress(OSError, ValueError):  # a stream that is closed is no reason to refuse events
            stream.write(json.dumps(line, separators=(",", ":"), default=repr) + "\n")
            stream.flush()


def _metrics(values: Mapping[Metric, float], *, by_code: bool, at: datetime) -> dict[str, object]:
    """The values, and what CloudWatch has to know of them."""
    if not values:
        return {}
    coded = [metric for metric in values if by_code and metric is Metric.REJECTED]
    plain = [metric for metric in values if metric not in coded]
    directives = [_directive(plain, [_BY_ENVIRONMENT]), _directive(coded, [_BY_ENVIRONMENT, _BY_CODE])]
    about = {
        "Timestamp": int(at.timestamp() * 1000),
        "CloudWatchMetrics": [directive for directive in directives if directive["Metrics"]],
    }
    return {"_aws": about, **{metric.value: value for metric, value in values.items()}}


def _directive(metrics: Sequence[Metric], dimensions: list[list[str]]) -> dict[str, object]:
    return {
        "Namespace": METRIC_NAMESPACE,
        "Dimensions": dimensions,
        "Metrics": [{"Name": metric.value, "Unit": metric.unit} for metric in metrics],
    }
