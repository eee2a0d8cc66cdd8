"""What the parts of the embedded home are put together with in tests: a clock that can be moved, a log that can be read, a sender."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import (  # Any: the ASGI specification's messages are dictionaries with any values
    TYPE_CHECKING,
    Any,
    TypeVar,
)

from contract.builders import EVENT_RETENTION, QUEUES, START
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.domain.source import Source
from hookline.providers.general.none import Unsigned
from hookline.runtimes.embedded.log import Log, json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, MutableMapping
    from datetime import timedelta

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.pipeline.receive import Call

__all__ = ["Line", "LogBook", "Memory", "MovingLoop", "Sender", "run", "settled", "source", "until"]

T = TypeVar("T")


class MovingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time can be moved on, so that no test waits for a deadline."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def time(self) -> float:
        """The loop's time."""
        return super().time() + self._ahead

    def pause(self, seconds: float) -> None:
        """Let time pass in which nothing runs."""
        self._ahead += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass in small steps, with everything that becomes due on the way."""
        steps = max(1, round(seconds / 0.25))
        for _ in range(steps):
            self._ahead += seconds / steps
            await settled()


def run(main: Callable[[MovingLoop], Coroutine[Any, Any, T]]) -> T:
    """``asyncio.run`` on a moving loop; what goes wrong in a callback fails the test."""
    faults: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=MovingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, MovingLoop)
        loop.set_exception_handler(lambda _, context: faults.append(context))
        result = runner.run(main(loop))
    assert faults == []
    return result


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(8):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread, or fail after some seconds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 -- another thread's doing has no event to wait for
            await asyncio.sleep(0.002)


@dataclass(frozen=True, slots=True)
class Line:
    """What was logged."""

    level: str
    text: str
    fields: Mapping[str, object] = field(default_factory=dict)


class LogBook(Log):
    """A log that keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(-1, json_line)
        self.lines: list[Line] = []
        self.requests: list[tuple[int, str, str | None]] = []

    def request(self, scope: Mapping[str, object], call: Call, status: int, outcome: str) -> None:  # noqa: ARG002 -- the shape of Log
        """Keep status, outcome and event id."""
        self.requests.append((status, outcome, call.event_id))

    def say(self, level: str, text: str, **fields: object) -> None:
        """Keep the line."""
        self.lines.append(Line(level, text, fields))

    def texts(self, level: str | None = None) -> list[str]:
        """The texts of the lines, of one level if so wanted."""
        return [line.text for line in self.lines if level in (None, line.level)]


class Memory:
    """The memory backend with all of its ports that the embedded home uses in addition to RoutedStore."""

    def __init__(self, *, turn_timeout: timedelta | None = None) -> None:
        self.clock = MemoryClock(START)
        patience = {} if turn_timeout is None else {"turn_timeout": turn_timeout}
        self.state = MemoryState(self.clock, QUEUES, EVENT_RETENTION, **patience)
        self.events = MemoryEventStore(self.state)
        self.outbox = MemoryOutbox(self.state)
        self.queues = MemoryQueues(self.state)

    def standing(self, queue: str = "payments") -> list[str]:
        """The event ids of the messages on a queue."""
        return [delivery.event_id for delivery in self.queues.peek(queue, limit=1000)]


def _key(name: str) -> Callable[[Request, Json], object]:
    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- the Extractor protocol's shape
        return document.get(name) if isinstance(document, dict) else None

    return find


def source(**changes: Any) -> Source:
    """A source that takes anything with an ``id`` from anyone."""
    return Source(
        **{
            "name": "transactions",
            "path": "/webhook",
            "scheme": "none",
            "verifier": Unsigned(),
            "secret_names": (),
            "find_id": _key("id"),
            "find_type": None,
            "find_time": None,
            **changes,
        }
    )


class Sender:
    """One HTTP call as ASGI sees it: what is received, part by part, and what is sent."""

    def __init__(self, *parts: bytes, then: str = "end", **scope: Any) -> None:
        """``parts`` of the body, and then its ``end``, a connection that is ``gone``, ``silence``, or the last part without end (``more``)."""  # noqa: E501
        self.scope: MutableMapping[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/webhook",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "client": ("192.0.2.1", 4711),
            **scope,
        }
        self.parts = deque(parts or ([b""] if then in ("end", "more") else []))
        self.then = then
        self.received = 0
        self.asked = 0
        self.sent: list[MutableMapping[str, Any]] = []

    async def receive(self) -> MutableMapping[str, Any]:
        """The next part."""
        self.asked += 1
        await asyncio.sleep(0)
        if not self.parts and self.then == "gone":
            return {"type": "http.disconnect"}
        if not self.parts:
            await asyncio.Event().wait()
        part = self.parts[0] if self.then == "more" and len(self.parts) == 1 else self.parts.popleft()
        self.received += len(part)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts) or self.then != "end"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Keep a part of the answer."""
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        """The status of the answer, None when nobody was answered."""
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        document: dict[str, Any] = json.loads(b"".join(message["body"] for message in self.sent[1:]))
        return document
