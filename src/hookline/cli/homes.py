"""Commands and options that only one of the homes has: refused in the other with why, and what it has instead.

docs/reference/homes.md lists all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: what click passes on

import click

from hookline.cli.error_codes import NotInThisHomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["HomeOption", "not_on_aws", "only_on_aws"]

_NAMES = {"aws": "home on AWS", "embedded": "embedded home"}


class HomeOption(click.Option):
    """An option that only one home has: ``aws`` or the ``embedded`` one. ``why`` says why the other has not, and what it has instead."""

    def __init__(self, *names: Any, home: str, why: str, **more: Any) -> None:
        super().__init__(*names, **more)
        self.home, self.why = home, why

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Refuse it where the command works on the other home. Over the network the server judges."""
        here = "aws" if "environment" in opts else "embedded"
        if self.name in opts and "url" not in opts and here != self.home:
            raise NotInThisHomeError(f"{self.opts[0]} is for the {_NAMES[self.home]} only: {self.why}", ctx)
        return super().handle_parse_result(ctx, opts, args)


def not_on_aws(why: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Refuse ``--target`` with why AWS has no such command and what it has instead: the option is not shown, but people try it."""
    return _refused("--target", "aws:ENV", "embedded", why)


def only_on_aws(why: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Refuse ``--data-dir`` in the same way, for a command that the embedded home does not have."""
    return _refused("--data-dir", "DIRECTORY", "aws", why)


def _refused(name: str, metavar: str, home: str, why: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(
        name,
        "refused",
        metavar=metavar,
        cls=_Refused,
        home=home,
        why=why,
        hidden=True,
        expose_value=False,
        is_eager=True,
        help="Refused, with what to do instead.",
    )


class _Refused(HomeOption):
    """The option that would name the other home."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        if self.name in opts:
            raise NotInThisHomeError(f"`{ctx.command_path}` is for the {_NAMES[self.home]} only: {self.why}", ctx)
        return click.Option.handle_parse_result(self, ctx, opts, args)
