"""Operations of the overview."""

from __future__ import annotations

from typing import Final

from hookline.dashboard.api.operation import Operation, Parameter
from hookline.dashboard.views.overview import OVERVIEW, overview
from hookline.dashboard.views.samples import SAMPLES, samples

__all__ = ["OPERATIONS"]

OPERATIONS: Final = (
    Operation(
        name="showOverview",
        method="GET",
        path="/api/overview",
        summary="Show whether anything is wrong, and the latest refused requests and dead letters",
        description="What a home cannot know is null.",
        answer=OVERVIEW,
        act=lambda call: overview(call.room),
    ),
    Operation(
        name="listSamples",
        method="GET",
        path="/api/samples",
        summary="List the samples of the last hour, column by column",
        description="Rates are per second, times in seconds, sizes in bytes. Only a running server takes samples.",
        parameters=(
            Parameter(
                name="after",
                schema={"type": "number", "minimum": 0, "maximum": 253402300799},
                description="Only samples after this moment, in seconds since 1970.",
            ),
        ),
        answer=SAMPLES,
        act=lambda call: samples(call.room, after=call.values.get("after")),
    ),
)
