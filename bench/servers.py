"""The servers that are measured, each a process of its own that is ended whatever happens."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson

from bench.faults import BenchError
from bench.traffic import SECRET
from processes import end_process, running_process, start_process

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXAMPLE", "Server", "bare", "bytes_to_disk", "handwritten", "hookline", "project", "stored_events"]

EXAMPLE = Path(__file__).parent.parent / "examples" / "transactions"

_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that listens. ``admin`` is empty for the baselines."""

    url: str
    admin: str
    log: Path
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Resident memory in MB (VmRSS; a MB is 10^6 bytes)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kibibytes) * 1024 / 1e6

    def processor_seconds(self) -> float:
        """User and system time of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def written(self) -> int:
        """Bytes that the process has written to a disk, those of ended threads included; also once it has ended, until it is collected."""
        return bytes_to_disk(Path(f"/proc/{self.process.pid}/io").read_text("ascii"))

    def written_by_threads(self) -> dict[int, int]:
        """Bytes that each of its threads has written into files on a disk, by its number."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return {int(task.name): _io_counts((task / "io").read_text("ascii"))["write_bytes"] for task in tasks}

    def end_and_count(self) -> int:
        """Stop it, wait for its end, and count what it has written in all: the kernel keeps the count until somebody collects it."""
        self.process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        while os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > deadline:
                raise BenchError(f"the server did not stop within {_STOP_SECONDS:g} seconds")
            time.sleep(0.02)
        return self.written()


def project(directory: Path, *, sealed: bool = False) -> Path:
    """The example project in ``directory``, with this run's secret, and a key that seals bodies; its hookline.toml."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("hookline.toml", "transaction.schema.json"):
        shutil.copy(EXAMPLE / name, directory / name)
    values = {"TRANSACTIONS_SECRET": SECRET}
    if sealed:
        with (directory / "hookline.toml").open("a") as file:
            file.write('\n[storage]\nkey = "STORAGE_KEY"\n')
        values["STORAGE_KEY"] = base64.b64encode(os.urandom(32)).decode()
    (directory / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()), "ascii")
    return directory / "hookline.toml"


@contextmanager
def hookline(
    directory: Path,
    data: Path,
    *,
    tree: Path | None = None,
    log_through_pipe: bool = False,
    module: str = "hookline",
    sealed: bool = False,
) -> Iterator[Server]:
    """The server as it runs in production, one log line per request included; of the checkout ``tree`` instead of this one.

    The log is read at the end: any answer but 202 makes the measurement worthless (BenchError). ``log_through_pipe``: another process
    writes it to the disk. ``module`` is what is run instead of the package.
    """
    words = ["-m", module, "serve", "--config", str(project(directory, sealed=sealed)), "--data-dir", str(data)]
    words += ["--port", "0", "--admin-port", "0", "--log-format", "json"]
    with _running(words, directory, tree=tree, log_through_pipe=log_through_pipe) as server:
        yield server
    _check_answers(server.log)


@contextmanager
def bare(directory: Path) -> Iterator[Server]:
    """The server that does nothing."""
    with _running(["-m", "bench.bare"], directory) as server:
        yield server


@contextmanager
def handwritten(directory: Path) -> Iterator[Server]:
    """The receiver that people write by hand, with an empty database."""
    with _running(["-m", "bench.handwritten"], directory) as server:
        yield server


def stored_events(database: Path) -> int:
    """How many events are in a file that no server has open."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
    return int(count)


def bytes_to_disk(io: str) -> int:
    """Of the text of ``/proc/PID/io`` what was written into files, without what was deleted again ahead of the disk."""
    counts = _io_counts(io)
    return counts["write_bytes"] - counts["cancelled_write_bytes"]


def _io_counts(io: str) -> dict[str, int]:
    return {name: int(count) for name, _, count in (line.partition(": ") for line in io.splitlines())}


@contextmanager
def _running(
    words: list[str], directory: Path, *, tree: Path | None = None, log_through_pipe: bool = False
) -> Iterator[Server]:
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "server.log"
    environment = {
        **os.environ,
        "TRANSACTIONS_SECRET": SECRET,
        "BENCH_DATABASE": str(directory / "handwritten.db"),
        "PYTHONUNBUFFERED": "1",
    }
    if tree is not None:
        environment["PYTHONPATH"] = str(tree / "src")
    with log.open("wb") as kept, _output(kept, through_pipe=log_through_pipe) as output:
        process = start_process(
            [sys.executable, *words], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            ready = _announced(process, log)
            yield Server(url=ready["url"], admin=ready.get("admin", ""), log=log, process=process)
        finally:
            _stop(process)


@contextmanager
def _output(kept: IO[bytes], *, through_pipe: bool) -> Iterator[IO[bytes]]:
    """Where a server writes its log: into the file, or into a pipe from which ``cat`` brings it there."""
    if not through_pipe:
        yield kept
        return
    with running_process(["cat"], stdin=subprocess.PIPE, stdout=kept) as writer:
        assert writer.stdin is not None  # noqa: S101 -- a pipe was asked for
        yield writer.stdin


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    end_process(process)


def _announced(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """The log line in which the server says where it listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_bytes().splitlines():
            if b'"serving"' in line and line.endswith(b"}"):
                fields: dict[str, str] = orjson.loads(line)
                return fields
        if process.poll() is not None:
            break
        time.sleep(0.02)
    words = log.read_text("utf-8", "replace").splitlines()[-10:]
    raise BenchError("the server did not start:\n" + "\n".join(words))


def _check_answers(log: Path) -> None:
    """Whether the server said of every request that it accepted a new event."""
    with log.open("rb") as lines:
        others = [line for line in lines if b'"event":"request"' in line and b'"outcome":"accepted"' not in line]
    if others:
        raise BenchError(f"{len(others)} requests were not accepted as new, the first: {others[0].decode().strip()}")
