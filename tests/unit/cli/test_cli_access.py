"""``hookline access``: a key in hookline.toml, its secret in .env, and no change is left half done."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite import SqliteKeyUses
from hookline.config import load
from hookline.config.new_access import access_text, secret_name_for
from hookline.domain.access import Right
from hookline.domain.moment import moment_text
from hookline.runtimes.embedded.settings import read_env_file, read_secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

NEW = ("access", "new", "shop", "--right", "consume", "--right", "view", "--queue", "payments")


def test_a_new_key_can_be_served_immediately(project: Path, run: Callable[..., Result]) -> None:
    """One command, and a reload: nobody writes a secret by hand."""
    before = (project / "hookline.toml").read_text()

    done = run(*NEW)

    config, env = load(project / "hookline.toml"), project / ".env"
    (key,) = config.access
    assert done.exit_code == 0, done.output
    assert (key.id, key.secret_name, key.rights) == ("shop", "SHOP_SECRET", frozenset({Right.CONSUME, Right.VIEW}))
    assert len(read_secrets(config, env, serving=True)["SHOP_SECRET"]) == 64
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert read_env_file(env)["SHOP_SECRET"] not in done.output
    assert (project / "hookline.toml").read_text().startswith(before)


@pytest.mark.parametrize(
    "words",
    [
        ("access", "new", "shop", "--right", "consume", "--queue", "nowhere"),
        ("access", "new", "s/p", "--right", "consume", "--queue", "payments"),
        ("access", "new", 'sh"]\n[queues.x', "--right", "consume", "--queue", "payments"),
        ("access", "new", "shop", "--right", "everything", "--queue", "payments"),
        ("access", "new", "shop", "--queue", "payments"),
        ("access", "new", "shop", "--right", "consume"),
    ],
)
def test_a_key_that_cannot_be_is_not_written(project: Path, run: Callable[..., Result], words: tuple[str, ...]) -> None:
    """A server that reloads in between must find both files right."""
    before = [(project / name).read_bytes() for name in ("hookline.toml", ".env")]

    done = run(*words)

    assert done.exit_code == 2
    assert [(project / name).read_bytes() for name in ("hookline.toml", ".env")] == before


def test_a_key_that_is_there_is_not_changed(project: Path, run: Callable[..., Result]) -> None:
    """A second person must not take over the first one's key."""
    run(*NEW)
    before = [(project / name).read_bytes() for name in ("hookline.toml", ".env")]

    again = run(*NEW)

    assert again.exit_code == 2
    assert "another [[access]] already has the id shop" in again.output
    assert [(project / name).read_bytes() for name in ("hookline.toml", ".env")] == before


def test_keys_are_listed(project: Path, run: Callable[..., Result]) -> None:
    """The list says which key has which rights, without a secret."""
    assert json.loads(run("access", "list", "--json").output) == []
    run(*NEW)

    listed = run("access", "list", "--json")

    assert json.loads(listed.output) == [
        {
            "id": "shop",
            "rights": ["consume", "view"],
            "queues": ["payments"],
            "secret": "SHOP_SECRET",
            "last_used_at": None,
        }
    ]
    assert "consume, view" in run("access", "list").output
    assert (project / ".env").exists()


def test_fresh_secrets_are_made_for_keys_too(project: Path, run: Callable[..., Result]) -> None:
    """A key that was written by hand gets its secret as a source does."""
    with (project / "hookline.toml").open("a") as toml:
        toml.write(access_text("hand", "HAND_SECRET", ["view"], ["*"]))

    made = run("secrets", "fresh")

    assert "wrote HAND_SECRET" in made.output
    assert "HAND_SECRET" in read_secrets(load(project / "hookline.toml"), project / ".env", serving=True)


