"""``hookline users``."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.config import load, parse
from hookline.config.user_text import with_password, with_user, without_user
from hookline.config.users import USER_NAME_RULE, is_user_name
from hookline.domain.access import Role
from hookline.domain.password_hash import SALT_LENGTH, PasswordHash, password_complaint
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.replaced_file import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.config import Config

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
    help="What the user may do: viewer looks, operator also consumes, replays, moves and removes.",
)
@_stdin_option
@config_option
@shows
def add_user(*, name: str, role: str, password_stdin: bool, config_path: Path) -> Shown:
    """Add a [[users]] to hookline.toml, with the hash of a password that is asked for.

    The password is kept nowhere, and not printed. Nothing is written unless the new hookline.toml is right.
    """
    if not is_user_name(name):
        raise click.UsageError(f"the name {USER_NAME_RULE}")
    config, text = load(config_path), config_path.read_text("utf-8")
    if any(user.name.casefold() == name.casefold() for user in config.users):
        raise click.UsageError(f"there is a user {name} already; `hookline users password {name}` changes the password")
    new = with_user(text, name, _hashed(name, from_stdin=password_stdin), Role(role))
    _write(config_path, new, expected=len(config.users) + 1)
    said = f"{config_path}: added the user {name} ({role})\n{_next_of(config)}"
    return Shown(document={"name": name, "role": role, "config": str(config_path)}, parts=[said])


@users.command(name="password", epilog=example("hookline users password alice"))
@click.argument("name")
@_stdin_option
@config_option
@shows
def change_password(*, name: str, password_stdin: bool, config_path: Path) -> Shown:
    """Give a user another password. From the next start or SIGHUP on, every session of the user has ended."""
    config, text = load(config_path), config_path.read_text("utf-8")
    with_password(text, config.users, name, "")  # a name that nobody has is said before a password is asked for
    new = with_password(text, config.users, name, _hashed(name, from_stdin=password_stdin))
    _write(config_path, new, expected=len(config.users))
    said = f"{config_path}: the user {name} has another password. It is in force from the next start or SIGHUP on."
    return Shown(document={"name": name, "config": str(config_path)}, parts=[said])


@users.command(name="remove", epilog=example("hookline users remove alice"))
@click.argument("name")
@config_option
@shows
def remove_user(*, name: str, config_path: Path) -> Shown:
    """Remove a user from hookline.toml. From the next start or SIGHUP on, every session of the user has ended."""
    config, text = load(config_path), config_path.read_text("utf-8")
    _write(config_path, without_user(text, config.users, name), expected=len(config.users) - 1)
    said = f"{config_path}: removed the user {name}. Send SIGHUP to the server: the user's sessions end at once."
    login_left = bool(len(config.users) - 1 or config.access or config.oidc)
    if not login_left:
        said += "\nNo login is left: from then on, every program of this machine may call the admin port."
    return Shown(document={"name": name, "login_left": login_left, "config": str(config_path)}, parts=[said])


@users.command(name="list", epilog=example("hookline users list", "hookline users list --json"))
@config_option
@shows
def list_users(*, config_path: Path) -> Shown:
    """List the users with their roles."""
    documents = [{"name": user.name, "role": user.role.value} for user in load(config_path).users]
    return listed(("name", "role"), [(one["name"], one["role"]) for one in documents], documents)


def _hashed(name: str, *, from_stdin: bool) -> str:
    """The hash of the password that was given."""
    if from_stdin:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if why := password_complaint(password, name=name):
        raise click.UsageError(why)
    return str(PasswordHash.of(password, secrets.token_bytes(SALT_LENGTH)))


def _write(path: Path, text: str, *, expected: int) -> None:
    """Put the new file in place of the old one, in one step, once it is right."""
    written = parse(text, base=path.parent, name=path.name)
    if len(written.users) != expected:
        raise click.UsageError("the users of this file are written in another way than as [[users]]: change it by hand")
    replace_file(path, text)


def _next_of(config: Config) -> str:
    """What the user of this configuration, as it was before, has to know."""
    said = "From the next start or SIGHUP on, people log in at /login of the admin port."
    if not (config.users or config.access or config.oidc):
        said += (
            "\nIt is the first login: from then on every caller of the admin port has to prove who it is. Consumers and scripts need an "
            "[[access]] (`hookline access new ID`)."
        )
    return said
