"""Operations on sources and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.actions.sources import ARM, PAUSE_SOURCE, RESUME_SOURCE
from hookline.dashboard.api.acting import operations_of
from hookline.dashboard.api.operation import Operation
from hookline.dashboard.schema import BOOLEAN, TEXT, of
from hookline.dashboard.views.routes import DECISION, ROUTES, RULE, TRIED, routes, tried
from hookline.dashboard.views.sources import SECRET_USE, SOURCE, SOURCE_DETAIL, SOURCES, source, sources

if TYPE_CHECKING:
    from hookline.dashboard.api.operation import Call

__all__ = ["OPERATIONS"]


def _tried(call: Call) -> object:
    body = call.body["body"].encode("utf-8", "surrogatepass")
    return tried(call.room, source=call.body["source"], body=body, type_=call.body.get("type"))


OPERATIONS: Final = (
    Operation(
        name="listSources",
        method="GET",
        path="/api/sources",
        summary="List the sources: where each listens, its last event, and its pause",
        answer=SOURCES,
        schemas={"Source": SOURCE},
        act=lambda call: sources(call.room),
    ),
    Operation(
        name="showSource",
        method="GET",
        path="/api/sources/{source}",
        summary="Show one source, and when each of its secrets last verified an event",
        answer=SOURCE_DETAIL,
        schemas={"Source": SOURCE, "SecretUse": SECRET_USE},
        act=lambda call: source(call.room, call.values["source"]),
    ),
    *operations_of(
        PAUSE_SOURCE,
        name="pauseSource",
        path="/api/sources/{source}/pause",
        summary="Answer 503 to the senders of a source, or accept its events and hold them",
        choices={"hold": BOOLEAN},
    ),
    *operations_of(
        RESUME_SOURCE,
        name="resumeSource",
        path="/api/sources/{source}/resume",
        summary="End the pause of a source",
        choices={},
    ),
    *operations_of(
        ARM,
        name="arm",
        path="/api/sources/{source}/arm",
        summary="Let the sender of a source bring its secret",
        choices={"length": TEXT, "networks": TEXT},
    ),
    Operation(
        name="listRoutes",
        method="GET",
        path="/api/routes",
        summary="List the routes, with the sources whose events each can match",
        answer=ROUTES,
        schemas={"Rule": RULE},
        act=lambda call: routes(call.room),
    ),
    Operation(
        name="tryRoutes",
        method="POST",
        path="/api/routes/try",
        summary="Say where an event would go, and why; nothing is stored",
        body=of(("type",), source=TEXT, body=TEXT, type=TEXT),
        answer=TRIED,
        schemas={"Decision": DECISION},
        act=_tried,
    ),
)
