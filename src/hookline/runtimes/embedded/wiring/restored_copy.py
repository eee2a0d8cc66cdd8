"""Describes the result of a backup and of a restore."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.moment import readable
from hookline.pipeline.shown import Lines, Shown

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.backup import BackupReport
    from hookline.adapters.sqlite.restore import Restored

__all__ = ["copied", "restored"]

_MISSING = (
    "Events that arrived after the copy was made are not in it: let senders deliver them again. "
    "Messages that were deleted after the copy was made are delivered again."
)
_ERASED = "What these erasures erased is stored again, because the copy is older: {ids}. Run each of them once more."


def copied(path: Path, report: BackupReport, removed: int | None) -> Shown:
    """The result of one backup. With ``removed``, the number of older copies removed from a series, its JSON document is one line."""
    document = {"file": str(path), **{name: value for name, value in asdict(report).items() if name != "faults"}}
    counts = f"{counted(report.size, 'byte')}, {counted(report.events, 'event')}, {counted(report.messages, 'message')}"
    checked = f"{counted(report.bodies_checked, 'body', 'bodies')} compared with their SHA-256"
    unopened = f", {report.bodies_not_opened} sealed with a key that is not here" if report.bodies_not_opened else ""
    older = f"; {counted(removed, 'older copy', 'older copies')} removed" if removed else ""
    parts = [Lines(lines=[f"{path}: {counts}; sound, {checked}{unopened}{older}"])]
    if removed is None:
        return Shown(document=document, parts=parts)
    return Shown(document={**document, "removed": removed}, parts=parts, is_one_line=True)


def restored(file: Path, data_dir: Path, done: Restored) -> Shown:
    """The result of a restore: the contents of the data directory, and what the copy lacks."""
    document = {
        "file": str(file),
        "events": done.report.events,
        "messages": done.report.messages,
        "bodies_not_opened": done.report.bodies_not_opened,
        "newest_event": done.newest and done.newest.isoformat(),
        "replaced": None if done.replaced is None else str(done.replaced),
        "erasures": list(done.erasures),
    }
    return Shown(document=document, parts=[Lines(lines=_lines(done, data_dir))])


def _lines(done: Restored, data_dir: Path) -> list[str]:
    lines = [f"{data_dir}: {counted(done.report.events, 'event')}, {counted(done.report.messages, 'message')}; sound"]
    if not_opened := done.report.bodies_not_opened:
        lines.append(
            f"{counted(not_opened, 'body', 'bodies')} not checked: sealed with a key that is not configured here, and that the server needs"
        )
    lines += [f"newest event: {readable(done.newest)}"] if done.newest else []
    lines += [] if done.replaced is None else [f"what was there before: {done.replaced}"]
    lines += [_ERASED.format(ids=", ".join(done.erasures))] if done.erasures else []
    return [*lines, _MISSING]
