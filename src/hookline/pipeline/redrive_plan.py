"""Plans of a redrive and of a purge, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.pipeline.queue_changes import standing

if TYPE_CHECKING:
    from hookline.pipeline.redrive import Progress, RedrivePlan, RedriveRequest
    from hookline.ports.queues import Depth

__all__ = ["purge_document", "purge_fields", "redrive_document", "redrive_fields", "redriven_lines"]


_BEHIND = (
    "they are behind others of their groups. SQS returns at most ten letters of each group of a FIFO queue, and "
    "the next ones only when those are removed"
)


def redriven_lines(request: RedriveRequest, done: Progress) -> list[str]:
    """The text that is printed after a redrive."""
    said = [f"moved {counted(done.moved, 'message')} from {request.letters} to {request.queue}"]
    return [*said, f"not read: {counted(done.unseen, 'message')}, {_BEHIND}"] if done.unseen else said


def redrive_fields(request: RedriveRequest, plan: RedrivePlan) -> list[tuple[str, object]]:
    """The text that is printed before a redrive."""
    fields: list[tuple[str, object]] = [
        ("from", request.letters),
        ("to", request.queue),
        ("there", counted(plan.there, "dead letter")),
        ("in flight", f"{plan.in_flight}: they stay" if plan.in_flight else None),
        ("would go back", plan.matched),
        ("not read", f"{plan.unseen}: {_BEHIND}" if plan.unseen else None),
        *((f"of type {name}", count) for name, count in plan.types.items()),
        *(("such as", f"{one.event_id or one.message_id}") for one in plan.sample),
    ]
    return [(name, value) for name, value in fields if value is not None]


def redrive_document(request: RedriveRequest, plan: RedrivePlan, done: Progress | None) -> dict[str, object]:
    """The plan and the result, for a program."""
    moved = None if done is None else done.moved
    return {
        "plan": _plan_document(request, plan),
        "moved": moved,
        "not_looked_at": done.unseen if done else plan.unseen,
    }


def _plan_document(request: RedriveRequest, plan: RedrivePlan) -> dict[str, object]:
    return {
        "from": request.letters,
        "to": request.queue,
        "there": plan.there,
        "in_flight": plan.in_flight,
        "matched": plan.matched,
        "types": dict(plan.types),
        "sample": [{"message_id": one.message_id, "event_id": one.event_id} for one in plan.sample],
    }


def purge_fields(queue: str, depth: Depth) -> list[tuple[str, object]]:
    """The text that is printed before a purge."""
    return [
        ("queue", queue),
        ("visible", depth.visible),
        ("in flight", depth.in_flight),
        ("delayed", depth.delayed),
        ("would be removed", standing(depth)),
    ]


def purge_document(queue: str, depth: Depth) -> dict[str, object]:
    """The plan of a purge, for a program."""
    return {
        "queue": queue,
        "visible": depth.visible,
        "in_flight": depth.in_flight,
        "delayed": depth.delayed,
        "messages": standing(depth),
    }
