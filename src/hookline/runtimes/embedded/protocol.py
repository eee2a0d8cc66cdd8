"""HTTP/1.1 on a socket with limits: the protocol class that uvicorn uses.

uvicorn's own protocol lacks what a public endpoint needs: a deadline for slow senders, limits for the request line and the headers,
problem documents for requests that are not HTTP, a limit for reading refused requests, and a close that lets the sender read the reason.
``connection_state`` has the table of a connection's states.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final  # Any: the ASGI scope is a dictionary with values of any type

from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.answers import problem
from hookline.runtimes.embedded.connection_state import (
    ALL_ANSWERED,
    ANSWERED_EARLY,
    CLOSED,
    CLOSES,
    DISCARDING,
    DRAINING,
    IDLE,
    LAST_WRITTEN,
    LINGERING,
    READING_ENDS,
    RECEIVING,
    REQUEST_BEGINS,
    REQUEST_ENDS,
    SILENT,
    TRANSITIONS,
)
from hookline.runtimes.embedded.connections import Connections
from hookline.runtimes.embedded.exchange import ARRIVED, BODY, Exchange
from hookline.runtimes.embedded.flow_control import FlowControl
from hookline.runtimes.embedded.limits import Limits
from hookline.runtimes.embedded.reading import BETWEEN, RequestReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    import uvicorn
    from uvicorn.server import ServerState

    from hookline.runtimes.embedded.connections import Idle
    from hookline.runtimes.embedded.reading import Head

__all__ = ["BoundedProtocol", "Limits", "with_limits"]

_LINGER_SECONDS, _STOPPING_LINGER_SECONDS = 2.0, 0.5
"""How long a refused connection stays open for reading the reason; closing immediately would reset it (RFC 9112 section 9.6)."""

_WITHIN: Final = frozenset({RECEIVING, DISCARDING})
_READ_NO_MORE: Final = frozenset({DRAINING, LINGERING, CLOSED})
_REQUEST_TIMEOUT = 408
_STATUS_LINE: Final[Mapping[int, bytes]] = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class BoundedProtocol(FlowControl):
    """One connection. Its requests are answered one after the other, in order."""

    limits = Limits()
    connections: Connections
    """The connections of the server, shared by all its protocol objects."""

    default_head: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
    """The headers of every answer and their lines, also shared."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 -- uvicorn's way of making one
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(_loop or asyncio.get_running_loop())
        self._app = config.loaded_app
        self._server = server_state
        self._reader = RequestReader(self.limits)
        self._client: tuple[str, int] | None = None
        self._current: Exchange | None = None
        self._incoming: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._state = SILENT
        self._idle: tuple[Idle, ...] = ()  # the lists of idle connections that contain this one
        self._since = math.inf  # when the connection became silent, receiving or idle
        self._stop_at = math.inf
        self._discarded = 0

    # called by asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # the transport of a stream has this type
        """Start the deadline, which also applies to a sender that sends no byte."""
        self._transport = transport
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn needs only what it calls: shutdown()
        peer = transport.get_extra_info("peername")
        self._client = (peer[0], peer[1]) if isinstance(peer, tuple) else None
        self._since = self._loop.time()
        self._idle = self.connections.add(self)
        self._mark_idle()
        if not self._idle:
            self.refuse(UnavailableError("overloaded", "too many connections", retry_after=1))
        elif self.connections.is_closing:
            self.refuse(UnavailableError("shutting_down", "the server is stopping", retry_after=1))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's shape
        """Handle the end of the connection."""
        self._server.connections.discard(self)
        self.connections.remove(self)
        self._idle = ()
        self._state = TRANSITIONS[self._state][CLOSES]
        for exchange in (self._current, self._incoming, *self._waiting):
            if exchange is not None:
                exchange.disconnect()
        self._current = self._incoming = None
        self._waiting.clear()
        self._wake_writer()
        self._reader.close()

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the parser, unless no more are wanted."""
        if self._state in _READ_NO_MORE:
            self._discard(len(data))
            return
        reader, now = self._reader, self._loop.time()
        for head, body, is_last in reader.feed(data):
            if head is not None:
                self._take(head, body, now, is_whole=is_last)
            elif self._incoming is not None:
                self._go_on(self._incoming, body, now, is_last=is_last)
        if reader.refusal is not None:
            self.refuse(reader.refusal)
        elif reader.phase != BETWEEN and self._state not in _WITHIN:
            self._state = TRANSITIONS[self._state][REQUEST_BEGINS]
            self._since = now
        if self._current is None or not self._current.complete:
            self._mark_idle()

    def eof_received(self) -> bool:
        """Handle the end of the sender's half: complete requests are answered (RFC 9112 section 9.6), an incomplete one is not."""
        broken = self._forget_incoming()
        if self._current is None or self._current is broken:
            self._close()
            return False
        for exchange in (self._current, *self._waiting):
            exchange.end()
        self._end_reading()
        return True

    async def drained(self) -> None:
        """Return once the client has read enough of the written bytes, or has closed the connection."""
        self._unread_since = None
        if self._blocked_since is not None and self._state is not CLOSED:
            self._drain = self._loop.create_future()
            await self._drain

    # called for the reader's results

    def _take(self, head: Head, body: bytes, now: float, *, is_whole: bool) -> None:
        """Pass a request with a complete head to the application, in its turn."""
        state = self._state
        if state is not RECEIVING:
            state = TRANSITIONS[state][REQUEST_BEGINS]
            self._since = now
        scope, keep_alive, expects_continue = head
        scope["client"] = self._client
        keep_alive = keep_alive and self._stop_at == math.inf
        exchange = Exchange(self, self._loop, scope, body, keep_alive=keep_alive, expects_continue=expects_continue)
        if is_whole:
            exchange.complete = True
            scope[ARRIVED], scope[BODY] = now, body
            state = TRANSITIONS[state][REQUEST_ENDS]
            for idle in self._idle:
                idle.pop(self, None)
        else:
            self._incoming = exchange
        self._state = state
        if self._current is None:
            self._current = exchange
            exchange.task = self._loop.create_task(self._app(scope, exchange.receive, exchange.send))
        else:
            self._waiting.append(exchange)
            self.pause()

    def _go_on(self, exchange: Exchange, body: bytes, now: float, *, is_last: bool) -> None:
        """Pass the body on; a body after the answer is discarded, up to a limit."""
        if self._state is DISCARDING:
            self._discard(len(body))
        else:
            exchange.feed(body)
        if not is_last:
            return
        self._incoming = None
        exchange.finish(now)
        self._state = TRANSITIONS[self._state][REQUEST_ENDS]
        if self._state is IDLE:
            self._discarded = 0
            self._next()
        else:
            for idle in self._idle:
                idle.pop(self, None)

    # called by the exchange

    def answered(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send head and body together, and continue with the next request or the end of the connection."""
        if self._transport.is_closing():
            return
        self._unread_since = None
        if status == _REQUEST_TIMEOUT:  # RFC 9110 section 15.5.9: the server closes this connection
            exchange.keep_alive = False
        parts = self._head(exchange, status, headers)
        if exchange.scope["method"] != "HEAD":
            parts.append(body)
        self._transport.write(b"".join(parts))
        self.end_answer(exchange)

    def begin_answer(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of an answer whose parts follow."""
        self._unread_since = None
        self._transport.write(b"".join(self._head(exchange, status, headers)))

    def end_answer(self, exchange: Exchange) -> None:
        """Continue with the next request or the end of the connection."""
        if not exchange.keep_alive:
            if exchange.complete:
                self._close()
            else:
                self._linger()
        elif exchange.complete:
            if not self._waiting:
                self._state = TRANSITIONS[self._state][ALL_ANSWERED]
            self._next()
        else:
            self._state = TRANSITIONS[self._state][ANSWERED_EARLY]
            self.resume()  # the rest of the body is discarded when it arrives

    def _head(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]]) -> list[bytes]:
        fields, lines = self.default_head
        parts = [_STATUS_LINE[status], lines if fields is self._server.default_headers else self._new_default_head()]
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n" if exchange.keep_alive else b"connection: close\r\n\r\n")
        return parts

    def _new_default_head(self) -> bytes:
        """The lines of the headers that every answer has, computed again when uvicorn makes a new list each second."""
        fields = self._server.default_headers
        lines = b"".join(b"%s: %s\r\n" % field for field in fields)
        type(self).default_head = (fields, lines)
        return lines

    # called by the server

    def shutdown(self) -> None:
        """End the connection after its requests in flight are answered. A request that is still arriving has little time left."""
        self._stop_at = self._loop.time() + self.limits.stop_timeout
        if self._current is None:
            if self._state is not RECEIVING:
                self._close()
        elif self._current.done and not self._transport.is_closing():
            self._linger()
        for exchange in (self._current, *self._waiting):
            if exchange is not None:
                exchange.keep_alive = False
                if exchange.is_streaming:
                    exchange.end()

    def give_way(self) -> None:
        """Close immediately for another connection; a partly received request gets this reason as its answer."""
        self._idle = ()
        if self._state in _WITHIN:
            self.refuse(Rejected("request_timeout", "too many connections, and this one had been idle longest"))
        if self._blocked_since is None and self._unread_since is None:
            self._close()
        else:  # close() would wait until the client has read the answers
            self._transport.abort()

    def check_deadline(self, now: float) -> None:
        """End a connection that was silent or idle, sent one request, or did not read its answers, for too long."""
        limits = self.limits
        if self._is_unread(now) or _is_over(self._blocked_since, limits.read_timeout, now, self._stop_at):
            self._transport.abort()
        elif self._state in _WITHIN:
            if _is_over(self._since, limits.read_timeout, now, self._stop_at):
                self._end_slow(now)
        elif (self._state is SILENT and _is_over(self._since, limits.read_timeout, now)) or (
            self._state is IDLE and _is_over(self._since, limits.keep_alive_timeout, now)
        ):
            self._close()

    def _is_unread(self, now: float) -> bool:
        """Whether the client has not read its answers for too long. ``pause_writing`` comes only for many, ``close`` waits for any."""
        if not self._transport.get_write_buffer_size():
            self._unread_since = None
        elif self._unread_since is None:
            self._unread_since = now
        else:
            return _is_over(self._unread_since, self.limits.read_timeout, now, self._stop_at)
        return False

    def _end_slow(self, now: float) -> None:
        """End a request that has not arrived in time, by its deadline or that of the stop."""
        if self._state is DISCARDING:
            self._transport.abort()  # it was answered, and the sender still sends
        elif now > self._stop_at:
            self.refuse(UnavailableError("shutting_down", "the server is stopping", retry_after=1))
        else:
            seconds = self.limits.read_timeout
            self.refuse(Rejected("request_timeout", f"the request was not complete after {seconds:g} seconds"))

    @property
    def address(self) -> str | None:
        """The client's address, None when it is unknown."""
        return self._client[0] if self._client is not None else None

    def _next(self) -> None:
        """Start the next received request, or wait for one."""
        if self._waiting:
            exchange = self._current = self._waiting.popleft()
            exchange.task = self._loop.create_task(self._app(exchange.scope, exchange.receive, exchange.send))
        else:
            self._current = None
            if self._state is IDLE:
                self._since = self._loop.time()
            self._mark_idle()
        if self._paused and not self._waiting:
            self.resume()

    def refuse(self, error: Rejected | UnavailableError) -> None:
        """Write an answer directly to the socket, unless an earlier request still has to be answered: then that is the last answer."""
        if self._state in _READ_NO_MORE or self._transport.is_closing():
            return
        broken = self._forget_incoming()
        if self._current is not None and self._current is not broken:
            self._end_reading()
            return
        if self._state is not DISCARDING:  # the client would treat a second answer as that of another request
            answer = problem(error)
            self.connections.unreadable[answer.status, error.code] += 1
            head = b"".join(b"%s: %s\r\n" % field for field in answer.headers)
            self.write(_STATUS_LINE[answer.status] + head + b"connection: close\r\n\r\n" + answer.body)
        self._linger()

    def _forget_incoming(self) -> Exchange | None:
        """Abort the request that is still arriving, if any: its application gets a disconnect."""
        broken, self._incoming = self._incoming, None
        if broken is not None:
            broken.disconnect()
            if broken in self._waiting:
                self._waiting.remove(broken)
        return broken

    def _end_reading(self) -> None:
        """Answer the received requests, and read no more."""
        self._state = TRANSITIONS[self._state][READING_ENDS]
        last = self._waiting[-1] if self._waiting else self._current
        if last is not None:
            last.keep_alive = False

    def _close(self) -> None:
        """Close after the written bytes are sent."""
        self._state = TRANSITIONS[self._state][CLOSES]
        self._mark_idle()
        self._transport.close()

    def _linger(self) -> None:
        """Close after some time, because the sender may still be sending."""
        self._state = TRANSITIONS[self._state][LAST_WRITTEN]
        self._mark_idle()
        self.resume()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        seconds = _LINGER_SECONDS if self._stop_at == math.inf else _STOPPING_LINGER_SECONDS
        self._loop.call_later(seconds, self._transport.close)

    def _mark_idle(self) -> None:
        """Note that the connection is idle from now on."""
        for idle in self._idle:
            idle.pop(self, None)
            idle[self] = None

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > self.limits.discarded_bytes:
            self._transport.abort()


def with_limits(limits: Limits) -> type[BoundedProtocol]:
    """The protocol class for a server with these limits; uvicorn creates the instances."""
    connections = Connections(most=limits.connections, per_address=limits.per_address)
    return type("BoundedProtocol", (BoundedProtocol,), {"limits": limits, "connections": connections})


def _is_over(since: float | None, seconds: float, now: float, stop_at: float = math.inf) -> bool:
    return since is not None and (now - since > seconds or now > stop_at)
