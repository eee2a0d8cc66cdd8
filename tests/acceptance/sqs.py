"""A server of the SQS API over queues that a test can look at, and clients of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from contextlib import ExitStack, closing, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import uvicorn
from botocore.config import Config  # type: ignore[import-untyped] # botocore carries no types
from botocore.loaders import Loader  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.move_tasks import MemoryMoveTasks
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.sqlite import Database, SqliteAuditLog, SqliteMoveTasks, SqliteQueues
from hookline.domain.message import Message
from hookline.domain.queue import Queue
from hookline.runtimes.embedded.mover import Mover
from hookline.sqs_api import sqs_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.types import ASGIApp

    from hookline.ports.audit import AuditLog
    from hookline.ports.move_tasks import WorkedMoveTasks

__all__ = [
    "CREDENTIALS",
    "JSON_1_0",
    "QUEUES",
    "START",
    "Client",
    "System",
    "calling",
    "headers_for",
    "memory",
    "post",
    "request",
    "running",
    "send",
    "serving",
]

Client: TypeAlias = Any  # botocore builds its clients at run time, so that there is no type to name

START = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
QUEUES = (
    Queue(name="payments", max_receives=2, visibility_timeout=timedelta(minutes=5), retention=timedelta(days=7)),
    Queue(name="refunds"),
)
JSON_1_0 = "application/x-amz-json-1.0"
CREDENTIALS = {
    "aws_access_key_id": "anything",
    "aws_secret_access_key": "anything",
    "region_name": "us-east-1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A server over queues, and a client of it."""

    clock: MemoryClock
    queues: MemoryQueues | SqliteQueues
    audit: AuditLog
    port: int
    client: Client

    def send(self, queue: str = "payments", body: str = "{}", attributes: Mapping[str, str] | None = None) -> None:
        """Put one message on ``queue``."""
        self.queues.send(queue, [Message(event_id="s:1", body=body, attributes=attributes or {})])

    def url(self, queue: str = "payments") -> str:
        """The queue's URL, as the server says."""
        url: str = self.client.get_queue_url(QueueName=queue)["QueueUrl"]
        return url

    def take(
        self, queue: str = "payments", /, **parameters: object
    ) -> list[dict[str, Any]]:  # botocore's answers are plain JSON
        """The messages that one ReceiveMessage brings."""
        messages: list[dict[str, Any]] = self.client.receive_message(QueueUrl=self.url(queue), **parameters).get(
            "Messages", []
        )
        return messages


@contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """Serve ``app`` on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none", loop="asyncio"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.stop()
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """It stops when it is asked to; uvicorn's own looks every tenth of a second whether it was, and then waits as long again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._serving = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._asked: asyncio.Event

    async def main_loop(self) -> None:
        """Serve until ``stop``, with the heartbeat of uvicorn's own loop."""
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        self._serving.set()
        while not self._asked.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, and finish what was taken."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        await self._wait_tasks_to_complete()

    def stop(self) -> None:
        """End it soon, from any thread."""
        assert self._serving.wait(30)
        self._loop.call_soon_threadsafe(self._asked.set)


@contextmanager
def calling(port: int, path: str = "", *, query: bool = False, **config: object) -> Iterator[Client]:
    """A client with nothing special but its endpoint; ``config`` is botocore's. ``query`` makes it use the older protocol."""
    client = _session(query=query).create_client(
        "sqs", endpoint_url=f"http://127.0.0.1:{port}{path}", config=Config(**config), **CREDENTIALS
    )
    with closing(client):
        yield client


@cache
def _session(*, query: bool) -> Any:  # botocore carries no types
    """What clients are made from. It reads the models of the services once, which takes longer than most tests here."""
    session = botocore.session.Session()
    if query:
        session.register_component("data_loader", _QueryLoader())
    return session


def memory(declared: Sequence[Queue] = QUEUES) -> tuple[MemoryClock, MemoryState]:
    """A clock and an empty store."""
    clock = MemoryClock(START)
    return clock, MemoryState(clock, declared, timedelta(days=30))


