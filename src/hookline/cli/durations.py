"""Durations on the command line, written as in hookline.toml."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from hookline.config.units import UnusableError, duration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["up_to"]


def up_to(longest: timedelta) -> Callable[[click.Context, click.Parameter, str], timedelta]:
    """A callback that reads ``30s``, ``5m`` or ``1h30m``, from nothing to ``longest``."""
    read = duration(timedelta(0), longest)

    def convert(ctx: click.Context, parameter: click.Parameter, value: str) -> timedelta:
        try:
            return read(value)
        except UnusableError as error:
            raise click.BadParameter(str(error), ctx, parameter) from None

    return convert
