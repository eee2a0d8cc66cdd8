"""Three servers of the SQS API with the same time: hookline, moto's server and MiniStack."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import boto3  # type: ignore[import-untyped] # boto3 carries no types
from botocore.config import Config  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sqs import CREDENTIALS, START, serving
from emulator.server import emulator
from hookline.adapters.local import SystemClock
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.move_tasks import MemoryMoveTasks
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.sqlite import Database, SqliteAuditLog, SqliteMoveTasks, SqliteQueues
from hookline.domain.fifo import FIFO_SUFFIX, Fifo
from hookline.domain.queue import Queue
from hookline.runtimes.embedded.mover import Mover
from hookline.sqs_api import sqs_app
from hookline.sqs_api.purges import Purges
from processes import end_process, start_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from acceptance.sqs import Client
    from emulator.server import Emulator

__all__ = [
    "DECLARED",
    "TICK",
    "HooklineServer",
    "MiniStackServer",
    "MotoServer",
    "Server",
    "Three",
    "servers",
]

DECLARED = (
    Queue(name="payments", max_receives=2, visibility_timeout=timedelta(minutes=1), retention=timedelta(days=4)),
    Queue(name="refunds", max_receives=3, visibility_timeout=timedelta(minutes=5), retention=timedelta(days=7)),
    Queue(
        name="orders",
        max_receives=2,
        visibility_timeout=timedelta(minutes=1),
        retention=timedelta(days=4),
        fifo=Fifo(group="data.customer_id"),
    ),
)
"""Every queue that there is, with its dead-letter queue."""

TICK = timedelta(seconds=1 / 64)
"""The time that a call takes by the servers' clocks. A power of two, so that every implementation rounds its timestamps alike."""

_FIFO = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
"""How deployed FIFO queues are created: in high throughput mode."""

_TESTS = Path(__file__).parents[1]
_PROGRAM = "import sys; sys.path[0] = sys.argv[1]; from differential.moto_program import main; main(int(sys.argv[2]))"
_START_SECONDS = 60


class Server(Protocol):
    """One implementation of SQS."""

    @property
    def name(self) -> str:
        """Its name in its documentation."""
        ...

    @property
    def client(self) -> Client:
        """A boto3 client of it."""
        ...

    def begin(self, *, standing: bool = True) -> None:
        """Forget everything, have the queues of ``DECLARED``, and stop the clock at ``START``, or let it run with the machine's."""
        ...

    def advance(self, span: timedelta) -> None:
        """Move its clock, which is stopped."""
        ...


@dataclass(slots=True, kw_only=True)
class HooklineServer:
    """hookline's SQS API over one of its backends, created again for each sequence."""

    name: str
    backend: str
    client: Client
    app: _Replaceable
    clock: MemoryClock
    opened: ExitStack

    def begin(self, *, standing: bool = True) -> None:
        """Serve empty queues."""
        self.opened.close()
        self.opened = ExitStack()
        self.clock = MemoryClock(START)
        clock: Any = self.clock if standing else SystemClock()  # either is what both backends want
        queues, audit, moves = _memory(clock) if self.backend == "memory" else _sqlite(clock, self.opened)
        mover = Mover(moves)
        mover.start()
        self.opened.callback(mover.stop)
        self.app.use = sqs_app(
            queues,
            DECLARED,
            audit=audit,
            now=clock.now,
            purges=Purges(now=lambda: clock.steady().timestamp()),
            moves=moves,
            moves_begun=mover.wake,
        )

    def advance(self, span: timedelta) -> None:
        """Move the adapters' clock."""
        self.clock.advance(span)


@dataclass(slots=True, kw_only=True)
class MotoServer:
    """moto's server in a process of its own."""

    name: str
    client: Client
    endpoint: str
    now: float | None = None

    def begin(self, *, standing: bool = True) -> None:
        """Reset it and create the queues."""
        _post(f"{self.endpoint}/moto-api/reset")
        self._set(START.timestamp() if standing else None)
        _create_queues(self.client)

    def advance(self, span: timedelta) -> None:
        """Set its clock."""
        assert self.now is not None, "the clock is not stopped"
        self._set(self.now + span.total_seconds())

    def _set(self, seconds: float | None) -> None:
        self.now = seconds
        _post(f"{self.endpoint}/_hookline/clock", {"seconds": seconds})


