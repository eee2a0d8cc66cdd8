"""Durations on the command line, written as in hookline.toml."""

from __future__ import annotations

from datetime import timedelta

import click

from hookline.config.units import UnusableError, duration

__all__ = ["Duration"]

_READ = duration(timedelta(0), timedelta(hours=12))  # no message may be held for longer (SQS, visibility timeout)


class Duration(click.ParamType[timedelta]):
    """``30s``, ``5m``, ``1h30m``: up to 12 hours."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The duration, or a complaint about this option."""
        try:
            return _READ(value)
        except UnusableError as error:
            self.fail(str(error), param, ctx)
