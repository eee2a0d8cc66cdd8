"""A connection without a socket, and an application and a clock behind it, for the tests of the HTTP protocol."""

from __future__ import annotations

import asyncio
import json
from typing import (  # Any: the ASGI specification's messages are dictionaries with any values
    TYPE_CHECKING,
    Any,
    NamedTuple,
)

import uvicorn
from uvicorn.server import ServerState

from hookline.runtimes.embedded.protocol import Limits, with_limits
from unit.embedded.fakes import run, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, MutableMapping

    from hookline.runtimes.embedded.protocol import BoundedProtocol
    from unit.embedded.fakes import MovingLoop

LIMITS = Limits(
    read_timeout=10, keep_alive_timeout=60, head_bytes=2048, head_fields=20, discarded_bytes=100_000, connections=3
)


class Answer(NamedTuple):
    """An answer as it was on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        code: str = json.loads(self.body)["code"]
        return code


class Call(NamedTuple):
    """A request as the application saw it."""

    method: str
    path: str
    body: bytes
    headers: list[tuple[bytes, bytes]]
    scope: MutableMapping[str, Any]


class Wire(asyncio.Transport):
    """The socket, as the protocol sees it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str = "192.0.2.1") -> None:
        super().__init__({"peername": (address, 4711)})
        self._loop = loop
        self.protocol: BoundedProtocol
        self.sent = bytearray()
        self.unread = 0
        self.closing = False
        self.aborted = False
        self.half_closed = False
        self.reading = True
        self.half_closes = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is sent."""
        assert not self.half_closed
        if not self.closing:
            self.sent += data

    def write_eof(self) -> None:
        """Nothing more will be sent."""
        self.half_closed = True

    def can_write_eof(self) -> bool:
        """Whether half of it can be closed: not under TLS."""
        return self.half_closes

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self.closing

    def get_write_buffer_size(self) -> int:
        """How many bytes the socket has not taken."""
        return self.unread

    def close(self) -> None:
        """Close after what was written."""
        if not self.closing:
            self.closing = True
            if not self.unread:
                self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """Close immediately."""
        self.aborted = True
        self.unread = 0
        self.closing = False
        self.close()

    def pause_reading(self) -> None:
        """Leave what comes in the kernel."""
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        """Take it again."""
        assert not self.reading
        self.reading = True


class Application:
    """Answers each request with its path and body, when it is allowed to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.gone = 0
        self.begun = 0
        self.immediately = False
        self.parts = False
        self.cut_off = 0
        self.watches = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.answers = asyncio.Event()
        self.answers.set()
        self.received = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        self.begun += 1
        body = b""
        more = not self.immediately
        await self.reads.wait()
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            body += message["body"]
            self.received += len(message["body"])
            more = message["more_body"]
        self.calls.append(Call(scope["method"], scope["path"], body, list(scope["headers"]), scope))
        if self.watches:
            assert (await receive())["type"] == "http.disconnect"
            self.gone += 1
            return
        await self.answers.wait()
        content = scope["path"].encode() + b":" + body
        if self.parts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                for part in (content[:2], content[2:]):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body"})
            except ConnectionResetError:
                self.cut_off += 1
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class Bench:
    """Connections to one server."""

    def __init__(self, loop: MovingLoop, limits: Limits = LIMITS) -> None:
        self.loop = loop
        self.app = Application()
        self.state = ServerState()
        self.protocol = with_limits(limits)
        self.config = uvicorn.Config(
            self.app, interface="asgi3", lifespan="off", ws="none", log_config=None, proxy_headers=False
        )
        self.config.load()

    def connect(self, *, half_closes: bool = True, address: str = "192.0.2.1") -> Wire:
        """A new connection."""
        wire = Wire(self.loop, address)
        wire.half_closes = half_closes
        wire.protocol = self.protocol(self.config, self.state, {}, self.loop)
        wire.protocol.connection_made(wire)
        return wire

    async def say(self, wire: Wire, *parts: bytes) -> list[Answer]:
        """Send, let everything happen that can, and read what has been answered so far."""
        for part in parts:
            wire.protocol.data_received(part)
            await settled()
        await settled()
        return answers_in(bytes(wire.sent))

    async def pass_time(self, wire: Wire, seconds: float) -> None:
        """Let time pass, with the look at deadlines that the server takes every second."""
        for _ in range(round(seconds)):
            await self.loop.advance(1)
            if not wire.closing or wire.unread:
                wire.protocol.check_deadline(self.loop.time())
        await settled()


def on_bench(limits: Limits, main: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run ``main`` with a server that has these limits; whatever task it leaves is cancelled."""

    async def whole(loop: MovingLoop) -> None:
        await main(Bench(loop, limits))
        await settled()
        leftover = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)

    run(whole)


def connected(main: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test with a server to talk to."""

    def test() -> None:
        on_bench(LIMITS, main)

    test.__name__, test.__doc__, test.__qualname__ = main.__name__, main.__doc__, main.__qualname__
    return test


def answers_in(raw: bytes) -> list[Answer]:
    """Every answer on the wire, each as long as it says."""
    answers = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        assert version == "HTTP/1.1"
        assert len(headers) == len(fields)
        length = int(headers.get("content-length", "0"))
        body, raw = raw[:length], raw[length:]
        answers.append(Answer(int(status), headers, body))
    return answers


def request(
    path: str = "/a", body: bytes = b"", *fields: str, method: str = "POST", version: str = "1.1", length: bool = True
) -> bytes:
    """A request as it is on the wire."""
    announced = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"{method} {path} HTTP/{version}", "Host: x", *announced, *fields, "", ""])
    return head.encode("latin-1") + body
