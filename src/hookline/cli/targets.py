"""Where a command works: on a data directory, or on an environment on AWS (``--target aws:ENV``)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from hookline.runtimes.aws_lambda.wiring.commands import open_environment
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.ports.event_store import EventStore
    from hookline.runtimes.embedded.wiring.commands import Home

__all__ = ["opened", "opened_events", "target_option"]

T = TypeVar("T")

_AWS = "aws:"


@contextmanager
def opened(
    data_dir: Path,
    environment: str | None,
    here: Callable[[Home], T],
    there: Callable[[str], AbstractContextManager[T]],
) -> Iterator[T]:
    """A part of the data directory's home, or what ``there`` opens of the environment."""
    if environment is None:
        with open_home(data_dir) as home:
            yield here(home)
    else:
        with there(environment) as found:
            yield found


def opened_events(data_dir: Path, environment: str | None) -> AbstractContextManager[EventStore]:
    """The events there."""
    return opened(data_dir, environment, lambda home: home.events, _deployed_events)


@contextmanager
def _deployed_events(environment: str) -> Iterator[EventStore]:
    with open_environment(environment) as deployed:
        yield deployed.events


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
