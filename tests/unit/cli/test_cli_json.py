"""``--json`` of the commands that change something: one document on standard output, which a script reads."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any  # Any: JSON

import pytest
from click.testing import CliRunner

from hookline.cli import main
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store


def document(result: Result) -> Any:
    """What a command printed, once it has succeeded."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_init_lists_what_it_wrote(tmp_path: Path, run: Callable[..., Result]) -> None:
    """A script that sets a project up knows which files to look after."""
    folder = tmp_path / "new"

    said = document(run("init", folder, "--json"))

    assert said["directory"] == str(folder)
    assert {*said["wrote"]} == {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_secrets_are_named_and_never_shown(project: Path, run: Callable[..., Result]) -> None:
    """The log of a script is read by many."""
    (project / ".env").unlink()

    made, again = document(run("secrets", "fresh", "--json")), document(run("secrets", "fresh", "--json"))

    assert made == {"file": ".env", "wrote": ["TRANSACTIONS_SECRET"]}
    assert again == {"file": ".env", "wrote": []}


@pytest.mark.usefixtures("project")
def test_an_access_key_is_made(run: Callable[..., Result]) -> None:
    """The caller's configuration needs the id and the name of the secret."""
    said = document(run("access", "new", "shop", "--right", "consume", "--queue", "payments", "--json"))

    assert said == {
        "id": "shop",
        "rights": ["consume"],
        "queues": ["payments"],
        "secret": "SHOP_SECRET",
        "config": "hookline.toml",
        "env_file": ".env",
    }


@pytest.mark.usefixtures("project")
def test_a_user_is_added_changed_and_removed() -> None:
    """The last user's removal leaves nobody who can log in: a script must notice that."""

    def users(*words: str, password: str = "") -> Any:
        return document(CliRunner().invoke(main, ["users", *words, "--json"], input=password))

    added = users("add", "alice", "--role", "viewer", "--password-stdin", password="seven quiet otters\n")
    changed = users("password", "alice", "--password-stdin", password="nine loud badgers\n")
    removed = users("remove", "alice")

    assert added == {"name": "alice", "role": "viewer", "config": "hookline.toml"}
    assert changed == {"name": "alice", "config": "hookline.toml"}
    assert removed == {"name": "alice", "login_left": False, "config": "hookline.toml"}


@pytest.mark.usefixtures("store")
def test_a_pause_and_its_end_are_documents(run: Callable[..., Result]) -> None:
    """They are those of the API, so that a script works with --url too."""
    assert document(run("queues", "pause", "payments", "--json")) == {"queue": "payments", "paused": True}
    assert document(run("queues", "resume", "payments", "--json")) == {"queue": "payments", "paused": False}
    paused = document(run("sources", "pause", "transactions", "--hold", "--json"))
    assert paused == {"source": "transactions", "paused": True, "hold": True}
    resumed = document(run("sources", "resume", "transactions", "--json"))
    assert resumed == {"source": "transactions", "paused": False, "held": 0}


def test_the_alerts_that_were_tried_are_a_list(store: Store, run: Callable[..., Result]) -> None:
    """For a post that does not arrive, the list says which and why, and the exit code says that one failed."""
    assert document(run("alerts", "test", "--json")) == []
    alerts = '[[alerts]]\nurl = "http://127.0.0.1:9/"\nallow_private = true\nsecrets = ["ALERTS_SECRET"]\n'
    with (store.project / "hookline.toml").open("a") as toml:
        toml.write(alerts)
    with (store.project / ".env").open("a") as env:
        env.write(f"ALERTS_SECRET=whsec_{base64.b64encode(bytes(range(32))).decode()}\n")

    failed = run("alerts", "test", "--json")

    assert failed.stdout, failed.stderr
    (one,) = json.loads(failed.stdout)
    assert failed.exit_code == 1
    assert (one["url"], one["posted"]) == ("http://127.0.0.1:9/", False)
    assert one["fault"]


def test_the_script_of_a_shell_is_a_member(run: Callable[..., Result]) -> None:
    """It is the same script as without --json."""
    said = document(run("completion", "bash", "--json"))

    assert said["shell"] == "bash"
    assert said["script"].strip() == run("completion", "bash").stdout.strip()


def test_a_server_writes_json_lines_whatever_the_log_format(project: Path) -> None:
    """Two options for one thing need an order: --json wins."""
    free = ("--port", "0", "--admin-port", "0", "--log-format", "pretty", "--json")
    words = [sys.executable, "-m", "hookline", "serve", *free]
    with running_process(words, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = json.loads(process.stderr.readline())
        process.send_signal(signal.SIGINT)
        process.stderr.read()

    assert first["event"] == "serving"
