"""``hookline users``: adds, changes, removes and lists the people in hookline.toml who may log in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from hookline.config import load, parse
from hookline.config.units import UnusableError
from hookline.config.user_text import with_password, with_user, without_user
from hookline.config.users import USER_NAME_RULE, is_user_name
from hookline.domain.password_hash import SALT_LENGTH, PasswordHash, password_complaint
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.replaced_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.access import Role

__all__ = ["add_user", "change_password", "list_users", "remove_user"]


def add_user(path: Path, name: str, role: Role, ask: Callable[[], str]) -> Shown:
    """Add a user with the password that ``ask`` returns. Raises UnusableError, and then nothing is written."""
    if not is_user_name(name):
        raise UnusableError(f"the name {USER_NAME_RULE}")
    config, text = load(path), path.read_text("utf-8")
    if any(user.name.casefold() == name.casefold() for user in config.users):
        raise UnusableError(f"there is a user {name} already; `hookline users password {name}` changes the password")
    _write(path, with_user(text, name, _hashed(name, ask), role), users=len(config.users) + 1)
    said = f"{path}: added the user {name} ({role})\n{_next_steps(config)}"
    return Shown(document={"name": name, "role": role.value, "config": str(path)}, parts=[said])


def change_password(path: Path, name: str, ask: Callable[[], str]) -> Shown:
    """Give a user the password that ``ask`` returns. Raises NotFoundError before it asks, and UnusableError."""
    config, text = load(path), path.read_text("utf-8")
    with_password(text, config.users, name, "")  # an unknown name is reported before a password is asked for
    _write(path, with_password(text, config.users, name, _hashed(name, ask)), users=len(config.users))
    said = f"{path}: the user {name} has another password. It is in force from the next start or SIGHUP on."
    return Shown(document={"name": name, "config": str(path)}, parts=[said])


def remove_user(path: Path, name: str) -> Shown:
    """Remove a user. Raises NotFoundError, and UnusableError where the file has its users in another form."""
    config, text = load(path), path.read_text("utf-8")
    _write(path, without_user(text, config.users, name), users=len(config.users) - 1)
    login_left = bool(len(config.users) - 1 or config.access or config.oidc)
    said = [f"{path}: removed the user {name}. Send SIGHUP to the server: the user's sessions end immediately."]
    if not login_left:
        said.append("No login is left: after that, every program on this machine may call the admin port.")
    return Shown(document={"name": name, "login_left": login_left, "config": str(path)}, parts=said)


def list_users(path: Path) -> Shown:
    """The users with their roles."""
    documents = [{"name": user.name, "role": user.role.value} for user in load(path).users]
    return listed(("name", "role"), [(one["name"], one["role"]) for one in documents], documents)


def _hashed(name: str, ask: Callable[[], str]) -> str:
    password = ask()
    if why := password_complaint(password, name=name):
        raise UnusableError(why)
    return str(PasswordHash.of(password, secrets.token_bytes(SALT_LENGTH)))


def _write(path: Path, text: str, *, users: int) -> None:
    """Replace the file in one step, if the new one is valid and has this number of users."""
    if len(parse(text, base=path.parent, name=path.name).users) != users:
        raise UnusableError("this file does not list its users as [[users]] tables: change it by hand")
    replace_file(path, text)


def _next_steps(before: Config) -> str:
    """The notes for a person after the user was added to this configuration."""
    said = "From the next start or SIGHUP on, people log in at /login of the admin port."
    if before.users or before.access or before.oidc:
        return said
    return (
        f"{said}\nIt is the first login: from then on every caller of the admin port has to prove who it is. Consumers and scripts "
        "need an [[access]] (`hookline access new ID`)."
    )
