"""``hookline users``: a user in hookline.toml, no password anywhere, and no change is left half done."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.config import load
from hookline.config.user_text import with_password, with_user, without_user
from hookline.domain.access import Role, User
from hookline.domain.password_hash import PasswordHash
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

PASSWORD = "seven quiet otters"
OTHER = "nine loud badgers"


def hookline(*words: str, password: str = "") -> Result:
    """The command line, with a password on standard input."""
    return CliRunner().invoke(main, list(words), input=password)


def test_a_user_is_added_changed_listed_and_removed(project: Path) -> None:
    """The life of a user, without an editor; the rest of the file stays byte for byte."""
    file = project / "hookline.toml"
    file.chmod(0o640)
    before = file.read_text()

    added = hookline("users", "add", "alice", "--role", "operator", "--password-stdin", password=f"{PASSWORD}\n")
    (alice,) = load(file).users
    listed = hookline("users", "list", "--json")
    changed = hookline("users", "password", "alice", "--password-stdin", password=OTHER)
    (again,) = load(file).users
    removed = hookline("users", "remove", "ALICE")

    assert [one.exit_code for one in (added, listed, changed, removed)] == [0, 0, 0, 0], added.output + changed.output
    assert PasswordHash.parse(alice.password_hash).fits(PASSWORD)
    assert PasswordHash.parse(again.password_hash).fits(OTHER)
    assert json.loads(listed.output) == [{"name": "alice", "role": "operator"}]
    assert PASSWORD not in added.output + file.read_text()
    assert "first login" in added.output
    assert "No login is left" in removed.output
    assert file.read_text() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in project.iterdir() if path.name.startswith(".hookline")] == []


def test_the_password_is_asked_for_twice_and_not_shown(project: Path) -> None:
    """A typing error would lock the user out."""
    slipped = hookline("users", "add", "alice", "--role", "viewer", password=f"{PASSWORD}\n{OTHER}\n")
    done = hookline("users", "add", "alice", "--role", "viewer", password=f"{PASSWORD}\n{PASSWORD}\n")

    assert slipped.exit_code != 0
    assert done.exit_code == 0, done.output
    assert PASSWORD not in slipped.output + done.output
    assert load(project / "hookline.toml").users[0].role is Role.VIEWER


@pytest.mark.parametrize(
    ("words", "password"),
    [
        (("add", "al ice", "--role", "viewer"), PASSWORD),
        (("add", "alice", "--role", "admin"), PASSWORD),
        (("add", "alice"), PASSWORD),
        (("add", "alice", "--role", "viewer"), "short"),
        (("add", "alice", "--role", "viewer"), ""),
        (("password", "nobody"), PASSWORD),
    ],
)
def test_a_user_that_cannot_be_is_not_written(project: Path, words: tuple[str, ...], password: str) -> None:
    """A server that reloads in between must find the file right."""
    before = (project / "hookline.toml").read_bytes()

    done = hookline("users", *words, "--password-stdin", password=password)

    assert done.exit_code != 0
    assert (project / "hookline.toml").read_bytes() == before


def test_removing_a_user_that_is_not_there_names_those_that_are(project: Path) -> None:
    """With these names the next try succeeds."""
    file = project / "hookline.toml"
    file.write_text(with_user(file.read_text(), "alice", str(CHEAP), Role.VIEWER))

    done = hookline("users", "remove", "bob")
    twice = hookline("users", "add", "Alice", "--role", "viewer", "--password-stdin", password=PASSWORD)

    assert (done.exit_code, "alice" in done.output) == (1, True)
    assert (twice.exit_code, "users password" in twice.output) == (2, True)


CHEAP = PasswordHash.of(PASSWORD, b"0123456789abcdef", ln=14, r=1, p=1)
USERS = [User(name=name, password_hash=str(CHEAP), role=Role.VIEWER) for name in ("alice", "bob")]
TEXT = (
    '# people\n[[users]] # the first\nname = "alice"\n# her hash\npassword_hash = "one"\nrole = "viewer"\n\n'
    '# and bob\n[[users]]\r\nname = "bob"\r\npassword_hash = "two"\r\nrole = "viewer"\r\n[server]\nport = 1\n'
)


def test_the_file_keeps_its_comments_and_line_ends() -> None:
    """People keep notes in it."""
    assert with_password(TEXT, USERS, "bob", "three") == TEXT.replace('"two"', '"three"')
    assert without_user(TEXT, USERS, "alice") == TEXT.replace(
        '[[users]] # the first\nname = "alice"\n# her hash\npassword_hash = "one"\nrole = "viewer"\n', ""
    )
    assert without_user(TEXT, USERS, "bob") == TEXT.replace(
        '[[users]]\r\nname = "bob"\r\npassword_hash = "two"\r\nrole = "viewer"\r\n', ""
    )


def test_users_in_another_form_are_left_to_a_person() -> None:
    """A list of inline tables has no lines of its own that a command could remove."""
    text = 'users = [{ name = "alice" }, { name = "bob" }]\n'

    with pytest.raises(NotFoundError, match="edit the file yourself"):
        with_password(text, USERS, "bob", "x")
    with pytest.raises(NotFoundError, match="edit the file yourself"):
        without_user(text, USERS, "bob")
