"""The stable codes of the command line itself."""

from __future__ import annotations

import click

from hookline.error_codes import ErrorCode
from hookline.errors import OperatorError

__all__ = ["CODES", "CommandFailedError", "NotInThisHomeError"]

CODES: dict[str, ErrorCode] = {
    "usage": ErrorCode(title="The command was not understood", remedy="See the command's `--help`."),
    "backup_unsound": ErrorCode(
        title="The copy of the database is not sound",
        remedy="Nothing was written. Check the disk and the database.",
    ),
    "not_in_this_home": ErrorCode(
        title="This home does not have the command or the option",
        remedy="docs/reference/homes.md says what each home has, and what takes its place in the other.",
    ),
    "demo_failed": ErrorCode(
        title="The demo could not run",
        remedy="Try `hookline init` and `hookline serve` by hand to see more.",
    ),
}


class CommandFailedError(OperatorError):
    """A command could not do what was asked."""

    codes = CODES


class NotInThisHomeError(click.UsageError):
    """The command or the option is for the other home."""
