"""The servers whose queues are measured for comparison with hookline's, each as its own documentation starts it; and the clients."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any  # Any: what JSON may hold

import orjson

from bench import servers
from bench.faults import BenchError
from bench.queue_client import client
from processes import end_process, start_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Clients", "Target", "clients", "close_client", "hookline", "instant", "ministack", "moto", "queue_url"]

_START_SECONDS = 60.0
_QUEUE = "payments"

Target = tuple[str, str]
"""An endpoint, and the URL of its queue."""


@contextmanager
def hookline(directory: Path) -> Iterator[Target]:
    """A server of hookline, with the data of ``directory/data``."""
    with servers.hookline(directory, directory / "data") as server:
        yield server.admin, queue_url(server.admin)


def queue_url(admin: str) -> str:
    """The queue that is measured, on hookline."""
    return f"{admin}/000000000000/{_QUEUE}"


@contextmanager
def moto(directory: Path) -> Iterator[Target]:
    """A server of moto, with one queue."""
    with _listening(["-m", "moto.server", "-p"], directory / "moto", {}) as url:
        yield url, _made(url)


@contextmanager
def ministack(directory: Path) -> Iterator[Target]:
    """MiniStack, with one queue."""
    with _listening(["-m", "ministack"], directory / "ministack", {"LOG_LEVEL": "WARNING"}) as url:
        yield url, _made(url)


@contextmanager
def instant(directory: Path) -> Iterator[Target]:
    """The server that does nothing."""
    with _listening(["-m", "bench.queue_instant", "-p"], directory / "instant", {}) as url:
        yield url, queue_url(url)


class Clients:
    """boto3 clients of one endpoint, each a process of its own."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        self._processes = processes

    def __getitem__(self, some: slice) -> Clients:
        return Clients(self._processes[some])

    def order(self, **order: object) -> None:
        """Let all of them begin with the same order."""
        for process in self._processes:
            assert process.stdin is not None  # noqa: S101 -- it was started with one
            process.stdin.write(orjson.dumps(order) + b"\n")
            process.stdin.flush()

    def answers(self) -> list[dict[str, Any]]:
        """The answer of each when it is done."""
        answers = []
        for process in self._processes:
            assert process.stdout is not None  # noqa: S101 -- as above
            line = process.stdout.readline()
            if not line:
                raise BenchError("a client failed: its output is above")
            answers.append(orjson.loads(line))
        return answers

    def ask(self, **order: object) -> list[dict[str, Any]]:
        """Both."""
        self.order(**order)
        return self.answers()


@contextmanager
def clients(url: str, count: int = 4) -> Iterator[Clients]:
    """``count`` clients of the endpoint ``url``."""
    with ExitStack() as running:
        yield Clients([running.enter_context(_client(url)) for _ in range(count)])


@contextmanager
def _client(url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start_process(
        [sys.executable, "-m", "bench.queue_client", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        close_client(process)


def close_client(process: subprocess.Popen[bytes]) -> None:
    """End a process that takes orders, and close its pipes."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    end_process(process)


@contextmanager
def _listening(words: list[str], directory: Path, settings: dict[str, str]) -> Iterator[str]:
    """The URL of a server that is given its port as the last word, or as MiniStack's setting."""
    directory.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    log = directory / "server.log"
    if words[-1] == "-p":
        words = [*words, str(port)]
    environment = {**os.environ, **settings, "GATEWAY_PORT": str(port), "STATE_DIR": str(directory / "state")}
    with log.open("wb") as written:
        process = start_process(
            [sys.executable, *words], env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end_process(process)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    words = log.read_text("utf-8", "replace").splitlines()[-10:]
    raise BenchError("a baseline did not start:\n" + "\n".join(words))


def _made(url: str) -> str:
    found: str = client(url).create_queue(QueueName=_QUEUE, Attributes={"VisibilityTimeout": "300"})["QueueUrl"]
    return found
