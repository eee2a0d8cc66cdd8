"""A small HTTP client: bytes out, status and body back, and little in between that could be measured instead of the server."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import urlsplit

import httptools

__all__ = ["Response", "Wire", "connect"]


class Response(NamedTuple):
    """An answer."""

    status: int
    body: bytes


class Wire(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._waiting: asyncio.Future[Response] | None = None
        self._body = b""

    def call(self, request: bytes) -> asyncio.Future[Response]:
        """Send the bytes of a request; its answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's transport is this one
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up, which it has no reason to."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionError("the server hung up"))

    def on_body(self, body: bytes) -> None:
        """A part of the body, from the parser."""
        self._body += body

    def on_message_complete(self) -> None:
        """The whole answer is here, says the parser."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Response(self._parser.get_status_code(), self._body))


async def connect(url: str) -> Wire:
    """A connection to the server at ``url``."""
    where = urlsplit(url)
    _, wire = await asyncio.get_running_loop().create_connection(Wire, where.hostname or "", where.port or 80)
    return wire
