"""Sends an answer in parts while it is created: its length is unknown at its beginning, and it is never completely in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.runtimes.embedded.exchange import Exchange

__all__ = ["StreamedAnswer", "StreamingConnection"]

_CHUNKED = (b"transfer-encoding", b"chunked")


class StreamingConnection(Protocol):
    """The methods of a connection that a streamed answer uses."""

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
        """End the answer; continue with the next request or the end of the connection."""
        ...


class StreamedAnswer:
    """One answer in chunks (RFC 9112 section 7.1). An HTTP/1.0 client gets them unframed, until the connection closes."""

    def __init__(
        self, connection: StreamingConnection, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._connection = connection
        self._exchange = exchange
        has_length = any(name == b"content-length" for name, _ in headers)
        is_old = exchange.scope.get("http_version") == "1.0"
        self._is_chunked = not (has_length or is_old)
        self._has_body = exchange.scope["method"] != "HEAD"
        if is_old and not has_length:
            exchange.keep_alive = False
        connection.begin_answer(exchange, status, [*headers, _CHUNKED] if self._is_chunked else headers)

    async def send(self, part: bytes, *, is_last: bool) -> None:
        """Send a part, and wait until the client can read more. Raises ConnectionResetError when it has disconnected."""
        exchange = self._exchange
        if exchange.disconnected:
            raise ConnectionResetError("the client closed the connection")
        if self._has_body and (framed := self._framed(part, is_last=is_last)):
            self._connection.write(framed)
        if is_last:
            exchange.done = True
            self._connection.end_answer(exchange)
        else:
            await self._connection.drained()

    def _framed(self, part: bytes, *, is_last: bool) -> bytes:
        if not self._is_chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""  # an empty chunk would end the answer
        return chunk + (b"0\r\n\r\n" if is_last else b"")
