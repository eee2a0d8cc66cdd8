"""Files of a project that commands write: whole or not at all, and without a command line."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.domain.access import Role
from hookline.domain.password_hash import PasswordHash
from hookline.errors import ConfigError, NotFoundError
from hookline.runtimes.direct.access import add_access, list_access
from hookline.runtimes.direct.init import write_project
from hookline.runtimes.direct.users import add_user, change_password, list_users, remove_user
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.env_file import env_file_beside
from unit.runtimes.conftest import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

PASSWORD = "seven quiet otters"


def document(shown: Shown) -> Any:
    """The document that a program gets."""
    return shown.document


def never() -> str:
    """A password that must not be asked for."""
    raise AssertionError


def test_a_new_project_replaces_no_file(tmp_path: Path) -> None:
    """A person who runs it in the wrong folder loses nothing, and a second run changes nothing."""
    (tmp_path / "hookline.toml").write_text("mine")

    with pytest.raises(UnusableError, match=r"has hookline\.toml already; nothing was written"):
        write_project(tmp_path, TEMPLATE)

    assert [path.name for path in tmp_path.iterdir()] == ["hookline.toml"]


def test_only_the_owner_reads_the_secrets_of_a_new_project(project: Path) -> None:
    """Other users of the machine could sign events with them."""
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    assert read_env_file(project / ".env")["TRANSACTIONS_SECRET"].startswith("whsec_")


def test_a_user_is_added_changed_and_removed_in_the_file(project: Path) -> None:
    """Each step reads what the last one wrote."""
    file = project / "hookline.toml"

    added = add_user(file, "alice", Role.OPERATOR, lambda: PASSWORD)
    change_password(file, "alice", lambda: PASSWORD + "!")
    (alice,) = load(file).users
    known = document(list_users(file))
    removed = document(remove_user(file, "alice"))

    assert any("first login" in str(part) for part in added.parts)
    assert PasswordHash.parse(alice.password_hash).fits(PASSWORD + "!")
    assert known == [{"name": "alice", "role": "operator"}]
    assert removed["login_left"] is False


def test_no_password_is_asked_for_before_the_name_is_checked(project: Path) -> None:
    """A person who typed it twice would type it a third time after the wrong name is reported."""
    file = project / "hookline.toml"
    add_user(file, "alice", Role.VIEWER, lambda: PASSWORD)

    with pytest.raises(UnusableError, match="there is a user ALICE already"):
        add_user(file, "ALICE", Role.VIEWER, never)
    with pytest.raises(UnusableError, match="the name"):
        add_user(file, "al ice", Role.VIEWER, never)
    with pytest.raises(NotFoundError):
        change_password(file, "bob", never)


def test_an_access_key_that_is_wrong_leaves_both_files_as_they_were(project: Path) -> None:
    """A server may reload at any time, and must then find a valid file."""
    file, env = project / "hookline.toml", project / ".env"
    before = file.read_bytes(), env.read_bytes()

    with pytest.raises(ConfigError):
        add_access(file, env, "shop", rights=["consume"], queues=["no such queue"])

    assert (file.read_bytes(), env.read_bytes()) == before


def test_an_access_key_gets_its_secret_in_the_env_file(project: Path) -> None:
    """One file has the key's name, and the other the secret's value."""
    file, env = project / "hookline.toml", project / ".env"

    made = document(add_access(file, env, "shop", rights=["consume"], queues=["payments"]))

    assert made["secret"] == "SHOP_SECRET"
    assert len(read_env_file(env)["SHOP_SECRET"]) == 64
    (key,) = document(list_access(file, None))
    assert (key["id"], key["queues"], key["last_used_at"]) == ("shop", ["payments"], None)


def test_the_env_file_is_the_named_one_or_the_one_of_the_project(tmp_path: Path, project: Path) -> None:
    """Commands that run in another folder must find the project's secrets."""
    assert env_file_beside(project / "hookline.toml", None) == project / ".env"
    assert env_file_beside(project / "hookline.toml", tmp_path / "x") == tmp_path / "x"
    assert env_file_beside(tmp_path / "hookline.toml", None) is None
