"""Where a command works: on a data directory, or on an environment on AWS (``--target aws:ENV``)."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any  # Any: the arguments of commands

import click

from hookline.cli.options import data_dir_option
from hookline.runtimes.opened import Where

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["aws_option", "target_option", "where_options"]

_AWS = "aws:"


def _environment(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not value.startswith(_AWS) or value == _AWS:
        raise click.BadParameter("must be aws: and the name of an environment, such as aws:prod")
    return value.removeprefix(_AWS)


target_option = click.option(
    "--target",
    "environment",
    metavar="aws:ENV",
    callback=_environment,
    help="An environment on AWS, instead of the data directory.",
)
"""As ``environment``: that of AWS, or None for the data directory."""

aws_option = click.option(
    "--target", "environment", metavar="aws:ENV", callback=_environment, required=True, help="The environment on AWS."
)
"""The same for commands that only AWS has."""


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--target`` and ``--data-dir``, as ``place``."""

    @wraps(command)
    def with_where(*args: Any, environment: str | None, data_dir: Path, **given: Any) -> Any:
        return command(*args, place=Where(data_dir=data_dir, environment=environment), **given)

    return target_option(data_dir_option(with_where))
