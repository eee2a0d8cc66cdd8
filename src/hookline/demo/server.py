"""Creates a real project and starts a real server, with the commands that a person would type."""

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

__all__ = ["DemoServer", "running_server", "write_project"]

_HOOKLINE = (sys.executable, "-m", "hookline")
_START_SECONDS = 20.0
_STOP_SECONDS = 40.0
_LOOK_EVERY = 0.02
_LAST_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServer:
    """A running server: its URLs, its log, and its process."""

    url: str
    admin: str
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """Request a graceful stop (SIGTERM); returns the exit code, -9 when the stop took too long."""
        self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def how_to_reach(self, project: Path) -> tuple[str, ...]:
        """Lines for a person: the URLs of the running server, and commands to try."""
        return (
            "",
            f"Control room: {self.admin}/",
            f"Webhooks: {self.url}/webhook    log: {self.log}",
            "",
            "Most payments were consumed, three refunds are with a consumer, and some disputes are dead letters with a reason.",
            "The newest event is from Stripe: its page has a transaction record and the headers that are kept.",
            "",
            "In another terminal:",
            f"  cd {project}",
            f"  hookline send transactions samples/payment.json --url {self.url}",
            "  hookline queues list",
            "  hookline events list",
            f"  curl {self.admin}/ready",
            "",
            "Ctrl-C here stops the server and removes the folder.",
        )


def write_project(directory: Path) -> None:
    """The files of ``hookline init`` in ``directory``, with a fresh secret. Raises OperatorError."""
    made = subprocess.run(  # noqa: S603 -- this very Python, and words that are all written here
        [*_HOOKLINE, "init", str(directory)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise OperatorError("demo_failed", f"the project was not written: {_last_lines(made.stderr)}")


@contextmanager
def running_server(directory: Path) -> Iterator[DemoServer]:
    """Serve the project in ``directory`` for as long as the block runs. Raises OperatorError when it does not start."""
    log = directory / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 -- this very Python, and options that are all written here
            [*_HOOKLINE, "serve", *_where(directory), "--port", "0", "--admin-port", "0", "--log-format", "json"],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,  # only the demo gets Ctrl-C, and it then stops the server
        )
    try:
        ready = _announced(process, log)
        yield DemoServer(url=str(ready["url"]), admin=str(ready["admin"]), log=log, process=process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _where(directory: Path) -> list[str]:
    return ["--config", str(directory / "hookline.toml"), "--data-dir", str(directory / "data")]


def _announced(process: subprocess.Popen[bytes], log: Path) -> dict[str, object]:
    """The log line with the server's addresses."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        for line in log.read_bytes().splitlines():
            with suppress(orjson.JSONDecodeError):
                fields = orjson.loads(line)
                if isinstance(fields, dict) and fields.get("event") == "serving":
                    return fields
        if ended:
            raise OperatorError(
                "demo_failed", f"the server ended with exit code {process.returncode}: {_last_words(log)}"
            )
        time.sleep(_LOOK_EVERY)
    raise OperatorError("demo_failed", f"the server was not ready after {_START_SECONDS:g} seconds: {_last_words(log)}")


def _last_words(log: Path) -> str:
    return _last_lines(log.read_text("utf-8", "replace"))


def _last_lines(text: str) -> str:
    """The end of a process's output as one line."""
    return " / ".join(text.splitlines()[-_LAST_LINES:])
