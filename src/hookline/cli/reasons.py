"""Actions that the audit log keeps: why, only planned or really, and whether a person is asked first."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any  # Any: what a command returns and takes is its own affair

import click

from hookline.pipeline.audited import Run
from hookline.record import record
from hookline.runtimes.operator import fresh_id, local_operator

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Asked", "confirm", "fresh_run", "reason_options"]

_OPTIONS = (
    click.option("--reason", help="Why: needed unless --dry-run is given, and kept in the audit log."),
    click.option("--dry-run", is_flag=True, help="Only print the plan."),
    click.option("--yes", is_flag=True, help="Do not ask at a terminal."),
)


@record
class Asked:
    """What the options say."""

    reason: str | None
    dry_run: bool
    yes: bool

    def run(self, question: str, *, as_json: bool, must_ask: bool = False) -> Run | None:
        """The run, once a person at a terminal has agreed; None where only the plan is wanted. ``must_ask``: not without an answer."""
        if self.dry_run:
            return None
        confirm(question, yes=self.yes, as_json=as_json, must_ask=must_ask)
        return fresh_run(self.reason)


def confirm(question: str, *, yes: bool, as_json: bool, must_ask: bool = False) -> None:
    """Go on only when the person at the terminal agrees; where nobody can be asked, go on unless somebody ``must`` be."""
    may_ask = sys.stdin.isatty() and not as_json
    if must_ask and not (yes or may_ask):
        raise click.UsageError("nobody can be asked here: add --yes")
    if may_ask and not yes:
        click.confirm(question, abort=True)


def fresh_run(reason: str | None) -> Run:
    """A new run by the operator at this machine."""
    now = datetime.now(UTC)
    return Run(id=fresh_id(now), actor=local_operator(), at=now, reason=reason)


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
