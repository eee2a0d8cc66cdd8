"""A real server as a process of its own, on ports that the system chose."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from hookline.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DemoServer", "ServerFailedError", "running_server"]

_START_SECONDS = 20.0
_STOP_SECONDS = 40.0
_LOOK_EVERY = 0.02
_LAST_LINES = 10


class ServerFailedError(OperatorError):
    """The demo's server did not start."""

    def __init__(self, detail: str) -> None:
        super().__init__("internal_fault", detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServer:
    """Where it listens, where it logs, and its process."""

    url: str
    admin: str
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """Ask for a graceful stop (SIGTERM), and give the exit code; -9 when that took too long."""
        self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def running_server(directory: Path) -> Iterator[DemoServer]:
    """Serve the project in ``directory`` for as long as the block runs. Raises ServerFailedError when it does not start."""
    log = directory / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 -- this very Python, and options that are all written here
            [sys.executable, "-m", "hookline", "serve", *_options(directory)],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the server
        )
    try:
        ready = _announced(process, log)
        yield DemoServer(url=str(ready["url"]), admin=str(ready["admin"]), log=log, process=process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _options(directory: Path) -> list[str]:
    return [
        *("--config", str(directory / "hookline.toml"), "--env-file", str(directory / ".env")),
        *("--data-dir", str(directory / "data"), "--port", "0", "--admin-port", "0", "--log-format", "json"),
    ]


def _announced(process: subprocess.Popen[bytes], log: Path) -> dict[str, object]:
    """The log line in which the server says where it listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        for line in log.read_bytes().splitlines():
            with suppress(orjson.JSONDecodeError):
                fields = orjson.loads(line)
                if isinstance(fields, dict) and fields.get("event") == "serving":
                    return fields
        if ended:
            raise ServerFailedError(f"the server ended with exit code {process.returncode}:\n{_last_words(log)}")
        time.sleep(_LOOK_EVERY)
    raise ServerFailedError(f"the server was not ready after {_START_SECONDS:g} seconds:\n{_last_words(log)}")


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])