@dataclass(slots=True, kw_only=True)
class MiniStackServer:
    """MiniStack as it is released, except the clock, which a test sets."""

    name: str
    client: Client
    emulator: Emulator

    def begin(self, *, standing: bool = True) -> None:
        """Reset it and create the queues."""
        self.emulator.reset()
        self.emulator.set_time(START if standing else None)
        _create_queues(self.client)

    def advance(self, span: timedelta) -> None:
        """Set its clock."""
        self.emulator.advance(span)


Three: TypeAlias = "tuple[HooklineServer, MotoServer, MiniStackServer]"


@contextmanager
def servers(backend: str) -> Iterator[Three]:
    """Hookline over ``backend``, and the two others."""
    with ExitStack() as stack:
        yield (
            stack.enter_context(_hookline(backend)),
            stack.enter_context(_moto()),
            stack.enter_context(_ministack()),
        )


class _Replaceable:
    """An application that can be replaced while it is served."""

    use: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.use(scope, receive, send)


@contextmanager
def _hookline(backend: str) -> Iterator[HooklineServer]:
    app = _Replaceable()
    with serving(app) as port, _client(f"http://127.0.0.1:{port}") as client:
        server = HooklineServer(
            name="hookline", backend=backend, client=client, app=app, clock=MemoryClock(START), opened=ExitStack()
        )
        try:
            yield server
        finally:
            server.opened.close()


def _memory(clock: MemoryClock) -> tuple[Any, Any, Any]:  # the adapters of one backend, which fit each other
    state = MemoryState(clock, DECLARED, timedelta(days=30))
    return MemoryQueues(state), MemoryAuditLog(state), MemoryMoveTasks(state)


def _sqlite(clock: MemoryClock, stack: ExitStack) -> tuple[Any, Any, Any]:  # as above
    folder = Path(stack.enter_context(TemporaryDirectory()))
    database = Database.open(folder / "hookline.db", clock=clock, queues=DECLARED)
    stack.callback(database.close)
    return SqliteQueues(database), SqliteAuditLog(database), SqliteMoveTasks(database)


@contextmanager
def _moto() -> Iterator[MotoServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = start_process(
            [sys.executable, "-c", _PROGRAM, str(_TESTS), str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
    try:
        _wait(f"{endpoint}/moto-api/data.json", process)
        with _client(endpoint) as client:
            yield MotoServer(name="moto", client=client, endpoint=endpoint)
    finally:
        end_process(process)


@contextmanager
def _ministack() -> Iterator[MiniStackServer]:
    with emulator(patched=False) as running, _client(running.endpoint) as client:
        yield MiniStackServer(name="MiniStack", client=client, emulator=running)


@contextmanager
def _client(endpoint: str) -> Iterator[Client]:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)
    with closing(boto3.client("sqs", endpoint_url=endpoint, config=config, **CREDENTIALS)) as client:
        yield client


def _create_queues(client: Client) -> None:
    for queue in DECLARED:
        suffix, kind = (FIFO_SUFFIX, _FIFO) if queue.fifo else ("", {})
        dead_letters = client.create_queue(
            QueueName=queue.dead_letter_name + suffix,
            Attributes={
                **kind,
                "MessageRetentionPeriod": _seconds(queue.dead_letter_retention),
                "VisibilityTimeout": "30",
            },
        )["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client.create_queue(
            QueueName=queue.name + suffix,
            Attributes={
                **kind,
                "MessageRetentionPeriod": _seconds(queue.retention),
                "VisibilityTimeout": _seconds(queue.visibility_timeout),
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": queue.max_receives}),
            },
        )


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def _post(url: str, content: Mapping[str, object] | None = None) -> None:
    body = json.dumps(content or {}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST"), timeout=60):  # noqa: S310 -- loopback
        pass


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("moto's server did not start")
