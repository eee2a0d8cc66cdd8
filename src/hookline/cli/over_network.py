"""Where commands work: on a data directory, on AWS, or with ``--url`` over the API of a control room."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeAlias  # Any: the arguments of commands

import click

from hookline.cli.options import json_option
from hookline.cli.output import print_fields, progress_bar, show, shows
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.cli.values import refused_as_usage
from hookline.runtimes.control_room_api import api_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from hookline.pipeline.shown import Shown
    from hookline.runtimes.control_room_api import Api

__all__ = ["acting", "acts_at_url", "at_url", "looking", "not_at_url", "talking"]

Command: TypeAlias = "Callable[..., Any]"


def at_url(there: Callable[..., Any]) -> Callable[[Command], Command]:
    """Give the command ``--url``: with it ``there`` is called, with the API and what the options say, and nothing is opened here."""

    def with_url(command: Command) -> Command:
        @wraps(command)
        def run(*args: Any, url: str | None, access_key: str | None, access_secret: str, **given: Any) -> Any:
            if url is None:
                return command(*args, **given)
            if (place := given.get("place")) is not None and place.environment is not None:
                raise click.UsageError("give --url or --target, not both")
            with refused_as_usage():
                return there(api_at(url, access_key, access_secret, given.get("env_file")), **given)

        for option in reversed(_OPTIONS):
            run = option(run)
        return run

    return with_url


def acts_at_url(act: Callable[..., None]) -> Callable[[Command], Command]:
    """Give the command ``--url``: with it ``act`` does it there."""

    def there(api: Api, *, as_json: bool, **given: Any) -> None:
        act(api, _Person(as_json=as_json), **given)

    return at_url(there)


def looking(here: Callable[..., Shown], there: Callable[..., Shown]) -> Callable[[Command], Command]:
    """Make the command show what ``here`` finds in a data directory or on AWS, or with ``--url`` what ``there`` finds."""

    def with_places(command: Command) -> Command:
        @wraps(command)
        def look(**given: Any) -> Shown:
            return here(**given)

        return shows(where_options(at_url(there)(look)))

    return with_places


def acting(here: Callable[..., None], there: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make the command do what ``here`` does in a data directory or on AWS; ``there`` gives it ``--url``, or refuses that."""
    return lambda command: json_option(where_options(there(_talks(here, command))))


def talking(act: Callable[..., None]) -> Callable[[Command], Command]:
    """Make the command do what ``act`` does, which no control room can do."""
    return lambda command: json_option(_talks(act, command))


def _talks(act: Callable[..., None], command: Command) -> Command:
    @wraps(command)
    def with_person(*, as_json: bool, **given: Any) -> None:
        with refused_as_usage():
            act(_Person(as_json=as_json), **given)

    return with_person


class _Person:
    """A person at a terminal, or with ``as_json`` a program, as ``runtimes.talk`` needs it."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        if not self._as_json:
            print_fields(pairs)

    def line(self, text: str) -> None:
        if not self._as_json:
            click.echo(safe(text))

    def note(self, text: str) -> None:
        if not self._as_json:
            click.echo(safe(text), err=True)

    def show(self, shown: Shown) -> None:
        show(shown, as_json=self._as_json)

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        can_ask = sys.stdin.isatty() and not self._as_json
        if must_ask and not (yes or can_ask):
            raise click.UsageError("there is no terminal to ask for confirmation: add --yes")
        if can_ask and not yes:
            click.confirm(question, abort=True)

    def progress(self, total: int, doing: str) -> AbstractContextManager[Callable[[int], None]]:
        return progress_bar(total, doing)


def not_at_url(instead: str) -> Callable[[Command], Command]:
    """Refuse ``--url`` with what to do ``instead``: the option is not shown, but people try it."""

    def refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(f"--url cannot be used with this command: {instead}")

    return click.option(
        "--url",
        metavar="URL",
        hidden=True,
        expose_value=False,
        callback=refuse,
        help="Refused: the error says what to do instead.",
    )


_OPTIONS: Final = (
    click.option(
        "--url",
        metavar="URL",
        help="The admin port of a running hookline, instead of the data directory.",
    ),
    click.option(
        "--access-key", metavar="ID", envvar="HOOKLINE_ACCESS_KEY", help="With --url: the id of an [[access]] key."
    ),
    click.option(
        "--access-secret",
        metavar="NAME",
        default="HOOKLINE_ACCESS_SECRET",
        show_default=True,
        help="With --url: the environment variable, or line of .env, that has the key's secret.",
    ),
)
