"""Restoring stored events from an earlier state."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from hookline.domain.counted import counted
from hookline.pipeline.audited import audited
from hookline.ports.restored_events import RestoreStep

if TYPE_CHECKING:
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.restored_events import RestoredEvents

__all__ = ["bring_back", "look_for_lost", "restored_document", "restored_lines"]

_NOTHING: Final = RestoreStep(looked_at=0, missing=0, events=0, brought_back=0, without_body=0)


def look_for_lost(restored: RestoredEvents) -> RestoreStep:
    """What is missing now; nothing is changed."""
    return sum(restored.steps(bring_back=False), _NOTHING)


def bring_back(restored: RestoredEvents, log: AuditLog, run: Run, *, name: str) -> RestoreStep:
    """Store the missing records again. The action has an audit record, even if it was interrupted."""
    done = _NOTHING
    with audited(log, run.entry("restore", name)) as note:
        for step in restored.steps(bring_back=True):
            done += step
            note.affected = done.brought_back
    return done


def restored_document(found: RestoreStep, *, done: bool) -> dict[str, object]:
    """The result as a document for a program."""
    return {**asdict(found), "brought_back": found.brought_back if done else None}


def restored_lines(found: RestoreStep, *, done: bool) -> list[str]:
    """The result as lines for a person."""
    events = counted(found.events, "event")
    lines = [f"{counted(found.looked_at, 'record')} read, {found.missing:,} missing now, {events} among them"]
    if found.without_body:
        lines.append(
            f"{counted(found.without_body, 'large body', 'large bodies')} cannot be restored: the bucket no longer has them"
        )
    if done:
        lines.append(
            f"{counted(found.brought_back, 'record')} brought back; events that waited then are put on their queues again"
        )
    return lines
