"""The stable codes of the command line itself."""

from __future__ import annotations

import click

from hookline.error_codes import ErrorCode

__all__ = ["CODES", "NotInThisHomeError"]

CODES: dict[str, ErrorCode] = {
    "usage": ErrorCode(title="The command was not understood", remedy="See the command's `--help`."),
    "not_in_this_home": ErrorCode(
        title="This home does not have the command or the option",
        remedy="docs/reference/homes.md says what each home has, and what takes its place in the other.",
    ),
}


class NotInThisHomeError(click.UsageError):
    """The command or the option is for the other home."""
