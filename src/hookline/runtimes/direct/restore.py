"""``hookline restore``: a copy becomes the database, or on AWS lost events are stored again from an earlier state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.pipeline.restored import bring_back, look_for_lost, restored_document, restored_lines
from hookline.pipeline.shown import Shown
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring.restoring import open_restored_events
from hookline.runtimes.direct.backup import check_sound
from hookline.runtimes.embedded.wiring.commands import restore_home
from hookline.runtimes.embedded.wiring.restored_copy import restored
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Restore", "restore"]

_ON_AWS = "on AWS name the table of the earlier state (--table) and no FILE, and with --yes a --reason"
_UNCHANGED = "nothing was changed: add --yes and a --reason to store again what is missing"


@record
class Restore:
    """The options of the command: the source and the target of the restore."""

    file: Path | None
    environment: str | None
    data_dir: Path
    replace: bool
    table: str | None
    yes: bool
    reason: str | None


def restore(wanted: Restore) -> Shown:
    """Do the restore. Raises UnusableError, and OperatorError for a copy that is not sound."""
    if wanted.environment is not None:
        return _bring_back(wanted, wanted.environment)
    if wanted.file is None:
        raise UnusableError("name the FILE that `hookline backup` wrote")
    try:
        done = restore_home(wanted.file, wanted.data_dir, fresh_run(wanted.reason), replace=wanted.replace)
    except FileExistsError as error:
        raise UnusableError(f"{error}; nothing was changed. --replace moves it to another folder") from None
    check_sound(done.report.faults)
    return restored(wanted.file, wanted.data_dir, done)


def _bring_back(wanted: Restore, environment: str) -> Shown:
    table, yes = wanted.table, wanted.yes
    if wanted.file is not None or table is None or (yes and not wanted.reason):
        raise UnusableError(_ON_AWS)
    with open_restored_events(environment, table) as (events, log):
        found = bring_back(events, log, fresh_run(wanted.reason), name=table) if yes else look_for_lost(events)
    return Shown(
        document=restored_document(found, done=yes),
        parts=restored_lines(found, done=yes),
        notes=[] if yes else [_UNCHANGED],
    )
