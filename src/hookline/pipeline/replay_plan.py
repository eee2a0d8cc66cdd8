"""The plan and the result of a replay, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.event import Status
from hookline.domain.moment import moment_text
from hookline.pipeline.documents import event_summary

if TYPE_CHECKING:
    from hookline.pipeline.bulk_replay import Prepared, ReplayPlan
    from hookline.pipeline.replay import Replayed
    from hookline.ports.replays import ReplayRecord

__all__ = ["plan_fields", "replay_document", "replay_plan_document", "replayed_row"]


def plan_fields(prepared: Prepared, cost: float | None) -> list[tuple[str, object]]:
    """The text that is printed before a replay: its plan, or its progress so far."""
    plan, replay = prepared.plan, prepared.replay
    if plan is None:
        return [("continuing with", replay.id), ("through already", f"{replay.replayed:,} of {replay.matched:,}")]
    span = f"{moment_text(plan.first)} to {moment_text(plan.last)}" if plan.matched else None
    fields: list[tuple[str, object]] = [
        ("matched", f"{counted(plan.matched, 'event')}, {counted(plan.size, 'byte')}"),
        ("received", span),
        *((f"to {name}", counted(count, "message")) for name, count in plan.queues.items()),
        (
            "already delivered",
            f"{counted(plan.delivered, 'event')}: consumers get {'it' if plan.delivered == 1 else 'them'} again"
            if plan.delivered
            else None,
        ),
        ("failed", plan.statuses.get("failed")),
        (
            "left out",
            counted(plan.waiting, "event that waits already", "events that wait already") if plan.waiting else None,
        ),
        ("cost on AWS", None if cost is None else f"about ${cost:,.2f}"),
        *(("such as", f"{one.event.id} {one.event.type} {one.event.status}") for one in plan.sample),
    ]
    return [(name, value) for name, value in fields if value is not None]


def replay_plan_document(plan: ReplayPlan, cost: float | None) -> dict[str, object]:
    """The plan as a document for a program."""
    return {
        "matched": plan.matched,
        "bytes": plan.size,
        "statuses": dict(plan.statuses),
        "already_delivered": plan.delivered,
        "waiting": plan.waiting,
        "queues": dict(plan.queues),
        "first_received_at": moment_text(plan.first),
        "last_received_at": moment_text(plan.last),
        "sample": [event_summary(stored) for stored in plan.sample],
        "dollars": cost,
    }


def replay_document(replay: ReplayRecord) -> dict[str, object]:
    """The progress of the replay, as a document for a program."""
    return {
        "id": replay.id,
        "state": replay.state.value,
        "matched": replay.matched,
        "replayed": replay.replayed,
        "left_out": replay.left_out,
    }


def replayed_row(result: Replayed) -> tuple[str, str, str]:
    """The result for one event that was named by its id."""
    if result.fault is not None:
        return result.event_id, f"failed [{result.fault.code}]: {result.fault.detail}", ""
    word = "passed to the router" if result.status is Status.RECEIVED else "replayed"
    return result.event_id, word, ", ".join(result.queues)