@pytest.mark.parametrize(
    ("key_id", "name"),
    [
        ("payments-consumer", "PAYMENTS_CONSUMER_SECRET"),
        ("a.b_c", "A_B_C_SECRET"),
        ("42-x", "ACCESS_42_X_SECRET"),
        ("---", "ACCESS__SECRET"),
    ],
)
def test_a_secret_is_named_after_its_key(key_id: str, name: str) -> None:
    """A variable that people recognise, and shells take."""
    assert secret_name_for(key_id) == name
    assert name.isidentifier()


def noted(project: Path, run: Callable[..., Result], more: str) -> list[str]:
    """The notes of ``hookline check`` with ``more`` in the file."""
    with (project / "hookline.toml").open("a") as toml:
        toml.write(more)
    checked = run("check", "--json")
    assert checked.exit_code == 0, checked.output
    notes: list[str] = json.loads(checked.output)["notes"]
    return notes


def test_check_warns_of_a_key_without_use(project: Path, run: Callable[..., Result]) -> None:
    """It was meant for another queue, or its queue is gone from the routes."""
    keys = "\n[queues.unfed]\n" + access_text("idle", "IDLE_SECRET", ["consume"], ["unfed", "unfed-dlq"])
    keys += access_text("busy", "BUSY_SECRET", ["consume"], ["unfed", "payments-dlq"])
    keys += access_text("all", "ALL_SECRET", ["consume"], ["*"])

    without_use = [note for note in noted(project, run, keys) if "is not used" in note]

    assert without_use == ["the access key idle is not used: no route sends events to unfed, unfed-dlq"]


def test_check_warns_of_a_secret_that_two_know(project: Path, run: Callable[..., Result]) -> None:
    """Each could act as the other, and the audit log would not prove who did what."""
    keys = access_text("one", "SAME_SECRET", ["view"], ["*"]) + access_text("two", "SAME_SECRET", ["operate"], ["*"])
    keys += access_text("sender", "TRANSACTIONS_SECRET", ["view"], ["*"])

    notes = noted(project, run, keys)

    assert "the access keys one and two share the secret SAME_SECRET: each can act as the other" in notes
    assert any("the access key sender shares the secret TRANSACTIONS_SECRET with a source" in note for note in notes)


def test_check_warns_of_what_crosses_the_network_unencrypted(project: Path, run: Callable[..., Result]) -> None:
    """A certificate or a proxy is easily forgotten."""
    more = '\n[server]\nadmin_host = "10.0.0.5"\nadmin_names = ["a.b"]\n' + access_text(
        "k-1", "K_SECRET", ["view"], ["*"]
    )

    notes = noted(project, run, more)

    assert any("has no certificate" in note for note in notes)
    assert any("admin_names has no effect" in note for note in notes)


def test_check_shows_keys_and_says_that_aws_does_not_know_them(project: Path, run: Callable[..., Result]) -> None:
    """A key that has no effect on AWS must not be relied on there."""
    run(*NEW)

    checked = run("check")

    assert "shop" in checked.output
    assert "IAM decides" in checked.output
    assert project.exists()


def test_a_key_that_nobody_uses_is_found(store: Store, run: Callable[..., Result]) -> None:
    """`access list` says when each was used, and `check` which can go."""
    run(*NEW)
    run("access", "new", "idle", "--right", "view", "--queue", "*")
    now = datetime.now(UTC)
    with store.open() as database:
        uses = SqliteKeyUses(database)
        uses.note({"shop": now, "idle": now - timedelta(days=40)}, at=now - timedelta(days=90))

    listed = json.loads(run("access", "list", "--data-dir", "data", "--json").output)
    checked = json.loads(run("check", "--data-dir", "data", "--json").output)

    assert [one["last_used_at"] for one in listed] == [moment_text(now), moment_text(now - timedelta(days=40))]
    assert [(one["code"], one["name"]) for one in checked["stored"]] == [("access_key_unused", "idle")]
    assert "warning [access_key_unused]: access key idle" in run("check", "--data-dir", "data").output
