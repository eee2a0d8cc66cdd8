"""Reads many CloudWatch metrics minute by minute, as many in each call as it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.adapters.aws.pages import pages
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import Clients

__all__ = ["QUEUE_NAMESPACE", "Series", "WantedSeries", "read_series"]

Series: TypeAlias = "dict[str, dict[datetime, float]]"
"""The values of each series by their minutes."""

QUEUE_NAMESPACE: Final = "AWS/SQS"

_PER_CALL: Final = 500
_MINUTE: Final = 60


@record
class WantedSeries:
    """One metric to read, with a name of our choice. CloudWatch charges $0.01 for 1,000 metrics read."""

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str


def read_series(clients: Clients, wanted: Sequence[WantedSeries], start: datetime, end: datetime) -> Series:
    """Each series by its name; a series without counts is empty. Raises UnavailableError, or OperatorError where a right is missing."""
    found: Series = {one.name: {} for one in wanted}
    for first in range(0, len(wanted), _PER_CALL):
        part = wanted[first : first + _PER_CALL]
        queries = [_query(f"m{number}", one) for number, one in enumerate(part)]
        call = clients.cloudwatch().get_metric_data
        for page in pages(call, MetricDataQueries=queries, StartTime=start, EndTime=end):
            for result in page["MetricDataResults"]:
                name = part[int(result["Id"][1:])].name
                found[name].update(zip(result["Timestamps"], result["Values"], strict=True))
    return found


def _query(key: str, one: WantedSeries) -> dict[str, object]:
    dimensions = [{"Name": name, "Value": value} for name, value in one.dimensions.items()]
    metric = {"Namespace": one.namespace, "MetricName": one.metric, "Dimensions": dimensions}
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": _MINUTE, "Stat": one.statistic}}
