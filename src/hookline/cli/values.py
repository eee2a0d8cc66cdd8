"""Values on the command line, written as in hookline.toml."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from hookline.config.units import UnusableError, duration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["duration_option", "read_by"]

T = TypeVar("T")


def read_by(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str], T]:
    """A callback that reads a value with ``read``, and reports its UnusableError as wrong usage."""

    def convert(ctx: click.Context, parameter: click.Parameter, value: str) -> T:
        try:
            return read(value)
        except UnusableError as error:
            raise click.BadParameter(str(error), ctx, parameter) from None

    return convert


def duration_option(
    *names: str, usual: str, longest: timedelta, what: str
) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """An option that takes ``30s``, ``5m`` or ``1h30m``, from nothing to ``longest``."""
    read = read_by(duration(timedelta(0), longest))
    return click.option(*names, default=usual, show_default=True, metavar="DURATION", callback=read, help=what)
