"""Starts on files that are not whole, and backups that were killed."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

from acceptance.sender import transaction
from acceptance.server import Server, refused_start, until
from processes import end_process, start_process

if TYPE_CHECKING:
    from pathlib import Path

SLOW_COPY = """
import sys, time
import hookline.adapters.sqlite.backup as backup
flush = backup._flush
def slow(path):
    flush(path)
    time.sleep(60)
backup._flush = slow
from hookline.cli import main
main(sys.argv[1:])
"""


def filled(folder: Path) -> Server:
    """A server that has stored some events and was stopped well."""
    server = Server(folder)
    with server, server.sender() as sender:
        for number in range(50):
            assert sender.post(transaction(f"evt_{number}", note=str(number) * 500)).status == 202
        server.terminate()
    return server


def test_a_truncated_database_is_refused_in_words_that_help(tmp_path: Path) -> None:
    """The operator learns which file, what is wrong, and that a backup can be restored."""
    server = filled(tmp_path)
    path = server.data_dir / "hookline.db"
    path.write_bytes(path.read_bytes()[: 4096 * 4])

    code, words = refused_start(server)

    assert code == 2
    assert "error [database_damaged]" in words
    assert str(path) in words
    assert "is truncated" in words
    assert "backup can be restored" in words
    assert "Traceback" not in words


def test_an_empty_database_is_not_a_new_store(tmp_path: Path) -> None:
    """Every repeat would be a new payment; a new directory has no file, and starts."""
    server = filled(tmp_path)
    path = server.data_dir / "hookline.db"
    path.write_bytes(b"")

    code, words = refused_start(server)

    assert code == 2
    assert f"{path} is empty (0 bytes)" in words
    assert path.stat().st_size == 0


def test_a_killed_backup_leaves_nothing_that_stays(tmp_path: Path) -> None:
    """Each would be a whole copy of the payments, under a name that nobody looks for, until the disk is full."""
    server = filled(tmp_path)
    target = server.data_dir / "copy.db"
    command = [sys.executable, "-c", SLOW_COPY, "backup", str(target), "--data-dir", str(server.data_dir)]

    def left() -> list[str]:
        return [path.name for path in server.data_dir.glob(".*.partial")]

    terminated = start_process(command)
    try:
        until(left, seconds=20)
        time.sleep(0.2)
        terminated.send_signal(signal.SIGTERM)
        terminated.wait(20)
        after_sigterm = left()
    finally:
        end_process(terminated)
    killed = start_process(command)
    try:
        until(left, seconds=20)
    finally:
        end_process(killed)
    after_kill = left()
    with server:
        after_start = left()
        server.terminate()

    assert after_sigterm == []
    assert len(after_kill) == 1
    assert after_start == []
    assert not target.exists()
