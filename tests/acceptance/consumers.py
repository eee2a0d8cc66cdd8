"""The example consumers as processes, and the queue that they consume in either home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any  # boto3 makes its clients' classes at run time

import pytest

from acceptance.sender import sign, transaction
from acceptance.server import EXAMPLE, until
from processes import end_process, start_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from acceptance.sender import Answer

__all__ = ["CONSUMERS", "FOLDER", "ROOT", "Consumer", "Queue", "consuming", "node_folder", "settings_of"]

ROOT = EXAMPLE.parents[1]
FOLDER = ROOT / "examples" / "consumers"
CONSUMERS = ("boto3", "powertools", "celery", "sqs-consumer")
_PATIENCE = 60.0  # seconds: a worker starts several interpreters, on a machine with other work


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The queue ``payments`` of a home: what a consumer is given to reach it, and what the test may do with it."""

    settings: Mapping[str, str]
    client: Any  # as above
    post: Callable[[bytes, Mapping[str, str]], Answer]
    settle: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where it is."""
        url: str = self.client.get_queue_url(QueueName=self.settings["QUEUE_NAME"])["QueueUrl"]
        return url

    def send(self, name: str, **fields: object) -> None:
        """A payment, as its sender sends it. A field that is None is left out."""
        event = json.loads(transaction(name, kind="payment", **fields))
        body = json.dumps({key: value for key, value in event.items() if value is not None}).encode()
        assert self.post(body, sign(body, delivery=name)).status == 202

    def repeat(self) -> None:
        """Put one more message of the first event on the queue, as a replay or a broken connection does."""
        self.settle()
        (message,) = self.client.receive_message(QueueUrl=self.url, VisibilityTimeout=0, WaitTimeSeconds=5)["Messages"]
        self.client.send_message(QueueUrl=self.url, MessageBody=message["Body"])

    def depth(self) -> int:
        """How many messages the queue has, in flight or not."""
        counts = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return sum(int(value) for name, value in counts.items() if name.startswith("ApproximateNumberOfMessages"))


@dataclass(kw_only=True)
class Consumer:
    """A running example."""

    name: str
    ledger: Path
    process: subprocess.Popen[str]
    output: Path
    _code: int | None = field(default=None)

    def booked(self) -> list[str]:
        """The event of each payment in its ledger, one for each row."""
        if self.name == "sqs-consumer":
            return sorted(json.loads(file.read_text())["event_id"] for file in self.ledger.glob("[!.]*.json"))
        if not self.ledger.exists():
            return []
        with closing(sqlite3.connect(self.ledger)) as connection:
            try:
                return sorted(row[0] for row in connection.execute("SELECT event_id FROM payments"))
            except sqlite3.OperationalError:  # it has just been made
                return []

    def amounts(self) -> set[str]:
        """The amounts in its ledger, as text."""
        if self.name == "sqs-consumer":
            return {json.loads(file.read_text())["amount"] for file in self.ledger.glob("[!.]*.json")}
        with closing(sqlite3.connect(self.ledger)) as connection:
            return {row[0] for row in connection.execute("SELECT amount FROM payments")}

    def says(self, word: str) -> int:
        """How many lines of its output begin with ``word``."""
        return sum(line.startswith(word) for line in self.output.read_text().splitlines())

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for ``condition``; the failure shows what the consumer has said."""
        try:
            until(condition, seconds=_PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output.read_text()}\nbooked: {self.booked()}") from None

    def stop(self) -> float:
        """SIGTERM, as a container's end; the exit code has to be 0. How many seconds it took."""
        start = time.monotonic()
        self.process.terminate()
        assert self.process.wait(_PATIENCE) == 0, self.output.read_text()
        return time.monotonic() - start

    def kill(self) -> None:
        """SIGKILL, for it and for every process that it has started."""
        for pid in [self.process.pid, *_descendants(self.process.pid)]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(_PATIENCE)
        self._remove_torn_tasks()

    def _remove_torn_tasks(self) -> None:
        """The broker in files, which only examples use, may write a file in parts: Celery stops at half of one. Its message comes again."""
        for file in (self.ledger.parent / "celery" / "broker").glob("*"):
            try:
                json.loads(file.read_bytes())
            except ValueError:
                file.unlink()


@contextmanager
def consuming(name: str, queue: Queue, folder: Path, *, wrapper: Sequence[str] = (), **more: str) -> Iterator[Consumer]:
    """The example ``name``, started as its container starts it. The same folder can be used again: its ledger is still there.

    ``wrapper`` is a command to run it under.
    """
    command = [*wrapper, *_command(name)]
    folder.mkdir(exist_ok=True)
    output = folder / "output"
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "LEDGER": str(folder / "ledger"),
        "CELERY_FOLDER": str(folder / "celery"),
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "PYTHONUNBUFFERED": "1",
        **queue.settings,
        **more,
    }
    with output.open("w") as written:
        process = start_process(
            command, cwd=FOLDER / name, env=environment, stdout=written, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    consumer = Consumer(name=name, ledger=folder / "ledger", process=process, output=output)
    try:
        yield consumer
    finally:
        if process.poll() is None:
            consumer.kill()
        end_process(process)


def settings_of(name: str) -> dict[str, str]:
    """The settings in one of the examples' files."""
    lines = (FOLDER / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def node_folder() -> Path:
    """Where Node's packages are installed. Without Node or without them the test is skipped, and fails where every tool has to be there."""
    tool("node")
    folder = FOLDER / "sqs-consumer"
    if not (folder / "node_modules").is_dir():
        reason = "the packages of examples/consumers/sqs-consumer are not installed: make setup"
        if os.environ.get("HOOKLINE_TESTS_NEED_TOOLS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def _command(name: str) -> list[str]:
    """The last lines of the example's container file."""
    if name == "sqs-consumer":
        node_folder()
    last = (FOLDER / name / "Containerfile").read_text().splitlines()[-1]
    program, *arguments = json.loads(last.removeprefix("CMD "))
    path = {"python": sys.executable}.get(program) or shutil.which(program)
    assert path is not None
    return [path, *arguments]


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [one for child in children for one in (child, *_descendants(child))]
