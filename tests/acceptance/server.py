"""A real hookline in a process of its own: real sockets, real files, and every way to hurt it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import apsw

import hookline
from acceptance.sender import SECRET, Sender
from processes import run_process, start_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["EXAMPLE", "Line", "Server", "read_rows", "refused_start", "until"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "transactions"
"""The default project, unchanged: the tests check what it promises."""

Line = dict[str, Any]  # a line of the log is any JSON

_PACKAGE = Path(hookline.__file__).parents[1]
_RUN = "import runpy\nrunpy.run_module('hookline', run_name='__main__', alter_sys=True)\n"
_IS_MEASURED = "COVERAGE_PROCESS_CONFIG" in os.environ
"""A process that is killed does not say which of its lines it ran."""
_MEASURED_STOP = 10.0  # seconds
_PATIENCE = 60.0  # seconds: how long a start or a stop may take on a busy machine


def until(condition: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Wait for ``condition``, and fail when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"this did not come within {seconds} seconds: {condition}"
        time.sleep(0.02)


def read_rows(data_dir: Path, query: str) -> list[tuple[Any, ...]]:  # SQL's values are of any type
    """What the database file itself says."""
    connection = apsw.Connection(str(data_dir / "hookline.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(5000)
        return list(connection.execute(query))
    finally:
        connection.close(force=True)


class Server:
    """``hookline serve`` over the example project in ``folder``; ``more`` is TOML to add to it.

    ``before`` is Python that runs in the process ahead of hookline: how a test proves that it can fail. ``wrapper`` is a command to
    run it under. The same folder can be served again: what was stored is still there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        more: str = "",
        config: str | None = None,
        environment: Mapping[str, str] | None = None,
        before: str = "",
        wrapper: Sequence[str] = (),
    ) -> None:
        self.project = folder / "project"
        self.data_dir = folder / "data"
        shutil.copytree(EXAMPLE, self.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".env"))
        toml = self.project / "hookline.toml"
        text = (EXAMPLE / "hookline.toml").read_text() if config is None else config
        toml.write_text(f"{text}\n{more}\n")
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(_PACKAGE),
            "TRANSACTIONS_SECRET": SECRET,
            **(environment or {}),
        }
        self._before = before
        self._wrapper = list(wrapper)
        self.more_options = ["--admin-port", "0"]
        """Options of ``serve`` about the admin port."""
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._told = threading.Condition()
        self._ended = False
        self.lines: list[Line] = []
        """The lines of the log since the last start."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if _IS_MEASURED and self.running:
            with suppress(subprocess.TimeoutExpired, OSError):
                self.terminate(seconds=_MEASURED_STOP)
        self.kill()

    @property
    def command(self) -> list[str]:
        """How it is started."""
        python = [sys.executable, "-m", "hookline"]
        if self._before:
            python = [sys.executable, "-c", f"{self._before}\n{_RUN}"]
        return [*self._wrapper, *python, "serve", "--config", str(self.project / "hookline.toml"),
                "--data-dir", str(self.data_dir), "--port", "0", "--log-format", "json", *self.more_options]  # fmt: skip

    def start(self) -> Self:
        """Start it, and wait until it serves."""
        self.lines = []
        self._ended = False
        self._process = start_process(
            self.command, env=self._environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self._process.stderr is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
        self._reader.start()
        try:
            serving = self.wait_for("serving", seconds=_PATIENCE)
        except BaseException:  # nobody else would end it: a block that is not entered is not left either
            self.kill()
            raise
        self.url, self.admin = str(serving["url"]), str(serving["admin"])
        return self

    def wait_for(self, event: str, *, seconds: float = 30.0) -> Line:
        """The first log line of this event, which may have come already."""
        with self._told:
            self._told.wait_for(lambda: self._find(event) or self._ended, timeout=seconds)
            line = self._find(event)
        assert line is not None, f"the log has not said {event!r}: {self.lines[-20:]}"
        return line

    def all(self, event: str) -> list[Line]:
        """Every log line of this event so far."""
        return [line for line in self.lines if line.get("event") == event]

    @property
    def pid(self) -> int:
        """The server's process id, also under a wrapper."""
        assert self._process is not None
        if not self._wrapper:
            return self._process.pid
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0])

    @property
    def port(self) -> int:
        """Where webhooks go."""
        return urlsplit(self.url).port or 0

    @property
    def admin_port(self) -> int:
        """Where consumers and operators ask."""
        return urlsplit(self.admin).port or 0

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def resident_bytes(self) -> int:
        """The memory it holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def limit_file_size(self, size: int | None) -> None:
        """Let no file of the server grow beyond ``size`` bytes, as on a full disk; None: the disk has room again."""
        limit = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def terminate(self, *, seconds: float = _PATIENCE) -> int:
        """SIGTERM, and the exit code that follows."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds=seconds)

    def wait(self, *, seconds: float = _PATIENCE) -> int:
        """The exit code, once there is one."""
        assert self._process is not None
        code = self._process.wait(timeout=seconds)
        self._end_reading()
        return code

    def kill(self) -> None:
        """SIGKILL: no time for a last word."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait(timeout=_PATIENCE)
        self._end_reading()

    def sender(self, *, timeout: float = 10.0) -> Sender:
        """A sender with a connection to this server."""
        return Sender(self.port, timeout=timeout)

    def ready(self) -> int:
        """The status of ``/ready``."""
        with Sender(self.admin_port) as sender:
            return sender.request("GET", "/ready").status

    def rows(self, query: str) -> list[tuple[Any, ...]]:  # as in read_rows
        """What the database file itself says."""
        return read_rows(self.data_dir, query)

    def execute(self, statement: str) -> None:
        """Change the database file."""
        connection = apsw.Connection(str(self.data_dir / "hookline.db"))
        try:
            connection.set_busy_timeout(5000)
            connection.execute(statement)
        finally:
            connection.close(force=True)

    def event_ids(self) -> set[str]:
        """The id of every stored event."""
        return {row[0] for row in self.rows("SELECT id FROM events")}

    def taken(self, queue: str) -> Iterator[str]:
        """The event id of each message on ``queue``, taken as a consumer does, until none is visible."""
        with Sender(self.admin_port) as sender:
            url = f"{self.admin}/000000000000/{queue}"
            while messages := sender.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                yield from (json.loads(message["Body"])["id"] for message in messages)

    def _find(self, event: str) -> Line | None:
        return next((line for line in self.lines if line.get("event") == event), None)

    def _read(self, stream: IO[bytes]) -> None:
        for text in stream:
            with self._told:
                self.lines.append(_line(text))
                self._told.notify_all()
        stream.close()
        with self._told:
            self._ended = True
            self._told.notify_all()

    def _end_reading(self) -> None:
        if self._reader is not None:
            self._reader.join(timeout=_PATIENCE)


def refused_start(server: Server) -> tuple[int, str]:
    """The exit code and the printed words of a server that must not start."""
    done = run_process(server.command, env=server._environment, capture_output=True, text=True, timeout=_PATIENCE)
    return done.returncode, done.stderr


def _line(text: bytes) -> Line:
    try:
        line: Line = json.loads(text)
    except ValueError:
        return {"event": "text", "text": text.decode(errors="replace")}
    return line
