"""Plans of a redrive and of a purge, as people and programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.queue_changes import standing

if TYPE_CHECKING:
    from hookline.pipeline.redrive import RedrivePlan, RedriveRequest
    from hookline.ports.queues import Depth

__all__ = ["purge_document", "purge_fields", "redrive_fields", "redrive_plan_document"]


def redrive_fields(request: RedriveRequest, plan: RedrivePlan) -> list[tuple[str, object]]:
    """What is printed before a redrive."""
    fields: list[tuple[str, object]] = [
        ("from", request.letters),
        ("to", request.queue),
        ("there", f"{plan.there} dead letters"),
        ("in consumers' hands", f"{plan.in_flight}: they stay" if plan.in_flight else None),
        ("would go back", plan.matched),
        *((f"of type {name}", count) for name, count in plan.types.items()),
        *(("such as", f"{one.event_id or one.message_id}") for one in plan.sample),
    ]
    return [(name, value) for name, value in fields if value is not None]


def redrive_plan_document(request: RedriveRequest, plan: RedrivePlan) -> dict[str, object]:
    """The plan, for a program."""
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
    """What is printed before a purge."""
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
