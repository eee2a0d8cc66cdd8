"""A redrive that is killed at any moment leaves every message on exactly one of the two queues."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from acceptance.sender import sign, transaction
from acceptance.server import Server, read_rows
from processes import run_process, running_process

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = 120
KILLS = 4
STANDING = """
SELECT events.id, queues.name FROM messages JOIN events ON events.seq = messages.event JOIN queues ON queues.id = messages.queue
"""


def test_a_redrive_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """While a server runs; the audit log has an entry for each run, and no number for those that were killed."""
    moments = random.Random(seed := time.time_ns())
    with Server(tmp_path) as server:
        with server.sender() as sender:
            for number in range(LETTERS):
                body = transaction(f"d_{number}", kind="payment")
                assert sender.post(body, headers=sign(body)).status == 202
        for _ in range(4):  # payments allows three receives
            _hookline(server, "queues", "receive", "payments", "--max", "1000", "--visibility", "0s")
        before = _standing(server)
        killed = sum(_killed(server, moments, seed) for _ in range(KILLS))
        between = _standing(server)
        _hookline(server, *_redrive("--rate", "100000"))
        after = _standing(server)
        audit = read_rows(server.data_dir, "SELECT affected FROM audit ORDER BY at, id")

    assert killed, "no run was killed while it ran: the test proves nothing"
    assert Counter(name for _, name in before) == {"payments-dlq": LETTERS}
    assert 0 < Counter(name for _, name in between)["payments"] < LETTERS
    assert Counter(name for _, name in after) == {"payments": LETTERS}
    assert len(audit) == KILLS + 1
    assert audit[-1] == (Counter(name for _, name in between)["payments-dlq"],)


def _standing(server: Server) -> list[tuple[object, ...]]:
    """Every message by its event and queue; each event has exactly one."""
    found = read_rows(server.data_dir, STANDING)
    assert sorted(id_ for id_, _ in found) == sorted(f"transactions:d_{number}" for number in range(LETTERS))
    return found


def _redrive(*words: str) -> list[str]:
    return ["queues", "redrive", "payments", "--reason", "a test", "--json", *words]


def _words(server: Server, *words: str) -> list[str]:
    return [sys.executable, "-m", "hookline", *words, "--data-dir", str(server.data_dir)]


def _hookline(server: Server, *words: str) -> None:
    run_process(_words(server, *words), capture_output=True, text=True, timeout=120, check=True)


def _killed(server: Server, moments: random.Random, seed: int) -> bool:
    """Whether a run was killed after it had begun, and before it had ended."""
    before = len(read_rows(server.data_dir, "SELECT id FROM audit"))
    words = _words(server, *_redrive("--rate", "20"))
    with running_process(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while len(read_rows(server.data_dir, "SELECT id FROM audit")) == before and process.poll() is None:
            assert time.monotonic() < end, f"seed {seed}"
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 1))
        process.send_signal(signal.SIGKILL)
        return process.wait(timeout=20) == -signal.SIGKILL
