"""Reports every error in one form, with its exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from hookline.cli.error_codes import CODES, NotInThisHomeError
from hookline.cli.terminal import safe
from hookline.errors import HooklineError
from hookline.pipeline.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAILED", "INTERRUPTED", "WRONG_USAGE", "exit_code_of", "reported"]

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
"""128 plus the number of SIGINT, as in shells."""
_NO_ENV = "No such option '--env'. Name an environment on AWS with --target aws:ENV."


def exit_code_of(run: Callable[[], object], *, as_json: bool) -> int:
    """The exit code of ``run``. Every expected error is reported on standard error."""
    try:
        code = run()
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _discard_stdout()
        return FAILED
    except (click.ClickException, HooklineError, OSError) as error:
        return _report(error, as_json=as_json)
    return code if isinstance(code, int) else 0


def reported(run: Callable[[], object], *, as_json: bool) -> None:
    """Call ``run``, and report its error on standard error, for a command that continues."""
    try:
        run()
    except BrokenPipeError:
        raise
    except (click.ClickException, HooklineError, OSError) as error:
        _report(error, as_json=as_json)


def _report(error: click.ClickException | HooklineError | OSError, *, as_json: bool) -> int:
    failure = _failure(error)
    click.echo(failure.as_json() if as_json else "\n".join(map(safe, failure.lines())), err=True)
    return WRONG_USAGE if failure.is_usage else FAILED


def _failure(error: click.ClickException | HooklineError | OSError) -> Failure:
    if isinstance(error, HooklineError | OSError):
        return Failure.of(error)
    if isinstance(error, NotInThisHomeError):
        code = "not_in_this_home"
        return Failure(code=code, detail=error.format_message(), remedy=CODES[code].remedy, is_usage=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "hookline"
    detail = (
        _NO_ENV if isinstance(error, click.NoSuchOption) and error.option_name == "--env" else error.format_message()
    )
    return Failure(code="usage", detail=detail, remedy=f"See `{path} --help`.", is_usage=True)


def _discard_stdout() -> None:
    """Discard what is still buffered: nobody reads it any more, and the interpreter would report that when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
