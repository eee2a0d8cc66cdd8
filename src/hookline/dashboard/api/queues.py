"""Operations on queues."""

from __future__ import annotations

from typing import Final

from hookline.dashboard.actions.queues import MOVE, PAUSE_QUEUE, PURGE, REDRIVE, RESUME_QUEUE
from hookline.dashboard.api.acting import operations_of
from hookline.dashboard.api.operation import Operation, Parameter
from hookline.dashboard.api.parameters import LIMIT
from hookline.dashboard.schema import BOOLEAN, TEXT
from hookline.dashboard.views.messages import MESSAGE_WITH_BODY, PEEKED, peeked
from hookline.dashboard.views.queues import MESSAGE, QUEUE, QUEUE_MESSAGES, QUEUES, queue, queues

__all__ = ["OPERATIONS"]

_MANY: Final = {"type": "integer", "minimum": 1, "maximum": 1_000_000}

OPERATIONS: Final = (
    Operation(
        name="listQueues",
        method="GET",
        path="/api/queues",
        summary="List the queues, and how many messages each has",
        answer=QUEUES,
        schemas={"Queue": QUEUE},
        act=lambda call: queues(call.room),
    ),
    Operation(
        name="showQueue",
        method="GET",
        path="/api/queues/{queue}",
        summary="Show one queue, its oldest messages without bodies, and why its dead letters failed",
        answer=QUEUE_MESSAGES,
        schemas={"Queue": QUEUE, "QueuedMessage": MESSAGE},
        act=lambda call: queue(call.room, call.values["queue"]),
    ),
    Operation(
        name="peekQueue",
        method="GET",
        path="/api/queues/{queue}/messages",
        summary="Look at the oldest messages of a queue, with their bodies",
        description="On AWS looking counts as a receive, and needs the right `operate`.",
        parameters=(
            LIMIT,
            Parameter(
                name="counts_as_receive",
                schema=BOOLEAN,
                description="On AWS: look at a queue that is not a dead-letter queue.",
            ),
        ),
        answer=PEEKED,
        schemas={"MessageWithBody": MESSAGE_WITH_BODY},
        act=lambda call: peeked(call.room, **call.values),
    ),
    *operations_of(
        REDRIVE,
        name="redrive",
        path="/api/queues/{queue}/redrive",
        summary="Put the dead letters of a queue back on it",
        choices={"max": _MANY, "rate": _MANY, "where": TEXT},
    ),
    *operations_of(
        PURGE,
        name="purge",
        path="/api/queues/{queue}/purge",
        summary="Remove every message of a queue",
        choices={},
    ),
    *operations_of(
        MOVE,
        name="moveMessages",
        path="/api/queues/{queue}/move",
        summary="Move the messages of a queue to another one",
        choices={"to": TEXT},
    ),
    *operations_of(
        PAUSE_QUEUE,
        name="pauseQueue",
        path="/api/queues/{queue}/pause",
        summary="Stop the delivery of messages from a queue",
        choices={},
    ),
    *operations_of(
        RESUME_QUEUE,
        name="resumeQueue",
        path="/api/queues/{queue}/resume",
        summary="Start the delivery of messages from a queue again",
        choices={},
    ),
)
