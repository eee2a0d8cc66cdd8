"""Operations on rejected requests."""

from __future__ import annotations

from typing import Final

from hookline.dashboard.actions.rejected import RETRY_MANY, RETRY_ONE
from hookline.dashboard.api.acting import operations_of
from hookline.dashboard.api.operation import Operation, Parameter
from hookline.dashboard.api.parameters import LIMIT, NUMBER
from hookline.dashboard.schema import BOOLEAN, TEXT
from hookline.dashboard.views.rejected import (
    PAGE,
    REJECTED,
    REJECTED_GROUP,
    REJECTED_PAGE,
    REJECTED_REQUEST,
    REJECTED_SUMMARY,
    rejected,
    rejected_page,
    rejected_request,
)

__all__ = ["OPERATIONS"]

_SOURCE: Final = Parameter(name="source", schema=TEXT, description="Only requests to this source.")

OPERATIONS: Final = (
    Operation(
        name="listRejected",
        method="GET",
        path="/api/rejected",
        summary="List refused requests that are kept, the newest first",
        parameters=(
            _SOURCE,
            Parameter(name="code", schema=TEXT, description="Only requests that were refused with this code."),
            LIMIT,
            Parameter(
                name="before", schema=NUMBER, description="Continue after the page that ended with this request."
            ),
        ),
        answer=REJECTED_PAGE,
        schemas={"RejectedSummary": REJECTED_SUMMARY},
        act=lambda call: rejected_page(
            call.room,
            source=call.values.get("source"),
            code=call.values.get("code"),
            limit=call.values.get("limit", PAGE),
            before=call.values.get("before"),
        ),
    ),
    Operation(
        name="countRejected",
        method="GET",
        path="/api/rejected/groups",
        summary="Count refused requests by source and code: a flood is one row",
        parameters=(_SOURCE,),
        answer=REJECTED,
        schemas={"RejectedGroup": REJECTED_GROUP},
        act=lambda call: rejected(call.room, source=call.values.get("source")),
    ),
    Operation(
        name="showRejected",
        method="GET",
        path="/api/rejected/{number}",
        summary="Show one refused request exactly as it was received, and why it was refused",
        answer=REJECTED_REQUEST,
        act=lambda call: rejected_request(call.room, int(call.values["number"])),
    ),
    *operations_of(
        RETRY_MANY,
        name="retryAll",
        path="/api/rejected/retry",
        summary="Try all refused requests again, or those of one source and code",
        choices={"source": TEXT, "code": TEXT, "accept_ambiguous": BOOLEAN},
    ),
    *operations_of(
        RETRY_ONE,
        name="retry",
        path="/api/rejected/{number}/retry",
        summary="Try one refused request again",
        choices={"accept_ambiguous": BOOLEAN},
    ),
)
