"""``[[users]]`` as text: adds a user to hookline.toml, changes a password, or removes a user.

All other text of the file stays unchanged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.config.lines import line_of, lines_of_keys
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.access import Role, User

__all__ = ["with_password", "with_user", "without_user"]


def with_user(text: str, name: str, password_hash: str, role: Role) -> str:
    """The file with one more user at its end. The values are not checked here: reading the file checks them."""
    return (
        f"{text}{'' if text.endswith(chr(10)) else chr(10)}\n[[users]]\n"
        f"name = {json.dumps(name)}\n"
        f"password_hash = {json.dumps(password_hash)}\n"
        f"role = {json.dumps(role.value)}\n"
    )


def with_password(text: str, users: Sequence[User], name: str, password_hash: str) -> str:
    """The file with another password for the user with this name. Raises NotFoundError."""
    place, lines = _place(users, name), text.splitlines(keepends=True)
    number = lines_of_keys(text).get(("users", place, "password_hash"))
    if number is None:
        raise NotFoundError(_BY_HAND)
    end = "\r\n" if lines[number - 1].endswith("\r\n") else "\n"
    lines[number - 1] = f"password_hash = {json.dumps(password_hash)}{end}"
    return "".join(lines)


def without_user(text: str, users: Sequence[User], name: str) -> str:
    """The file without this user: the lines from [[users]] to the user's last key are removed. Raises NotFoundError."""
    place, known, lines = _place(users, name), lines_of_keys(text), text.splitlines(keepends=True)
    own = [number for path, number in known.items() if path[:2] == ("users", place)]
    first = known.get(("users", place))
    if first is None or line_of(("users", place), known) != first:
        raise NotFoundError(_BY_HAND)
    start = first - 1
    if start > 0 and not lines[start - 1].strip():
        start -= 1
    return "".join([*lines[:start], *lines[max(own) :]])


_BY_HAND = "the users of this file are not written as [[users]] with one key per line: edit the file yourself"


def _place(users: Sequence[User], name: str) -> int:
    for place, user in enumerate(users):
        if user.name.casefold() == name.casefold():
            return place
    raise NotFoundError(f"there is no user {name!r}; there are {', '.join(user.name for user in users) or 'none'}")
