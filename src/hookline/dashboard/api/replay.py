"""Operations that replay events, and those on the audit log."""

from __future__ import annotations

from typing import Final

from hookline.dashboard.actions.replay import REPLAY_MANY, REPLAY_ONE
from hookline.dashboard.api.acting import RUN_OPERATION, operations_of
from hookline.dashboard.api.operation import Operation, Parameter
from hookline.dashboard.api.parameters import LIMIT
from hookline.dashboard.schema import BOOLEAN, TEXT, choice
from hookline.dashboard.views.audit import AUDIT, AUDIT_ENTRY, PAGE, WORDS, audit
from hookline.domain.event import Status

__all__ = ["OPERATIONS"]

_RATE: Final = {"type": "integer", "minimum": 1, "maximum": 100_000}
_TEXTS: Final = ("source", "type", "since", "until", "reference", "amount", "id_part", "text", "where", "queue")

OPERATIONS: Final = (
    *operations_of(
        REPLAY_ONE,
        name="replayEvent",
        path="/api/events/{event_id}/replay",
        summary="Route one event again",
        choices={"keep_letters": BOOLEAN},
    ),
    *operations_of(
        REPLAY_MANY,
        name="replay",
        path="/api/replay",
        summary="Route again the events that match these filters",
        choices={**dict.fromkeys(_TEXTS, TEXT), "status": choice(*Status), "rate": _RATE},
    ),
    RUN_OPERATION,
    Operation(
        name="listAudit",
        method="GET",
        path="/api/audit",
        summary="List who did what, when and why, the newest first",
        parameters=(
            Parameter(name="action", schema=TEXT, description="Only entries of this action."),
            Parameter(name="subject", schema=TEXT, description="Only entries with this text in what was acted on."),
            Parameter(name="actor", schema=TEXT, description="Only entries with this text in who acted."),
            Parameter(name="text", schema=TEXT, description="Only entries with this text in their reason or details."),
            Parameter(
                name="since", schema=TEXT, description="Only entries from this time on; written as since of events."
            ),
            Parameter(
                name="until", schema=TEXT, description="Only entries before this time; written as since of events."
            ),
            LIMIT,
            Parameter(name="before", schema=TEXT, description="Continue after the page that ended with this entry."),
        ),
        answer=AUDIT,
        schemas={"AuditEntry": AUDIT_ENTRY},
        act=lambda call: audit(
            call.room,
            {name: value for name, value in call.values.items() if name in WORDS},
            limit=call.values.get("limit", PAGE),
            before=call.values.get("before"),
        ),
    ),
)
