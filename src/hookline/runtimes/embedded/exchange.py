"""One request and its answer on a connection, as ASGI sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol  # Any: ASGI messages are dictionaries with values of any type

from hookline.runtimes.embedded.streamed_answer import StreamedAnswer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import MutableMapping

__all__ = ["ABORT", "ANSWER", "ARRIVED", "BODY", "Connection", "Exchange", "Message"]

ARRIVED = "hookline.arrived"
"""The scope key with the time, on the loop's clock, when the whole body was received: deadlines are counted from it."""

BODY = "hookline.body"
"""The scope key with the whole body, if it came with the head: an application may take it from there instead of waiting."""

ANSWER = "hookline.answer"
"""The scope key with a function that sends status, headers and body of a whole answer, like two calls of ``send``.

Take it out of the scope: the function, its exchange and the scope refer to each other, and only the garbage collector frees such a cycle.
"""

ABORT = "hookline.abort"
"""The type of a message that ends the connection within an answer, so that the client does not treat the part as complete."""

Message = "MutableMapping[str, Any]"

_PAUSE_ABOVE = 64 * 1024
"""Bytes of a body that may wait for the application before hookline stops reading from the socket."""

_GONE = {"type": "http.disconnect"}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Protocol):
    """The methods of a connection that an exchange uses."""

    def pause(self) -> None:
        """Stop reading from the socket."""
        ...

    def resume(self) -> None:
        """Continue reading."""
        ...

    def write(self, part: bytes) -> None:
        """Send bytes."""
        ...

    async def drained(self) -> None:
        """Return once the client has read enough of the written bytes, or has closed the connection."""
        ...

    def begin_answer(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of an answer whose parts follow."""
        ...

    def end_answer(self, exchange: Exchange) -> None:
        """End the answer."""
        ...

    def abort(self) -> None:
        """Close immediately."""
        ...

    def answered(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send the whole answer."""
        ...


class Exchange:
    """The ``receive`` and ``send`` of one request. A complete answer is sent in one piece, head and body together."""

    __slots__ = (
        "_body",
        "_connection",
        "_is_delivered",
        "_loop",
        "_size",
        "_start",
        "_streamed",
        "_waiter",
        "complete",
        "disconnected",
        "done",
        "ended",
        "expects_continue",
        "keep_alive",
        "scope",
        "task",
    )

    def __init__(
        self,
        connection: Connection,
        loop: asyncio.AbstractEventLoop,
        scope: dict[str, Any],
        body: bytes,
        *,
        keep_alive: bool,
        expects_continue: bool,
    ) -> None:
        """``body`` is the part that came with the head."""
        self.scope = scope
        scope[ANSWER] = self.answer
        self.keep_alive = keep_alive
        self.expects_continue = expects_continue
        self.complete = self.disconnected = self.ended = self.done = False
        self.task: asyncio.Task[None] | None = None
        self._connection = connection
        self._loop = loop
        self._streamed: StreamedAnswer | None = None
        self._body = [body] if body else []
        self._is_delivered = False  # the application has the whole body
        self._size = len(body)
        self._start: MutableMapping[str, Any] | None = None
        self._waiter: asyncio.Future[None] | None = None
        if len(body) > _PAUSE_ABOVE:
            connection.pause()

    def feed(self, part: bytes) -> None:
        """Add a received part of the body."""
        if not part:
            return
        self._body.append(part)
        self._size += len(part)
        if self._size > _PAUSE_ABOVE:
            self._connection.pause()
        self._wake()

    def finish(self, now: float) -> None:
        """Note that the whole body was received."""
        self.complete = True
        self.scope[ARRIVED] = now
        self._wake()

    def disconnect(self) -> None:
        """Note that the connection has ended: the rest never arrives, and no answer can be sent."""
        self.disconnected = True
        for key in (BODY, ANSWER):
            self.scope.pop(key, None)
        self._wake()

    def end(self) -> None:
        """Note that the sender has ended its half. It may still read and gets its answer, but hookline does not wait for it."""
        self.ended = True
        self._wake()

    async def receive(self) -> MutableMapping[str, Any]:
        """The next part of the body; after the last one ``http.disconnect``, once the sender has disconnected or has its answer.

        A sender that has ended its half counts as disconnected too, because the end of a killed process looks the same.
        """
        if self.expects_continue and not self.complete and not self.disconnected:
            self.expects_continue = False
            self._connection.write(_CONTINUE)
        while not (self._body or self._will_send_no_more() or (self.complete and not self._is_delivered)):
            if not self.complete:
                self._connection.resume()
            self._waiter = self._loop.create_future()
            await self._waiter
        if self.disconnected or self.done or (self.ended and self._is_delivered):
            return dict(_GONE)
        part = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body, self._size = [], 0
        self._is_delivered = self.complete
        return {"type": "http.request", "body": part, "more_body": not self.complete}

    def _will_send_no_more(self) -> bool:
        return self.disconnected or self.ended or self.done

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Hold the head of the answer until its body begins. A body in parts is sent part by part, no faster than the client reads.

        Raises ConnectionResetError between two parts when the client has disconnected.
        """
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == ABORT:
            self._connection.abort()
        elif self._streamed is not None:
            await self._streamed.send(message.get("body", b""), is_last=not message.get("more_body"))
        elif self._start is not None:
            if not message.get("more_body"):
                self.answer(self._start["status"], self._start["headers"], message.get("body", b""))
            elif self.disconnected:
                raise ConnectionResetError("the client closed the connection")
            elif not self.done:
                self._streamed = StreamedAnswer(self._connection, self, self._start["status"], self._start["headers"])
                await self._streamed.send(message.get("body", b""), is_last=False)

    @property
    def is_streaming(self) -> bool:
        """Whether its answer is being sent in parts."""
        return self._streamed is not None and not self.done

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send the whole answer, unless the sender has disconnected or already has one."""
        if self.disconnected or self.done:
            return
        self.done = True
        if self._waiter is not None:
            self._wake()
        self._connection.answered(self, status, headers, body)

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
