"""A replay that is killed at any moment continues, and every event reaches its queue again, once."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any  # Any: JSON documents

from acceptance.sender import sign, transaction
from acceptance.server import Server, read_rows, until
from processes import run_process, running_process

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = 280
KILLS = 4
"""Each run puts a page of 50 through before it can be killed, and has a second until the next."""
REPLAYED = """
SELECT events.id, messages.replay FROM messages JOIN events ON events.seq = messages.event WHERE messages.replay IS NOT NULL
"""
WAITING = "SELECT count(*) FROM events WHERE status <> 'routed'"


def test_a_replay_that_is_killed_again_and_again_reaches_every_event_once(tmp_path: Path) -> None:
    """The running server finishes what a kill left reopened: nothing is lost, nothing comes twice, one replay id for all."""
    server = Server(tmp_path)
    moments = random.Random(seed := time.time_ns())
    with server:
        with server.sender() as sender:
            for number in range(EVENTS):
                body = transaction(f"r_{number}", kind="payment")
                assert sender.post(body, headers=sign(body)).status == 202
        killed = sum(_killed(server, moments) for _ in range(KILLS))
        done = _finished(server)
        until(lambda: read_rows(server.data_dir, WAITING) == [(0,)], seconds=30)
        found = read_rows(server.data_dir, REPLAYED)
        audit = _hookline(server, "audit", "--json")

    assert killed, "no run was killed while it ran: the test proves nothing"
    assert Counter(event_id for event_id, _ in found) == Counter(
        f"transactions:r_{number}" for number in range(EVENTS)
    ), f"seed {seed}"
    assert {replay for _, replay in found} == {done["id"]}
    assert done["replayed"] == EVENTS
    assert [one["affected"] for one in audit[1:]] == [None] * (len(audit) - 1)
    assert {one["details"]["replay"] for one in audit} == {done["id"]}


def _words(server: Server, *words: str) -> list[str]:
    return [sys.executable, "-m", "hookline", *words, "--data-dir", str(server.data_dir)]


def _replay(server: Server) -> list[str]:
    config = str(server.project / "hookline.toml")
    return _words(server, "replay", "--since", "1h", "--reason", "a test", "--rate", "50", "--json", "--config", config)


def _killed(server: Server, moments: random.Random) -> bool:
    """Whether a run of the replay was killed after it had begun, and before it had ended."""
    before = len(read_rows(server.data_dir, "SELECT id FROM audit"))
    with running_process(_replay(server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while len(read_rows(server.data_dir, "SELECT id FROM audit")) == before and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        return process.wait(timeout=20) == -signal.SIGKILL


def _finished(server: Server) -> dict[str, object]:
    found = run_process(_replay(server), capture_output=True, text=True, timeout=120, check=True)
    document: dict[str, object] = json.loads(found.stdout)["replay"]
    return document


def _hookline(server: Server, *words: str) -> list[dict[str, Any]]:
    found = run_process(_words(server, *words), capture_output=True, text=True, timeout=60, check=True)
    document: list[dict[str, Any]] = json.loads(found.stdout)
    return document
