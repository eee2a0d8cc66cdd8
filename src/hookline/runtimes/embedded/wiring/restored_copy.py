"""What is said of a copy that became the database of a data directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted

if TYPE_CHECKING:
    from hookline.adapters.sqlite.restore import Restored

__all__ = ["copy_document", "copy_lines"]

_MISSING = (
    "Events that arrived after the copy was made are not in it: let senders deliver them again. "
    "Messages that were deleted after the copy was made are delivered again."
)
_ERASED = "What these erasures erased is stored again, because the copy is older: {ids}. Run each of them once more."


def copy_document(done: Restored) -> dict[str, object]:
    """For a program."""
    return {
        "events": done.report.events,
        "messages": done.report.messages,
        "bodies_not_opened": done.report.bodies_not_opened,
        "newest_event": done.newest and done.newest.isoformat(),
        "replaced": None if done.replaced is None else str(done.replaced),
        "erasures": list(done.erasures),
    }


def copy_lines(done: Restored, place: str, *, newest: str) -> list[str]:
    """For a person; ``newest`` is when the newest event was received, empty where there is none."""
    lines = [f"{place}: {counted(done.report.events, 'event')}, {counted(done.report.messages, 'message')}; sound"]
    if not_opened := done.report.bodies_not_opened:
        lines.append(
            f"{counted(not_opened, 'body', 'bodies')} not checked: sealed with a key that is not configured here, and that the server needs"
        )
    lines += [f"newest event: {newest}"] if newest else []
    lines += [] if done.replaced is None else [f"what was there before: {done.replaced}"]
    lines += [_ERASED.format(ids=", ".join(done.erasures))] if done.erasures else []
    return [*lines, _MISSING]
