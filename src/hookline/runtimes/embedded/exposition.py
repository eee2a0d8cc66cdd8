"""Writes metrics in the text formats of Prometheus and OpenMetrics. Imported at the first scrape, because its library loads slowly."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from hookline.domain.histogram import SECONDS, Histogram
from hookline.ports.metric_table import METRICS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from hookline.ports.metric_table import MetricRow
    from hookline.runtimes.embedded.measures import Measures, Value

__all__ = ["Exposition"]

_BOUNDS: Final = (*map(str, SECONDS), "+Inf")
_OF_THE_PROCESS: Final = "process_"


class Exposition:
    """Writes the values at the time of the call. Usable from any thread."""

    def __init__(self, measures: Measures) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Collector(measures))
        ProcessCollector(registry=self._registry)

    def text(self, accept: str) -> tuple[bytes, str]:
        """The text and its media type, in the format of the Accept header."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class _Collector(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        """Every metric of this home, also those without a value now."""
        found = self._measures.read()
        for row in METRICS:
            if row.embedded and not row.name.startswith(_OF_THE_PROCESS):
                yield _family(row, found.get(row.name, ()))


def _family(row: MetricRow, values: Sequence[Value]) -> Metric:
    if row.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(row.name, row.meaning, labels=row.labels)
        for _, labels, value in values:
            if isinstance(value, Histogram):
                buckets = list(zip(_BOUNDS, accumulate(value.buckets), strict=True))
                histogram.add_metric(labels, buckets, value.sum)
        return histogram
    made = CounterMetricFamily if row.kind is Kind.COUNTER else GaugeMetricFamily
    family: CounterMetricFamily | GaugeMetricFamily = made(row.name, row.meaning, labels=row.labels)
    for _, labels, value in values:
        if not isinstance(value, Histogram):
            family.add_metric(labels, value)
    return family
