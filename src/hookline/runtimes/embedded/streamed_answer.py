"""An answer that is sent in parts, as they are made: its length is not known at its beginning, and it is never whole in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.runtimes.embedded.exchange import Exchange

__all__ = ["StreamedAnswer", "StreamingConnection"]

_CHUNKED = (b"transfer-encoding", b"chunked")


class StreamingConnection(Protocol):
    """What a streamed answer needs of its connection."""

    def write(self, part: bytes) -> None:
        """Send bytes."""
        ...

    async def drained(self) -> None:
        """Return once the client has read enough of what was written, or has gone."""
        ...

    def begin_answer(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of an answer whose parts follow."""
        ...

    def end_answer(self, exchange: Exchange) -> None:
        """The answer is whole: go on to the next request, or to the end of the connection."""
        ...


class StreamedAnswer:
    """One answer in parts (RFC 9112 section 7.1). A client of HTTP/1.0 gets them as they are, until the connection closes."""

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
        """Send a part, and wait until the client has room for more. Raises ConnectionResetError when it has gone."""
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
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""  # an empty one would be the end
        return chunk + (b"0\r\n\r\n" if is_last else b"")
