"""Commands and options that only one home has. The other home refuses them, and says why and what to use instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: arguments that click passes on

import click

from hookline.cli.error_codes import NotInThisHomeError
from hookline.runtimes.commands_by_home import ONLY_EMBEDDED, ONLY_ON_AWS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HomeOption", "refusing"]

_NAMES = {"aws": "home on AWS", "embedded": "embedded home"}


class HomeOption(click.Option):
    """An option that only one home has, ``aws`` or ``embedded``. ``why`` says why the other does not have it, and what it has instead."""

    def __init__(self, *names: Any, home: str, why: str, **more: Any) -> None:
        super().__init__(*names, **more)
        self.home, self.why = home, why

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Refuse it where the command works on the other home, and always if it is hidden. With ``--url`` the server decides."""
        here = "aws" if "environment" in opts else "embedded"
        if self.name in opts and (self.hidden or ("url" not in opts and here != self.home)):
            what = f"`{ctx.command_path}`" if self.hidden else self.opts[0]
            raise NotInThisHomeError(f"{what} is for the {_NAMES[self.home]} only: {self.why}", ctx)
        return super().handle_parse_result(ctx, opts, args)


_REFUSED = (("--target", "aws:ENV", "embedded", ONLY_EMBEDDED), ("--data-dir", "DIRECTORY", "aws", ONLY_ON_AWS))
_HIDDEN = {
    "help": "Refused: the error says what to do instead.",
    "hidden": True,
    "expose_value": False,
    "is_eager": True,
}
"""Of an option that a command refuses."""


def refusing(command: click.Command, words: str, given: str = "") -> click.Command:
    """Give the command, and each command of a group, a hidden option that names the home without the command: people try it."""
    for name, metavar, home, reasons in _REFUSED:
        why = reasons.get(words) or reasons.get(given)
        if why and not isinstance(command, click.Group) and all(name not in one.opts for one in command.params):
            command.params.append(HomeOption([name, "refused"], home=home, why=why, metavar=metavar, **_HIDDEN))
    for name, one in command.commands.items() if isinstance(command, click.Group) else ():
        refusing(one, f"{words} {name}", words)
    return command
