"""Reports what went wrong in one form, with the exit code that goes with it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from hookline.cli.error_codes import CODES
from hookline.cli.terminal import safe
from hookline.errors import ConfigError, DataDirectoryError, HooklineError, PatternError, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.errors import Complaint

__all__ = ["FAILED", "INTERRUPTED", "WRONG_USAGE", "exit_code_of"]

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells say it."""

_WRONG_USAGE = (ConfigError, PatternError, DataDirectoryError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    code: str
    detail: str
    remedy: str
    complaints: tuple[Complaint, ...] = ()
    exit_code: int = FAILED


def exit_code_of(run: Callable[[], object], *, as_json: bool) -> int:
    """The exit code of ``run``, after a report of what went wrong on standard error. No expected error gets past it."""
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
        failure = _failure(error)
        click.echo(_as_json(failure) if as_json else _for_people(failure), err=True)
        return failure.exit_code
    return code if isinstance(code, int) else 0


def _failure(error: click.ClickException | HooklineError | OSError) -> _Failure:
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, OSError):
        return _Failure(code="system", detail=str(error), remedy=CODES["system"].remedy)
    many = isinstance(error, ConfigError | PatternError)
    return _Failure(
        code=error.code,
        detail=error.title if many else error.detail,
        remedy=error.remedy,
        complaints=error.complaints if isinstance(error, ConfigError | PatternError | Rejected) else (),
        exit_code=WRONG_USAGE if isinstance(error, _WRONG_USAGE) else FAILED,
    )


def _usage(error: click.ClickException) -> _Failure:
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "hookline"
    return _Failure(code="usage", detail=error.format_message(), remedy=f"See `{path} --help`.", exit_code=WRONG_USAGE)


def _for_people(failure: _Failure) -> str:
    complaints = [f"  {complaint}" for complaint in failure.complaints]
    lines = [f"error [{failure.code}]: {failure.detail}", *complaints, failure.remedy]
    return "\n".join(map(safe, lines))


def _as_json(failure: _Failure) -> str:
    error = {"code": failure.code, "detail": failure.detail, "remedy": failure.remedy}
    complaints = [{"where": complaint.where, "why": complaint.why} for complaint in failure.complaints]
    return json.dumps({"error": error | ({"complaints": complaints} if complaints else {})})


def _discard_stdout() -> None:
    """Discard what is still buffered: its reader has gone, and the interpreter would complain at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
