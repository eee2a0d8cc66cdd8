"""Requests out of bytes, within limits: the parser is llhttp (httptools), and what it leaves to others is done here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol  # Any: the ASGI scope is a dictionary of whatever

import httptools

from hookline.errors import Rejected
from hookline.runtimes.embedded.framing import check_framing, names_http, parser_fault, read_target

if TYPE_CHECKING:
    from hookline.runtimes.embedded.limits import Limits

__all__ = ["Listener", "RequestReader"]

_FRAMING = (b"content-length", b"transfer-encoding")
_WATCHED = frozenset({b"expect", b"host", b"transfer-encoding"})
_CHUNK_BYTES = 128
"""What one chunk may cost beside its content: its size, its line ends and an extension (a signature of AWS has 85 bytes)."""

_TAB = b"\t"
_FROM_TAB: Final = re.compile(rb"\t[\t ]*+(\r\n|\r?\Z)?")
"""Blanks from a tab on, and whether they are the end of a line, or may yet become one."""

_MOST_BLANKS = 1024

_BETWEEN, _HEAD, _BODY, _RESUMING, _STOPPED = range(5)
"""Where in a request the reader is; from ``_RESUMING`` on a head is not reported. Members of an Enum would cost microseconds here."""

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class Listener(Protocol):
    """Hears of each request, part by part."""

    def request_begins(self) -> None:
        """The first byte of a request line is here."""
        ...

    def head_ends(self, scope: dict[str, Any], *, keep_alive: bool, expects_continue: bool) -> None:
        """The head is whole and follows the rules. ``scope`` is that of ASGI, without the client."""
        ...

    def body_part(self, part: bytes) -> None:
        """More of the body."""
        ...

    def request_ends(self) -> None:
        """The whole request is here."""
        ...

    def refuse(self, error: Rejected) -> None:
        """What comes cannot be a request, or must not be one. The listener stops the reader."""
        ...


class RequestReader:
    """Reads the requests of one connection, one after the other."""

    def __init__(self, listener: Listener, limits: Limits) -> None:
        self._listener = listener
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._phase = _BETWEEN
        self._most_head_bytes = limits.head_bytes
        self._method = ""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects_continue = False
        self._host: bytes | None = None
        self._hosts = 0
        self._known_host: bytes | None = None  # the last one that was found good
        self._codings: list[bytes] = []
        self._head_bytes = 0  # of the head, then of the trailers
        self._trailers = 0
        self._chunks = self._chunk_bytes = 0  # the latter beside their content
        self._reported = 0  # bytes of this read that the parser has reported
        self._pending = 0  # bytes that it is still putting together
        self._requests = 0
        self._data = b""  # what the parser is reading
        self._before = b""  # the reads before this one that hold the request line of a head that is not whole yet
        self._blanks = b""  # the end of what has come: the end of a value, or blanks within it

    def feed(self, data: bytes) -> None:
        """Read on; the listener hears what it is."""
        if self._blanks or (self._phase <= _HEAD and _TAB in data):
            self._feed_with_tabs(self._blanks + data)
        else:
            self._feed(data)

    def _feed_with_tabs(self, data: bytes) -> None:
        """Write a space for tabs at the end of a line of the head: both are blanks (RFC 9110 section 5.5), the parser knows only one."""
        position, self._blanks = 0, b""
        for run in _FROM_TAB.finditer(data):
            self._feed(data[position : run.start()])
            position = run.end()
            if self._phase == _STOPPED:
                return
            if self._phase != _HEAD:
                position = run.start()
                break
            if run[1] is not None and position == len(data) and run[1] != b"\r\n":
                self._blanks = run[0]
                if len(self._blanks) > _MOST_BLANKS:
                    self._refuse_head()
                return
            self._feed(b" \r\n" if run[1] else run[0])
        self._feed(data[position:])

    def _feed(self, data: bytes) -> None:
        self._data, self._reported = data, 0
        requests, body_of = self._requests, self._requests if self._phase == _BODY else None
        has_line = self._phase == _HEAD and not self._headers
        try:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                self._decline_upgrade(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            self._listener.refuse(parser_fault(error, is_http=self._phase != _HEAD or self._is_http()))
        else:
            self._check_head_size(len(data))
            if body_of == self._requests and self._codings:
                self._check_chunks(len(data))
            if self._phase == _HEAD and (has_line or requests != self._requests):
                self._before += data
        self._data = b""

    def stop(self) -> None:
        """Report nothing more."""
        self._phase = _STOPPED

    # what the parser calls

    def on_message_begin(self) -> None:
        """A request begins with the first byte of its request line."""
        if self._phase >= _RESUMING:
            return
        self._phase = _HEAD
        self._requests += 1
        self._url = b""
        self._headers = []
        self._expects_continue = False
        self._host, self._hosts, self._codings = None, 0, []
        self._head_bytes = self._pending = 0
        self._before = b""
        self._listener.request_begins()

    def on_url(self, url: bytes) -> None:
        """A part of the request target."""
        if self._phase >= _RESUMING:
            return
        self._reported += len(url)
        self._head_bytes += len(url)
        if self._head_bytes <= self._most_head_bytes:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field, or a trailer, which is counted and not kept: it is no header (RFC 9110 section 6.5.1)."""
        if self._phase >= _RESUMING:
            return
        size = len(name) + len(value)
        self._reported += size
        self._head_bytes += size
        if self._head_bytes > self._most_head_bytes:
            self._refuse_head()
        elif self._phase == _HEAD:
            name = name.lower()
            value = value.rstrip(b" \t")  # RFC 9112 section 5.1; the parser takes off those before it
            self._headers.append((name, value))
            if name in _WATCHED:
                self._note(name, value)
        else:
            self._trailers += 1
            if self._trailers > self._limits.head_fields:
                self._refuse_head()

    def on_headers_complete(self) -> None:
        """Hand the head on, unless it is too large or breaks the rules."""
        if self._phase >= _RESUMING:
            return
        if self._head_bytes > self._most_head_bytes or len(self._headers) > self._limits.head_fields:
            self._refuse_head()
            return
        if not self._is_http():
            self._listener.refuse(Rejected("malformed_request", "the request line names another protocol than HTTP"))
            return
        version = self._parser.get_http_version()
        try:
            if version != "1.1" or self._hosts != 1 or self._codings or self._host != self._known_host:
                check_framing(version, self._host, self._hosts, self._codings)
                self._known_host = self._host
            scope = self._scope(version)
        except Rejected as refusal:
            self._listener.refuse(refusal)
            return
        self._phase, self._before = _BODY, b""
        self._head_bytes = self._trailers = self._chunks = self._chunk_bytes = 0  # trailers are counted anew
        keep_alive = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        if (
            self._codings and version == "1.0"
        ):  # RFC 9112 section 6.1: something in between may have read another length
            keep_alive = False
        expects_continue = self._expects_continue and version == "1.1"
        self._listener.head_ends(scope, keep_alive=keep_alive, expects_continue=expects_continue)

    def on_chunk_header(self) -> None:
        """Another chunk of a body, or the end of them."""
        self._chunks += 1

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._reported += len(body)
        if self._phase == _BODY:
            self._listener.body_part(body)

    def on_message_complete(self) -> None:
        """The whole request is here."""
        if self._parser.should_upgrade():
            return  # the parser wants to stop here; its body is still to come
        if _BODY <= self._phase <= _RESUMING:
            self._phase = _BETWEEN
            self._listener.request_ends()

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._host = value
            self._hosts += 1
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"
        else:
            self._codings.append(value)

    def _is_http(self) -> bool:
        received = self._before + self._data if self._before else self._data
        return names_http(self._parser.get_method(), self._url, received)

    def _scope(self, version: str) -> dict[str, Any]:
        self._method = self._parser.get_method().decode("latin-1")
        path, raw, query = read_target(self._url, self._method)
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": self._method,
            "scheme": "http",
            "path": path,
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "server": None,
        }

    def _check_head_size(self, received: int) -> None:
        """Refuse a head, or trailers, that have grown too large, whole fields and the one still arriving alike."""
        if not self._reported:
            self._pending += received
        else:
            self._pending = received - self._reported if self._phase == _HEAD else 0
        if (self._pending > self._most_head_bytes or self._head_bytes > self._most_head_bytes) and self._phase in (
            _HEAD,
            _BODY,
        ):
            self._refuse_head()

    def _check_chunks(self, received: int) -> None:
        """Refuse a body whose chunks cost far more than their content: extensions and trailers that only grow.

        Counted in reads that lie between the head and the end of one body.
        """
        self._chunk_bytes += received - self._reported
        if self._chunk_bytes > self._most_head_bytes + _CHUNK_BYTES * self._chunks and self._phase == _BODY:
            self._refuse_head()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Go on as if no upgrade had been offered, as a server may (RFC 9110 section 7.8): Java's client offers one with each POST.

        The parser stops at such a head, so another one reads the body; all that it gets of the head is how long the body is.
        """
        if self._phase != _BODY:
            return
        if self._method == "CONNECT":
            self._listener.refuse(Rejected("malformed_request", "this is no proxy"))
            return
        framing = [*(field for field in self._headers if field[0] in _FRAMING), (b"connection", b"close")]
        self._parser = httptools.HttpRequestParser(self)
        self._phase = _RESUMING
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % field for field in framing) + b"\r\n")
        if self._phase == _RESUMING:
            self._phase = _BODY
        if rest:
            self.feed(rest)

    def _refuse_head(self) -> None:
        limits = self._limits
        self._listener.refuse(
            Rejected(
                "headers_too_large",
                f"over {limits.head_bytes} bytes of head, trailers or chunk extensions, or over {limits.head_fields} fields",
            )
        )
