"""Values on the command line, written as in hookline.toml."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar  # Any: click's signatures use it

import click

from hookline.config.units import UnusableError, duration
from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "FILE",
    "FOLDER",
    "PORT",
    "FiniteRange",
    "duration_option",
    "rate_option",
    "read_by",
    "reason_option",
    "refused_as_usage",
    "search_options",
    "written_env_file_option",
]

T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., object]")

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)

written_env_file_option = click.option(
    "--env-file", type=FILE, help="The file to write secrets to. [default: .env in the folder of --config]"
)
reason_option = click.option("--reason", help="The reason, which is stored in the audit log.")


class FiniteRange(click.FloatRange):
    """A number within bounds. Click takes NaN for one, which is neither too small nor too large."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Reports wrong usage."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def read_by(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str], T]:
    """A callback that reads a value with ``read``, and reports its UnusableError as wrong usage."""

    def convert(ctx: click.Context, parameter: click.Parameter, value: str) -> T:
        try:
            return read(value)
        except UnusableError as error:
            raise click.BadParameter(str(error), ctx, parameter) from None

    return convert


@contextmanager
def refused_as_usage() -> Iterator[None]:
    """A block whose UnusableError is wrong usage; one that names an ``option`` is about its value."""
    try:
        yield
    except UnusableError as error:
        if error.option is not None:
            raise click.BadParameter(str(error), param_hint=error.option) from None
        raise click.UsageError(str(error)) from None


def duration_option(
    *names: str, usual: str, longest: timedelta, what: str
) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """An option that takes ``30s``, ``5m`` or ``1h30m``, from nothing to ``longest``."""
    read = read_by(duration(timedelta(0), longest))
    return click.option(*names, default=usual, show_default=True, metavar="DURATION", callback=read, help=what)


def rate_option(things: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--rate``, as ``rate``: the largest number of ``things`` a second."""
    return click.option("--rate", type=FiniteRange(0.1, 1e6), help=f"The largest number of {things} a second.")


_SEARCHES = (
    ("status", click.Choice([status.value for status in Status]), None, "Only events with this status."),
    ("source", None, None, "Only events of this source."),
    ("type", None, None, "Only events of this type."),
    ("since", None, "TIME", "Only events received at this time or later: a time, a day, or how long ago, such as 2h."),
    ("until", None, "TIME", "Only events received before this time."),
)


def search_options(command: F) -> F:
    """The options that say which events are meant, for ``pipeline.find.wanted_events``."""
    for name, kind, metavar, what in reversed(_SEARCHES):
        command = click.option(f"--{name}", type=kind, metavar=metavar, help=what)(command)
    return command
