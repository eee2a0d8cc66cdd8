"""What operators do to a whole queue: empty it, or move its messages to another one. The audit log has each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.audited import audited

if TYPE_CHECKING:
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.queues import Depth, MovableQueues, Queues

__all__ = ["move_all", "purge", "standing"]

_STEP = 500
"""Messages that are moved in one transaction: a server that runs beside never waits for long."""


def purge(queues: Queues, log: AuditLog, queue: str, run: Run) -> int:
    """Remove every message that stands on ``queue``; how many, as exactly as the backend knows."""
    there = standing(queues.depth(queue))
    with audited(log, run.entry("purge", queue)) as note:
        removed = queues.purge(queue)
        note.affected = there if removed is None else removed
    return note.affected


def move_all(queues: MovableQueues, log: AuditLog, queue: str, to: str, run: Run) -> int:
    """Move every message that can be moved, in steps; how many."""
    with audited(log, run.entry("move", queue, to=to)) as note:
        while step := queues.move(queue, to, limit=_STEP):
            note.affected += step
    return note.affected


def standing(depth: Depth) -> int:
    """All messages of a queue: those that wait, are in consumers' hands or are delayed."""
    return depth.visible + depth.in_flight + depth.delayed
