"""``--url``: a command over the API of a control room, with no file of the server at hand."""

from __future__ import annotations

import re
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar  # Any: what commands take

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.exit_codes import FAILED
from hookline.cli.options import env_file_beside
from hookline.cli.output import print_fields, print_json
from hookline.cli.reasons import confirm
from hookline.cli.terminal import safe
from hookline.cli.values import refused_as_usage
from hookline.runtimes.control_room_api import Api, Credentials
from hookline.runtimes.embedded.settings import find_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hookline.cli.reasons import Asked
    from hookline.pipeline.shown import Shown

__all__ = ["acts_at_url", "at_url", "looks_at_url", "not_at_url"]

F = TypeVar("F", bound="Callable[..., Any]")

_URL: Final = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?")
_SECRET: Final = "HOOKLINE_ACCESS_SECRET"  # noqa: S105 -- a name


def at_url(there: Callable[..., Any]) -> Callable[[F], F]:
    """Give the command ``--url``: with it ``there`` is called, with the API and what the options say, and nothing is opened here."""

    def with_url(command: F) -> F:
        @wraps(command)
        def run(*args: Any, url: str | None, access_key: str | None, access_secret: str, **given: Any) -> Any:
            if url is None:
                return command(*args, **given)
            if (place := given.get("place")) is not None and place.environment is not None:
                raise click.UsageError("give --url or --target, not both")
            return there(Api(url, _credentials(access_key, access_secret, given.get("env_file"))), **given)

        for option in reversed(_OPTIONS):
            run = option(run)
        return run  # type: ignore[return-value]  # the command with three more options

    return with_url


def looks_at_url(look: Callable[..., Shown]) -> Callable[[F], F]:
    """Give the command ``--url``: with it, what ``look`` finds there is shown."""
    return at_url(look)


def acts_at_url(act: Callable[..., bool]) -> Callable[[F], F]:
    """Give the command ``--url``: with it ``act`` does it there, and says whether all of it was done."""

    def there(api: Api, *, as_json: bool, asked: Asked | None = None, **given: Any) -> None:
        said = {} if asked is None else {"reason": asked.reason, "dry_run": asked.dry_run, "yes": asked.yes}
        with refused_as_usage():
            is_done = act(api, _Talk(as_json=as_json), **given, **said)
        if not is_done:
            raise click.exceptions.Exit(FAILED)

    return at_url(there)


class _Talk:
    """A person at a terminal, or with ``--json`` a program."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        if not self._as_json:
            print_fields(pairs)

    def line(self, text: str, *, aside: bool = False) -> None:
        if not self._as_json:
            click.echo(safe(text), err=aside)

    def note(self, text: str) -> None:
        click.echo(safe(text), err=True)

    def document(self, document: object) -> None:
        if self._as_json:
            print_json(document)

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        confirm(question, yes=yes, as_json=self._as_json, must_ask=must_ask)


def not_at_url(instead: str) -> Callable[[F], F]:
    """Refuse ``--url`` with what to do ``instead``: the option is not shown, but people try it."""

    def refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(f"--url is not for this command: {instead}")

    return click.option(
        "--url",
        metavar="URL",
        hidden=True,
        expose_value=False,
        callback=refuse,
        help="Refused, with what to do instead.",
    )


def _url(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not _URL.fullmatch(value):
        raise click.BadParameter(
            "must be http:// or https://, a host and a port, such as https://hooks.example.com:8081"
        )
    return value


_OPTIONS: Final = (
    click.option(
        "--url",
        metavar="URL",
        callback=_url,
        help="The admin port of a running hookline, instead of the data directory.",
    ),
    click.option(
        "--access-key", metavar="ID", envvar="HOOKLINE_ACCESS_KEY", help="With --url: the id of an [[access]] key."
    ),
    click.option(
        "--access-secret",
        metavar="NAME",
        default=_SECRET,
        show_default=True,
        help="With --url: the environment variable, or line of .env, that has the key's secret.",
    ),
)


def _credentials(key_id: str | None, name: str, env_file: Path | None) -> Credentials | None:
    if key_id is None:
        return None
    found = find_values([name], env_file_beside(Path("hookline.toml"), env_file))
    if name not in found:
        raise CommandFailedError("api_secret_missing", f"neither the environment nor the env file has {name}")
    return Credentials(key_id=key_id, secret=found[name])
