"""The plan and the result of an erasure, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.pipeline.erasure import ErasurePlan, ErasureResult

__all__ = ["erased_lines", "erasure_fields", "erasure_plan_document", "erasure_result_document"]


def erasure_fields(plan: ErasurePlan, unreachable: Sequence[str]) -> list[tuple[str, object]]:
    """The text that is printed before an erasure."""
    fields: list[tuple[str, object]] = [
        ("would erase", f"{counted(plan.events, 'event')} of {plan.looked_at:,}"),
        *((f"of status {status}", plan.statuses.get(status.value)) for status in Status),
        ("erased before", plan.erased_before or None),
        ("second bodies", plan.second_bodies or None),
        *((f"messages on {queue}", count) for queue, count in plan.messages.items()),
        ("rejected requests", plan.rejected or None),
        *(("such as", event_id) for event_id in plan.ids),
        *(("such as", f"rejected request {number}") for number in plan.rejected_ids),
        *(("damaged, not compared", event_id) for event_id in plan.unreadable),
        *(("cannot reach", one) for one in unreachable),
    ]
    return [(name, value) for name, value in fields if value is not None]


def erasure_plan_document(plan: ErasurePlan, unreachable: Sequence[str]) -> dict[str, object]:
    """The plan as a document for a program."""
    return {
        "looked_at": plan.looked_at,
        "events": plan.events,
        "erased_before": plan.erased_before,
        "statuses": dict(plan.statuses),
        "undelivered": plan.waiting,
        "second_bodies": plan.second_bodies,
        "messages": dict(plan.messages),
        "rejected": plan.rejected,
        "ids": list(plan.ids),
        "undelivered_ids": list(plan.undelivered),
        "rejected_ids": list(plan.rejected_ids),
        "unreadable": list(plan.unreadable),
        "unreachable": list(unreachable),
    }


def erasure_result_document(done: ErasureResult) -> dict[str, object]:
    """What was erased, for a program."""
    return {
        "id": done.id,
        "events": done.events,
        "second_bodies": done.second_bodies,
        "messages": done.messages,
        "rejected": done.rejected,
        "left_out": list(done.left_out),
        "remains": list(done.remains),
    }


def erased_lines(done: ErasureResult) -> list[str]:
    """The text that is printed after an erasure."""
    second = counted(done.second_bodies, "second body", "second bodies")
    others = f"{counted(done.messages, 'message')} and {counted(done.rejected, 'rejected request')}"
    said = [f"erased {counted(done.events, 'event')}, {second}, {others}: erasure {done.id}"]
    if done.left_out:
        said.append(f"changed meanwhile and not erased: {', '.join(done.left_out)}; run the same command again")
    return [*said, *(f"not done: {one}" for one in done.remains)]
