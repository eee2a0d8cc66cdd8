"""``serve``, as a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processes import running_process, unmeasured
from unit.cli.projects import hookline

if TYPE_CHECKING:
    from unit.cli.projects import Served

FREE = ("--port", "0", "--admin-port", "0")


def test_a_new_project_serves_on_free_ports(served: Served) -> None:
    """Port 0 lets tests and demos run side by side; the log says which ports it became."""
    admin = http.client.HTTPConnection(served.admin.removeprefix("http://"), timeout=10)
    admin.request("GET", "/ready")
    with contextlib.closing(admin):
        assert json.load(admin.getresponse()) == {"status": "ready"}


def test_a_second_server_is_refused_with_the_reason(served: Served, project: Path) -> None:  # noqa: ARG001 -- the first one
    """Two servers of one directory would both recover the same events."""
    process = hookline("serve", *FREE, cwd=project)
    assert process.returncode == 2
    assert process.stderr == (
        "error [data_directory_in_use]: another hookline is serving data (its process holds hookline.lock)\n"
        "Stop it first, or use another --data-dir.\n"
    )


def test_ctrl_c_is_a_good_end(project: Path) -> None:
    """An operator who stops a server expects no failure from a supervisor or a shell."""
    words = [sys.executable, "-m", "hookline", "serve", *FREE]
    with running_process(words, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "serving" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def _wait_until_open(pid: int, name: str) -> None:
    """Wait until the process has a file of this name open: it is at work then, and no longer starting."""
    deadline = time.monotonic() + 60
    while not any(path.resolve().name == name for path in Path(f"/proc/{pid}/fd").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_elsewhere_is_130_and_quiet(project: Path) -> None:
    """As shells say it, so that a loop around the command ends too."""
    words = [sys.executable, "-m", "hookline", "queues", "receive", "payments", "--wait", "1h"]
    with running_process(
        [sys.executable, "-m", "hookline", "serve", *FREE], cwd=project, stderr=subprocess.PIPE
    ) as server:
        assert server.stderr is not None
        server.stderr.readline()
        with running_process(
            words, cwd=project, env=unmeasured(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            _wait_until_open(process.pid, "hookline.db")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        server.terminate()
        server.stderr.read()
    assert (process.returncode, out, err.strip()) == (130, b"", b"")


def test_a_port_in_use_is_reported(project: Path) -> None:
    """This is the most frequent reason why a server does not start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = hookline("serve", "--port", str(port), "--admin-port", "0", cwd=project)
    assert process.returncode == 2
    assert f"127.0.0.1:{port}: cannot be listened on" in process.stderr
    assert "Traceback" not in process.stderr


def test_an_address_of_another_machine_is_reported(project: Path) -> None:
    """Another machine's address is a typing error, not a crash (no machine has 203.0.113.0/24: RFC 5737)."""
    process = hookline("serve", "--host", "203.0.113.7", *FREE, cwd=project)
    assert process.returncode == 2
    assert "203.0.113.7:0: cannot be listened on" in process.stderr


@pytest.mark.parametrize("words", [("--port", "65536"), ("--log-format", "xml"), ("--data-dir", "hookline.toml")])
def test_what_cannot_be_meant_is_wrong_usage(words: tuple[str, str], project: Path) -> None:
    """The error comes before anything is opened."""
    process = hookline("serve", *words, cwd=project)
    assert process.returncode == 2
    assert process.stderr.startswith("error [usage]: ")


def test_without_its_secret_nothing_is_served(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each webhook would be refused, and the sender be the first to know."""
    monkeypatch.delenv("TRANSACTIONS_SECRET", raising=False)
    process = hookline("serve", *FREE, "--env-file", "/dev/null", cwd=project)
    assert process.returncode == 2
    assert "the secret TRANSACTIONS_SECRET is missing" in process.stderr
    assert not (project / "data").exists()
