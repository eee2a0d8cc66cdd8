"""Options of changes that the audit log records: the reason, only the plan, and whether a person is asked."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any  # Any: commands have different arguments and results

import click

from hookline.runtimes.talk import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["reason_options"]

_OPTIONS = (
    click.option("--reason", help="The reason, which is stored in the audit log. Needed without --dry-run."),
    click.option("--dry-run", is_flag=True, help="Only print the plan."),
    click.option("--yes", is_flag=True, help="Do not ask at a terminal."),
)


def reason_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--reason``, ``--dry-run`` and ``--yes``, as ``asked``."""

    @wraps(command)
    def with_asked(*, reason: str | None, dry_run: bool, yes: bool, **rest: Any) -> Any:
        if not (reason or dry_run):
            raise click.UsageError("--reason is needed: it is kept in the audit log")
        return command(asked=Asked(reason=reason, dry_run=dry_run, yes=yes), **rest)

    for option in reversed(_OPTIONS):
        with_asked = option(with_asked)
    return with_asked
