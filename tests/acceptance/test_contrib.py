"""What ``contrib/`` starts, without an engine: the image's command with a read-only root file system, and under a service manager."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import SECRET, Sender, transaction
from acceptance.server import Server, until
from processes import run_process, running_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCKERFILE = Path(__file__).parents[2] / "contrib" / "Dockerfile"
READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
for at in $(findmnt --noheadings --list --output TARGET); do
    [ "$at" = "$1" ] || case "$at" in /proc*|/sys*|/dev*) ;; *) mount -o remount,bind,ro "$at" 2>/dev/null || true ;; esac
done
shift
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""
"""A mount namespace in which nothing but the folder $1 can be written; then the rest of the words, without capabilities."""


def words_of(name: str) -> list[str]:
    """The words of an instruction of the Dockerfile that are a JSON list."""
    found = re.findall(rf"^{name} (?:.* CMD )?(\[.*\])$", DOCKERFILE.read_text(), re.MULTILINE)
    words: list[str] = json.loads(found[-1])
    return words


@pytest.fixture
def isolated(tmp_path: Path) -> list[str]:
    """How a command is run in such a namespace."""
    if os.geteuid() != 0:
        pytest.skip("a mount namespace needs root")
    command = [tool("unshare"), "--mount", tool("sh"), "-c", READ_ONLY, "sh"]
    if run_process([*command, str(tmp_path), "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine does not let root make a mount namespace")
    return command


def test_the_command_of_the_image_needs_one_folder_that_can_be_written(isolated: list[str], tmp_path: Path) -> None:
    """It runs with the image's health check, answers a webhook, and stops as an engine asks."""
    server = Server(tmp_path)  # only for its project
    data, log = tmp_path / "data", tmp_path / "log"
    data.mkdir(mode=0o700)
    places = {"/etc/hookline": str(server.project), "/var/lib/hookline": str(data), "0.0.0.0": "127.0.0.1"}  # noqa: S104 -- replaced
    words = [re.sub("|".join(map(re.escape, places)), lambda match: places[match[0]], word) for word in words_of("CMD")]
    program = [sys.executable, "-B", "-m", "hookline", *words, "--port", "0", "--admin-port", "0"]
    assert (
        run_process([*isolated, str(data), "touch", str(tmp_path / "elsewhere")], capture_output=True).returncode != 0
    )
    environment = {**os.environ, "TRANSACTIONS_SECRET": SECRET, "PYTHONPATH": os.pathsep.join(sys.path)}

    with (
        log.open("wb") as written,
        running_process([*isolated, str(data), *program], env=environment, stderr=written) as process,
    ):
        until(lambda: b'"event":"serving"' in log.read_bytes() or process.poll() is not None, seconds=30)
        serving = next(json.loads(line) for line in log.read_bytes().splitlines() if b'"event":"serving"' in line)
        alive = [
            sys.executable,
            *(word.replace("http://127.0.0.1:8081", serving["admin"]) for word in words_of("HEALTHCHECK")[1:]),
        ]
        assert run_process(alive, capture_output=True, timeout=30).returncode == 0
        with Sender(int(serving["url"].rsplit(":", 1)[1])) as sender:
            assert sender.post(transaction("evt_1")).status == 202
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert (data / "hookline.db").exists()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        yield listener


def test_a_service_manager_hears_when_the_server_serves_and_when_it_stops(
    manager: socket.socket, tmp_path: Path
) -> None:
    """`systemctl start` then returns when webhooks are answered, and not before."""
    server = Server(tmp_path, environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
    with server, server.sender() as sender:
        assert manager.recv(100) == b"READY=1"
        assert sender.post(transaction("evt_1")).status == 202
        assert server.terminate() == 0
        assert manager.recv(100) == b"STOPPING=1"


def test_a_service_manager_that_has_gone_stops_nothing(tmp_path: Path) -> None:
    """It may be restarted while its services run."""
    with Server(tmp_path, environment={"NOTIFY_SOCKET": str(tmp_path / "nobody")}) as server, server.sender() as sender:
        assert sender.post(transaction("evt_1")).status == 202
        assert server.terminate() == 0