@contextmanager
def running(
    backend: str = "memory", *, query: bool = False, declared: Sequence[Queue] = QUEUES, **options: Any
) -> Iterator[System]:  # sqs_app's own options, in their own types
    """A whole system with the ``declared`` queues; ``options`` are those of ``sqs_app``."""
    with ExitStack() as stack:
        clock, queues, audit, moves = _memory(declared) if backend == "memory" else _sqlite(declared, stack)
        mover = Mover(moves)
        mover.start()
        stack.callback(mover.stop)
        given: dict[str, Any] = {"audit": audit, "now": clock.now, "moves": moves, "moves_begun": mover.wake}
        app = sqs_app(queues, declared, **(given | options))
        port = stack.enter_context(serving(app))
        client = stack.enter_context(calling(port, query=query, retries={"total_max_attempts": 1}))
        yield System(clock=clock, queues=queues, audit=audit, port=port, client=client)


def _memory(declared: Sequence[Queue]) -> tuple[MemoryClock, MemoryQueues, AuditLog, WorkedMoveTasks]:
    clock, state = memory(declared)
    return clock, MemoryQueues(state), MemoryAuditLog(state), MemoryMoveTasks(state)


def _sqlite(declared: Sequence[Queue], stack: ExitStack) -> tuple[MemoryClock, SqliteQueues, AuditLog, WorkedMoveTasks]:
    clock = MemoryClock(START)
    folder = Path(stack.enter_context(TemporaryDirectory()))
    database = Database.open(folder / "hookline.db", clock=clock, queues=declared)
    stack.callback(database.close)
    return clock, SqliteQueues(database), SqliteAuditLog(database), SqliteMoveTasks(database)


def headers_for(action: str) -> dict[str, str]:
    """The parameters that a call of ``action`` needs."""
    return {"Content-Type": JSON_1_0, "X-Amz-Target": f"AmazonSQS.{action}"}


def request(action: str, parameters: Mapping[str, object]) -> bytes:
    """A call as it goes over the wire."""
    body = json.dumps(parameters)
    fields = {"Host": "localhost", **headers_for(action), "Content-Length": str(len(body))}
    lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", body]
    return "\r\n".join(lines).encode()


def post(
    port: int, action: str, parameters: Mapping[str, object], **headers: str
) -> tuple[int, http.client.HTTPMessage, Any]:
    """Call ``action`` without an SDK."""
    return send(port, "POST", "/", headers_for(action) | headers, json.dumps(parameters).encode())


def send(
    port: int, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, http.client.HTTPMessage, Any]:  # the body is JSON of any shape
    """One request as it is given; status, headers and parsed body of its answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in ({"Content-Length": str(len(body))} | dict(headers)).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read())


class _QueryLoader(Loader):  # type: ignore[misc] # botocore carries no types
    """SQS as botocore knew it until 2023: what the query protocol calls things has left its model, not its code."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """The model, in the terms of the query protocol."""
        model = super().load_service_model(service_name, type_name, api_version)
        if (service_name, type_name) != ("sqs", "service-2"):
            return model
        model = deepcopy(model)  # other clients of this process may have the same one
        model["metadata"] |= {"protocol": "query", "protocols": ["query"]}
        model["metadata"].pop("awsQueryCompatible", None)
        for operation in model["operations"].values():
            if "output" in operation:
                operation["output"]["resultWrapper"] = f"{operation['name']}Result"
        for name, shape in model["shapes"].items():
            _name_in_forms(name, shape)
        return model


_PLURALS = {
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "TagKeyList": "TagKey",
}


def _name_in_forms(name: str, shape: dict[str, Any]) -> None:
    """Give a shape of the model the names that it had in forms and in XML."""
    if shape["type"] == "list":
        shape["member"]["locationName"] = _PLURALS.get(name, shape["member"]["shape"])
    if shape["type"] == "map":
        shape["key"]["locationName"], shape["value"]["locationName"] = "Name", "Value"
    for member, reference in shape.get("members", {}).items():
        if member in {"Attributes", "MessageAttributes", "MessageSystemAttributes", "Tags"}:
            reference["locationName"] = member[:-1]
