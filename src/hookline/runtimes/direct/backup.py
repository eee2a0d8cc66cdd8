"""``hookline backup``: one copy of the database, or a series of copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.errors import OperatorError
from hookline.record import record
from hookline.runtimes.embedded.wiring.commands import back_up_home, back_up_into_series
from hookline.runtimes.embedded.wiring.restored_copy import copied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["Backup", "back_up", "check_sound", "repeat"]


@record
class Backup:
    """The options of the command: the data and the target. Raises UnusableError for options that exclude each other."""

    file: Path | None
    data_dir: Path
    force: bool
    folder: Path | None
    every: timedelta | None
    keep: int
    keep_days: int

    def __post_init__(self) -> None:
        if (self.file is None) == (self.folder is None):
            raise UnusableError("name either FILE or a folder with --to")
        if self.every is not None and self.folder is None:
            raise UnusableError("--every needs a folder: --to DIR")


def back_up(backup: Backup) -> Shown:
    """Make one copy and check it. Raises OperatorError for a copy that is not sound, and then nothing was written."""
    if backup.folder is not None:
        bounds = {"newest": backup.keep, "days": backup.keep_days}
        copy, report, removed = back_up_into_series(backup.data_dir, backup.folder, **bounds)
        check_sound(report.faults)
        return copied(copy.path, report, removed)
    assert backup.file is not None  # noqa: S101 -- a Backup has a file or a folder
    try:
        report = back_up_home(backup.data_dir, backup.file, replace=backup.force)
    except FileExistsError as error:
        raise UnusableError(f"{error}; nothing was written") from None
    check_sound(report.faults)
    return copied(backup.file, report, None)


def check_sound(faults: Sequence[str]) -> None:
    """Raise OperatorError for a copy with faults."""
    if faults:
        raise OperatorError("backup_unsound", "the copy is not sound: " + "; ".join(faults))


def repeat(work: Callable[[], None], every: timedelta, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Call ``work`` at each scheduled time, without an end; if a time has passed during the work, call it immediately."""
    due = time.monotonic()
    while True:
        work()
        due = max(due + every.total_seconds(), time.monotonic())
        sleep(max(due - time.monotonic(), 0))
