"""``hookline users``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.domain.access import Role
from hookline.runtimes.direct import users as direct

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["users"]

_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, up to the end of its first line."
)


@click.group(
    epilog=example("hookline users add alice --role operator", "hookline users list", "hookline users remove alice")
)
def users() -> None:
    """Add, list and remove the people who log in at the control room with a password."""


@users.command(
    name="add",
    epilog=example(
        "hookline users add alice --role operator",
        "hookline users add bob --role viewer --password-stdin < password.txt",
    ),
)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the user may do: a viewer only looks; an operator can also consume, replay, move and remove.",
)
@_stdin_option
@config_option
@shows
def add_user(*, name: str, role: str, password_stdin: bool, config_path: Path) -> Shown:
    """Add a [[users]] to hookline.toml, with the hash of a password that the command asks for.

    The password itself is not stored and not printed. Nothing is written unless the new hookline.toml is valid.
    """
    return direct.add_user(config_path, name, Role(role), lambda: _password(from_stdin=password_stdin))


@users.command(name="password", epilog=example("hookline users password alice"))
@click.argument("name")
@_stdin_option
@config_option
@shows
def change_password(*, name: str, password_stdin: bool, config_path: Path) -> Shown:
    """Give a user another password. The next start or SIGHUP of the server ends every session of the user."""
    return direct.change_password(config_path, name, lambda: _password(from_stdin=password_stdin))


@users.command(name="remove", epilog=example("hookline users remove alice"))
@click.argument("name")
@config_option
@shows
def remove_user(*, name: str, config_path: Path) -> Shown:
    """Remove a user from hookline.toml. The next start or SIGHUP of the server ends every session of the user."""
    return direct.remove_user(config_path, name)


@users.command(name="list", epilog=example("hookline users list", "hookline users list --json"))
@config_option
@shows
def list_users(*, config_path: Path) -> Shown:
    """List the users with their roles."""
    return direct.list_users(config_path)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
