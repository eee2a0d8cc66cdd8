"""Where a command works: on a data directory, or on an environment on AWS (``--target aws:ENV``)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from hookline.runtimes.aws_lambda.wiring import open_environment
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.ports.event_store import EventStore

__all__ = ["opened_events", "target_option"]

F = TypeVar("F", bound="Callable[..., object]")

_AWS = "aws:"


def target_option(command: F) -> F:
    """``--target``, as ``environment``: that of AWS, or None for the data directory."""
    return click.option(
        "--target",
        "environment",
        metavar="aws:ENV",
        callback=_environment,
        help="An environment on AWS, instead of the data directory.",
    )(command)


@contextmanager
def opened_events(data_dir: Path, environment: str | None) -> Iterator[EventStore]:
    """The events there."""
    if environment is None:
        with open_home(data_dir) as home:
            yield home.events
    else:
        with open_environment(environment) as deployed:
            yield deployed.events


def _environment(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not value.startswith(_AWS) or value == _AWS:
        raise click.BadParameter("must be aws: and the name of an environment, such as aws:prod")
    return value.removeprefix(_AWS)
