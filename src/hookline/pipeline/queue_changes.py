"""Actions on a whole queue: empty it, or move its messages to another one. Each has an audit record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.pipeline.audited import audited
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.message import Delivery
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.queues import Depth, Movable, QueueMoves, Queues

__all__ = ["acknowledge", "move_all", "move_document", "move_text", "purge", "standing"]

_STEP = 500
"""How many messages are moved in one transaction: few, so that a server that runs at the same time never waits long."""


def purge(queues: Queues, log: AuditLog, queue: str, run: Run) -> int:
    """Remove every message on ``queue``; returns how many, as exactly as the backend knows."""
    there = standing(queues.depth(queue))
    with audited(log, run.entry("purge", queue)) as note:
        removed = queues.purge(queue)
        note.affected = there if removed is None else removed
    return note.affected


def move_all(queues: QueueMoves, log: AuditLog, queue: str, to: str, run: Run) -> int:
    """Move every message that can be moved, in steps; returns how many."""
    with audited(log, run.entry("move", queue, to=to)) as note:
        while step := queues.move(queue, to, limit=_STEP):
            note.affected += step
    return note.affected


def move_text(queue: str, to: str, plan: Movable, moved: int | None) -> str:
    """The messages that were moved, or would be (None), and those that stay."""
    verb = "would move" if moved is None else "moved"
    what = counted(plan.ready if moved is None else moved, "message")
    rest = f"{plan.in_flight} in flight and {plan.too_old} older than {to} keeps them stay"
    return f"{verb} {what} from {queue} to {to}; {rest}"


def move_document(queue: str, to: str, plan: Movable, moved: int | None) -> dict[str, object]:
    """The plan or result, for a program."""
    return {"queue": queue, "to": to, **asdict(plan), "moved": moved}


def acknowledge(queues: Queues, queue: str, received: Sequence[Delivery]) -> int:
    """Delete received messages; returns how many no longer belonged to this consumer."""
    deleted = queues.delete(queue, [delivery.receipt for delivery in received])
    return len(deleted) - deleted.count(ReceiptResult.DONE)


def standing(depth: Depth) -> int:
    """All messages of a queue: waiting, in flight or delayed."""
    return depth.visible + depth.in_flight + depth.delayed
