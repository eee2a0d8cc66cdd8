"""HTTP/1.1 on a socket, within bounds: the protocol that uvicorn serves with.

uvicorn's own leaves to others what a public endpoint needs: a deadline for slow senders, limits for the request line and the
headers, problem documents for what is not HTTP, an end to reading what was refused, and a close that lets the sender
read why. The parser is llhttp (httptools), as there.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final  # Any: the ASGI scope is a dictionary of whatever

import httptools

from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.answers import problem
from hookline.runtimes.embedded.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    import uvicorn
    from uvicorn.server import ServerState

__all__ = ["BoundedProtocol", "Limits", "with_limits"]

_LINGER_SECONDS = 2.0
"""How long a refused connection stays open for the sender to read why; closing at once would reset it (RFC 9112 section 9.6)."""

_STATUS_LINE: Final[Mapping[int, bytes]] = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_FRAMING = (b"content-length", b"transfer-encoding")
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds. Times in seconds, sizes in bytes."""

    read_timeout: float = 10.0
    idle_timeout: float = 60.0
    head_bytes: int = 32 * 1024
    head_fields: int = 200
    discarded_bytes: int = 128 * 1024 * 1024
    connections: int = 4096


class BoundedProtocol(asyncio.Protocol):
    """One connection. Requests on it are answered one at a time, in order."""

    limits = Limits()

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 -- uvicorn's way of making one
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._app = config.loaded_app
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._client: tuple[str, int] | None = None
        self._transport: asyncio.Transport
        self._current: Exchange | None = None
        self._incoming: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects_continue = False
        self._head_bytes = 0
        self._told = 0  # bytes of this read that the parser has told of
        self._untold = 0  # bytes that it is still putting together
        self._in_head = True
        self._resuming = False
        self._reading_since: float | None = None
        self._idle_since: float | None = None
        self._blocked_since: float | None = None
        self._paused = False
        self._closing = False  # nothing more is read as a request
        self._discarded = 0

    # what asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's transport is this one
        """Start the clock: a sender that says nothing is not waited for either."""
        self._transport = transport
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn needs only what it calls: shutdown()
        peer = transport.get_extra_info("peername")
        self._client = (peer[0], peer[1]) if isinstance(peer, tuple) else None
        self._idle_since = self._loop.time()
        if len(self._state.connections) > self.limits.connections:
            self._refuse(UnavailableError("overloaded", "too many connections", retry_after=1))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's shape
        """Nobody is there any more."""
        self._state.connections.discard(self)
        self._closing = True
        for exchange in (self._current, self._incoming, *self._waiting):
            if exchange is not None:
                exchange.disconnect()
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless nothing more is wanted."""
        if self._closing:
            self._discard(len(data))
            return
        self._told = 0
        try:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                self._decline_upgrade(data[offer.args[0] :])
        except httptools.HttpParserError:
            self._refuse(Rejected("malformed_request", "this is not HTTP/1.1 as RFC 9112 has it"))
        else:
            self._check_head_size(len(data))

    def eof_received(self) -> bool:
        """The sender has said all it will. What is whole is answered (RFC 9112 section 9.6), what is not never will be."""
        broken = self._forget_incoming()
        if self._current is None or self._current is broken:
            return False
        self._end_reading()
        return True

    def pause_writing(self) -> None:
        """The sender does not read its answers."""
        self._blocked_since = self._loop.time()

    def resume_writing(self) -> None:
        """It reads again."""
        self._blocked_since = None

    # what the parser calls

    def on_message_begin(self) -> None:
        """A request begins with the first byte of its request line."""
        if self._resuming:
            return
        self._url = b""
        self._headers = []
        self._expects_continue = False
        self._head_bytes = self._untold = self._discarded = 0
        self._in_head = True
        self._idle_since = None
        self._reading_since = self._loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of the request target."""
        if self._resuming:
            return
        self._told += len(url)
        self._head_bytes += len(url)
        if self._head_bytes <= self.limits.head_bytes:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field; beyond the limits they are counted and not kept. Trailers are no headers (RFC 9110 section 6.5.1)."""
        if self._resuming:
            return
        self._told += len(name) + len(value)
        self._head_bytes += len(name) + len(value)
        if self._in_head and self._head_bytes <= self.limits.head_bytes:
            name = name.lower()
            value = value.rstrip(b" \t")  # RFC 9112 section 5.1; the parser takes off those before it
            self._headers.append((name, value))
            if name == b"expect":
                self._expects_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Hand the request to the application, unless its head was too large."""
        if self._resuming:
            return
        self._in_head = False
        limits = self.limits
        if len(self._headers) > limits.head_fields or self._head_bytes > limits.head_bytes:
            self._refuse_head()
        if self._closing:
            return
        self._head_bytes = 0  # trailers are counted anew
        keep_alive = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        exchange = Exchange(self, self._loop, self._scope(), keep_alive=keep_alive)
        exchange.expects_continue = self._expects_continue and exchange.scope["http_version"] == "1.1"
        self._incoming = exchange
        if self._current is None:
            self._start(exchange)
        else:
            self._waiting.append(exchange)
            self.pause()

    def on_body(self, body: bytes) -> None:
        """Pass the body on; what follows an answer is discarded, within bounds."""
        self._told += len(body)
        if self._incoming is None:
            return
        if self._incoming.done:
            self._discard(len(body))
        else:
            self._incoming.feed(body)

    def on_message_complete(self) -> None:
        """The whole request is here: the clock stops."""
        if self._parser.should_upgrade():
            return  # the parser wants to stop here; its body is still to come
        self._reading_since = None
        exchange, self._incoming = self._incoming, None
        if exchange is not None:
            exchange.finish()
            if exchange.done:
                self._next()

    # what the exchange calls

    def pause(self) -> None:
        """Leave the socket alone for now."""
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def write(self, part: bytes) -> None:
        """Send bytes."""
        self._transport.write(part)

    def answered(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send head and body as one, and go on to the next request, or to the end of the connection."""
        if self._transport.is_closing():
            return
        if status == HTTPStatus.REQUEST_TIMEOUT:  # RFC 9110 section 15.5.9: the server wants no more of this connection
            exchange.keep_alive = False
        parts = [_STATUS_LINE[status]]
        for name, value in self._state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
        if not exchange.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        if exchange.scope["method"] != "HEAD":
            parts.append(body)
        self._transport.write(b"".join(parts))
        if not exchange.keep_alive:
            self._close(read_on=not exchange.complete)
        elif exchange.complete:
            self._next()
        else:
            self.resume()  # what is left of the body is discarded as it comes

    # what the server calls

    def shutdown(self) -> None:
        """End the connection once what is in flight on it has been answered."""
        if self._current is None:
            self._transport.close()
        elif self._current.done:
            self._close(read_on=True)
        for exchange in (self._current, *self._waiting):
            if exchange is not None:
                exchange.keep_alive = False

    def check_deadline(self, now: float) -> None:
        """End a connection that has been idle, sending one request, or not reading its answers for too long."""
        limits = self.limits
        if self._blocked_since is not None and now - self._blocked_since > limits.read_timeout:
            self._transport.abort()
        elif self._reading_since is not None and now - self._reading_since > limits.read_timeout:
            if self._incoming is not None and self._incoming.done:
                self._transport.abort()  # it was answered, and still sends
            else:
                self._refuse(
                    Rejected("request_timeout", f"the request was not here after {limits.read_timeout:g} seconds")
                )
        elif self._idle_since is not None and now - self._idle_since > limits.idle_timeout:
            self._transport.close()

    def _scope(self) -> dict[str, Any]:
        url = httptools.parse_url(self._url)
        path = url.path.decode("latin-1")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": self._parser.get_http_version(),
            "method": self._parser.get_method().decode("latin-1"),
            "scheme": "http",
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
            "root_path": "",
            "headers": self._headers,
            "client": self._client,
            "server": None,
        }

    def _start(self, exchange: Exchange) -> None:
        self._current = exchange
        exchange.task = self._loop.create_task(self._app(exchange.scope, exchange.receive, exchange.send))

    def _next(self) -> None:
        """Start the next request that has arrived, or wait for one."""
        self._current = None
        if self._waiting:
            self._start(self._waiting.popleft())
        elif not self._closing:
            self._idle_since = self._loop.time()
        if len(self._waiting) == 0:
            self.resume()

    def _check_head_size(self, received: int) -> None:
        """Refuse a head, or trailers, that have grown too large, whole fields and the one still arriving alike."""
        head_begun = self._incoming is None and self._reading_since is not None
        if not self._told:
            self._untold += received
        else:
            self._untold = received - self._told if head_begun else 0
        if max(self._untold, self._head_bytes) > self.limits.head_bytes and self._reading_since is not None:
            self._refuse_head()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Go on as if no upgrade had been offered, as a server may (RFC 9110 section 7.8): Java's client offers one with each POST.

        The parser stops at such a head, so another one reads the body; all it is told of the head is how long that is.
        """
        incoming = self._incoming
        if incoming is None:
            return
        if incoming.scope["method"] == "CONNECT":
            self._refuse(Rejected("malformed_request", "this is no proxy"))
            return
        framing = [*(field for field in self._headers if field[0] in _FRAMING), (b"connection", b"close")]
        self._parser = httptools.HttpRequestParser(self)
        self._resuming = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % field for field in framing) + b"\r\n")
        self._resuming = False
        if rest:
            self.data_received(rest)

    def _refuse_head(self) -> None:
        limits = self.limits
        self._refuse(
            Rejected("headers_too_large", f"over {limits.head_bytes} bytes of head or {limits.head_fields} headers")
        )

    def _refuse(self, error: Rejected | UnavailableError) -> None:
        """Answer on the socket itself, unless an earlier request still has to be answered: then that is the last answer."""
        if self._closing or self._transport.is_closing():
            return
        broken = self._forget_incoming()
        if self._current is not None and self._current is not broken and not self._current.done:
            self._end_reading()
            return
        if broken is not None and broken.done:  # it has its answer; a second would be taken for that of another request
            self._close(read_on=True)
            return
        answer = problem(error)
        head = b"".join(b"%s: %s\r\n" % field for field in answer.headers)
        self.write(_STATUS_LINE[answer.status] + head + b"connection: close\r\n\r\n" + answer.body)
        self._close(read_on=True)

    def _forget_incoming(self) -> Exchange | None:
        """Give up the request that is still arriving, if there is one: its application hears that the sender has gone."""
        broken, self._incoming = self._incoming, None
        if broken is not None:
            broken.disconnect()
            if broken in self._waiting:
                self._waiting.remove(broken)
        return broken

    def _end_reading(self) -> None:
        """What was taken is answered; nothing more is read."""
        self._closing = True
        self._reading_since = None
        last = self._waiting[-1] if self._waiting else self._current
        if last is None or last.done:
            self._close(read_on=True)
        else:
            last.keep_alive = False

    def _close(self, *, read_on: bool) -> None:
        """Close after what was written; ``read_on`` for a while first when the sender may still be sending."""
        self._closing = True
        self._reading_since = self._idle_since = None
        if not read_on:
            self._transport.close()
            return
        self.resume()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_SECONDS, self._transport.close)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > self.limits.discarded_bytes:
            self._transport.abort()


def with_limits(limits: Limits) -> type[BoundedProtocol]:
    """The protocol class for a server with these limits; uvicorn makes the instances."""
    return type("BoundedProtocol", (BoundedProtocol,), {"limits": limits})
