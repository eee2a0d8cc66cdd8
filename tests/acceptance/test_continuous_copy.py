"""Litestream copies the write-ahead log while a server runs; both die, and the copy is restored."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from acceptance.sender import transaction
from acceptance.server import Server, read_rows
from processes import run_process, running_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = Path(__file__).parents[2] / "contrib" / "litestream.yml"
EVENTS = 80
LARGE = 400_000
"""Bytes of a body, so that both programs checkpoint the log, and it starts again several times."""

BEHIND = 5.0
"""Seconds that the copy may be behind: it is usually one, on a busy machine more."""


def litestream(*words: str, environment: Mapping[str, str]) -> list[str]:
    """The command, of this environment or of the machine."""
    installed = Path(sys.executable).with_name("litestream")
    path = str(installed) if installed.exists() else tool("litestream")
    assert environment["HOOKLINE_REPLICA_URL"]
    return [path, words[0], "-config", str(CONFIG), *words[1:]]


def test_what_was_copied_is_restored_and_the_rest_can_be_sent_again(tmp_path: Path) -> None:
    """The disk of the server is gone, and Litestream was killed at the same moment: at most the last seconds are missing."""
    server, random_bytes = Server(tmp_path / "first"), random.Random(7)
    replica, database = tmp_path / "replica", server.data_dir / "hookline.db"
    environment = {
        **os.environ,
        "HOOKLINE_DATA_DIR": str(server.data_dir),
        "HOOKLINE_REPLICA_URL": f"file://{replica}",
    }
    notes = [base64.b64encode(random_bytes.randbytes(LARGE)).decode() for _ in range(8)]
    accepted: list[float] = []
    log = tmp_path / "log"
    with server, log.open("wb") as written, server.sender() as sender:
        command = litestream("replicate", environment=environment)
        with running_process(command, env=environment, stdout=written, stderr=subprocess.STDOUT) as copying:
            for number in range(EVENTS):
                body = transaction(f"evt_{number}", note=notes[number % 8])
                assert sender.post(body).status == 202, server.lines[-5:]
                accepted.append(time.monotonic())
            assert copying.poll() is None, log.read_text()
            time.sleep(BEHIND / 2)
            server.kill()
            copying.kill()
            killed = time.monotonic()
    assert not [line for line in server.lines if line["level"] == "error"]

    restored = tmp_path / "restored.db"
    run_process(
        litestream("restore", "-o", str(restored), str(database), environment=environment),
        env=environment, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    second = Server(tmp_path / "second")
    words = ["restore", str(restored), "--data-dir", str(second.data_dir)]
    done = run_process([sys.executable, "-m", "hookline", *words], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    rows = read_rows(second.data_dir, "SELECT id FROM events ORDER BY seq")
    kept = len(rows)
    assert rows == [(f"transactions:evt_{number}",) for number in range(kept)]
    assert kept >= sum(moment < killed - BEHIND for moment in accepted)
    with second, second.sender() as sender:
        known = sender.post(transaction("evt_0", note=notes[0]))
        assert (known.status, known.json()["status"]) == (200, "duplicate")
        assert sender.post(transaction("evt_new")).status == 202
