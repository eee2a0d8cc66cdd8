"""The stable codes of the command line itself."""

from __future__ import annotations

import click

from hookline.error_codes import ErrorCode

__all__ = ["CODES", "NotInThisHomeError"]

CODES: dict[str, ErrorCode] = {
    "usage": ErrorCode(title="The command was not understood", remedy="See the command's `--help`."),
    "not_in_this_home": ErrorCode(
        title="The command or the option is not available in this home",
        remedy="docs/reference/homes.md lists what each home (embedded or AWS) offers, and what to use instead in the other one.",
    ),
}


class NotInThisHomeError(click.UsageError):
    """The command or the option is for the other home."""
