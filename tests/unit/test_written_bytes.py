"""The bytes that a server writes: which of them are the log's, and how many commits they were for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench.faults import BenchError
from bench.machine import _file_system
from bench.servers import Server, bytes_to_disk
from bench.written import commits_of, shared_between_log_and_file

from processes import end_process, start_process

_WRITES = """
import os, signal, sys
def write(name, pages):
    with open(name, "wb") as file:
        file.write(os.urandom(4096) * pages)
        file.flush()
        os.fsync(file.fileno())
def stop(*_):
    write(sys.argv[2], 500)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
write(sys.argv[1], 1000)
print("written", flush=True)
signal.pause()
"""


def test_the_thread_that_commits_writes_the_log_and_all_others_the_file() -> None:
    """The final checkpoint counts in the sum, although no thread's count includes it."""
    assert shared_between_log_and_file(1500, {7: 20, 8: 900, 9: 400}) == (900, 600)


def test_what_is_deleted_before_the_disk_has_it_is_not_counted() -> None:
    """A temporary file that lives for a moment costs no disk."""
    io = "rchar: 9000\nwchar: 9000\nsyscr: 2\nsyscw: 2\nread_bytes: 0\nwrite_bytes: 8192\ncancelled_write_bytes: 4096\n"

    assert bytes_to_disk(io) == 4096


def test_the_count_of_commits_is_read_from_the_metrics() -> None:
    """Other metrics begin with the same words."""
    text = 'hookline_commit_seconds_bucket{le="0.1"} 7\nhookline_commit_seconds_sum 0.5\nhookline_commit_seconds_count 12\n'

    assert commits_of(text) == 12


def test_metrics_without_commits_are_refused() -> None:
    """Zero would be a divisor, or a wrong result."""
    with pytest.raises(BenchError):
        commits_of("hookline_up 1\n")


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts what a process writes")
def test_what_a_process_writes_while_it_stops_is_counted(tmp_path: Path) -> None:
    """The last checkpoint is written then, and the process's own count vanishes with it."""
    if _file_system(tmp_path) == "tmpfs":
        pytest.skip("what is written into memory is not counted")
    command = [sys.executable, "-c", _WRITES, str(tmp_path / "before"), str(tmp_path / "during")]
    process = start_process(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        server = Server(url="", admin="", log=tmp_path / "log", process=process)

        assert 1000 * 4096 <= server.written() < 1100 * 4096
        assert 1500 * 4096 <= server.end_and_count() < 1600 * 4096
    finally:
        end_process(process)
