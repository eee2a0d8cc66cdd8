"""Reads requests from bytes, with limits. The parser is llhttp (httptools); this module does what that leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final  # Any: the ASGI scope is a dictionary with values of any type

import httptools

from hookline.domain.request import Headers
from hookline.errors import Rejected
from hookline.runtimes.embedded.framing import check_framing, known_line, names_http, other_line, parser_fault

if TYPE_CHECKING:
    from hookline.runtimes.embedded.limits import Limits

__all__ = ["BETWEEN", "HEADERS", "Arrival", "Head", "RequestReader"]

HEADERS = "hookline.headers"
"""The scope key with the header fields as ``Headers``, so that they are decoded only once."""

Head = tuple[dict[str, Any], bool, bool]
"""The ASGI scope without the client; whether the connection may stay open; whether the sender waits for ``100 Continue``."""

Arrival = tuple[Head | None, bytes, bool]
"""The part of a request in one read: its head, None when it came before; a part of its body; whether that is the last part."""

_FRAMING = (b"content-length", b"transfer-encoding")
_CHUNK_BYTES = 128
"""Bytes that a chunk may have without its content: its size, line ends and an extension (a signature of AWS has 85 bytes)."""

_BESIDE = 64
"""Bytes of an incomplete head outside of target, names and values: method, version and the current line's separators."""

_FIELD_BYTES = 4
"""The bytes of ``: `` and the line end of a field."""

_LONGEST_KNOWN = 512
"""The longest request line whose parts are cached, in bytes."""

_LINE_END = b"\r\n"
_NO_HOST = "\0"  # means that no host is known: no Host header can have this value

_TAB = b"\t"
_FROM_TAB: Final = re.compile(rb"\t[\t ]*+(\r\n|\r?\Z)?")
"""Blanks that begin with a tab, and whether they are, or may be, at the end of a line."""

_MOST_BLANKS = 1024

BETWEEN, _HEAD, _BODY, _OFFERED, _RESUMING = range(5)
"""The reader's position in a request. ``_OFFERED``: after a head that offers an upgrade; ``_RESUMING``: a new parser reads up to there."""

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class RequestReader:
    """Reads the requests of one connection, one after the other."""

    def __init__(self, limits: Limits) -> None:
        self.refusal: Rejected | None = None
        """Why no more can be read; None while reading is possible."""

        self._limits = limits
        self.phase = BETWEEN
        """The position in the current request; ``BETWEEN`` means that all begun requests are complete."""

        self._arrived: list[Arrival] = []
        self._head: Head | None = None  # complete, and not passed on yet
        self._target: list[bytes] = []
        self._fields: list[tuple[bytes, bytes]] = []  # the fields of the head, then those of the trailers
        self._parts: list[bytes] = []  # the parts of the body in this read
        self._known_host = _NO_HOST  # the last Host header that was accepted
        self._is_chunked = False
        self._chunks = self._chunk_bytes = 0  # _chunk_bytes does not count the content of the chunks
        self._head_bytes = 0  # the bytes received so far of an incomplete head
        self._is_first = False  # this read has only bytes of the current request
        self._data = b""  # the part that the parser reads
        self._before: bytes | bytearray = b""  # earlier reads with a part of the head, if any
        self._blanks = b""  # the end of the received bytes: the end of a value, or blanks within it
        self.on_url = self._target.append  # the parser calls these two, like the methods below
        self.on_body = self._parts.append
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> list[Arrival]:
        """Read bytes; returns the parts of requests in them, in order. If ``refusal`` is set afterwards, no more can be read."""
        if self._blanks or (self.phase <= _HEAD and _TAB in data):
            self._feed_with_tabs(self._blanks + data)
        else:
            self._feed(data)
        if self.phase != BETWEEN and self.refusal is None and (self._head is not None or self._parts):
            self._arrived.append((self._head, b"".join(self._parts), False))
            self._head = None
            self._parts.clear()
        arrived, self._arrived, self._data = self._arrived, [], b""  # an idle connection keeps no received bytes
        return arrived

    def close(self) -> None:
        """Read no more. The parser and the reader refer to each other, and only the garbage collector would free such a cycle."""
        del self._parser
        self.refusal = None

    def _feed_with_tabs(self, data: bytes) -> None:
        """Replace tabs at the end of a head's line by spaces: both are blanks (RFC 9110 section 5.5), the parser accepts only spaces."""
        position, self._blanks = 0, b""
        for run in _FROM_TAB.finditer(data):
            self._feed(data[position : run.start()])
            position = run.end()
            if self.refusal is not None:
                return
            if self.phase != _HEAD:
                position = run.start()
                break
            if run[1] is not None and position == len(data) and run[1] != _LINE_END:
                self._blanks = run[0]
                if len(self._blanks) > _MOST_BLANKS:
                    self.refusal = self._too_large()
                return
            self._feed(b" \r\n" if run[1] else run[0])
        self._feed(data[position:])

    def _feed(self, data: bytes) -> None:
        self._data, self._is_first, earlier = data, self.phase == BETWEEN, len(self._arrived)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline_upgrade(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            if self.refusal is None:
                self.refusal = parser_fault(error, is_http=self.phase != _HEAD or self._is_http())
        if self.phase != BETWEEN and self.refusal is None:
            self._check_unfinished(len(data), earlier)

    # called by the parser; a raised refusal stops it

    def on_message_begin(self) -> None:
        """Note the beginning of a request, at the first byte of its request line."""
        if self.phase != _RESUMING:
            self.phase = _HEAD

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add one header field. A trailer is not a header (RFC 9110 section 6.5.1) and is only counted."""
        # RFC 9112 section 5.1: no blanks around the value; the parser removes those before it
        self._fields.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Accept the head, unless it is too large or violates the rules."""
        fields, self._fields = self._fields, []
        if self.phase == _RESUMING:
            self.phase = _BODY
            return
        try:
            self._head = self._read_head(fields)
        except Rejected as refusal:
            self.refusal = refusal
            raise
        self._target.clear()

    def on_chunk_header(self) -> None:
        """Note another chunk of a body, or the end of the chunks."""
        self._chunks += 1

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if self.phase == _OFFERED:
            return  # the parser stops here, but the body of the request follows
        if self._fields:
            self._check_trailers()
        parts = self._parts
        self._arrived.append((self._head, parts[0] if len(parts) == 1 else b"".join(parts), True))
        self.phase, self._head, self._is_first = BETWEEN, None, False
        parts.clear()

    def _read_head(self, fields: list[tuple[bytes, bytes]]) -> Head:
        """The head of the request, after its last field. Raises Rejected."""
        data, headers = self._data, Headers.of_lower_case(fields)
        if len(fields) > self._limits.head_fields or (
            self._head_bytes + len(data) > self._limits.head_bytes and self._size(fields) > self._limits.head_bytes
        ):
            raise self._too_large()
        end = data.find(_LINE_END, 0, _LONGEST_KNOWN) if self._is_first else -1
        line = known_line(data[:end]) if end > 0 else None
        if line is None:
            line = other_line(
                self._parser.get_method(),
                b"".join(self._target),
                self._parser.get_http_version(),
                self._before + data,
            )
        method, version, path, raw, query = line
        by_name, keep_alive = headers.by_name, self._parser.should_keep_alive()
        host, expects = by_name.get("host"), by_name.get("expect")
        self._is_chunked = "transfer-encoding" in by_name
        if host != self._known_host or headers.has_repeats or self._is_chunked or version != "1.1":
            check_framing(version, fields)
            self._known_host = _NO_HOST if host is None else host
            if self._is_chunked:
                self._chunks = self._chunk_bytes = 0
                # RFC 9112 section 6.1: a proxy in between may have used another length
                keep_alive = keep_alive and version == "1.1"
        self.phase, self._head_bytes, self._before = _BODY, 0, b""
        if self._parser.should_upgrade():
            self.phase, keep_alive = _OFFERED, False
        scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": fields,
            "server": None,
            HEADERS: headers,
        }
        expects_continue = expects is not None and "100-continue" in expects.lower() and version == "1.1"
        return scope, keep_alive, expects_continue

    def _is_http(self) -> bool:
        return names_http(self._parser.get_method(), b"".join(self._target), self._before + self._data)

    def _check_unfinished(self, received: int, earlier: int) -> None:
        """Refuse a request that is too large already before its end.

        ``received`` bytes came in this read; the first ``earlier`` bytes of them belong to earlier requests.
        """
        if self.phase == _HEAD:
            if not self._before:  # it began in this read, maybe after other requests
                received -= sum(len(body) + self._wire_size(head) for head, body, _ in self._arrived[earlier:])
                self._before = bytearray()
            self._head_bytes += received
            self._before += self._data
            separators = _BESIDE + _FIELD_BYTES * len(self._fields)
            if self._head_bytes > self._limits.head_bytes + separators or len(self._fields) > self._limits.head_fields:
                self.refusal = self._too_large()
        elif self._is_chunked and self._head is None:
            self._check_chunks(received - sum(map(len, self._parts)))

    def _check_chunks(self, framing: int) -> None:
        """Refuse a body whose chunks are much larger than their content, because of extensions and trailers without an end.

        Only reads between the head and the end of one body are counted.
        """
        self._chunk_bytes += framing
        if (
            self._chunk_bytes > self._limits.head_bytes + _CHUNK_BYTES * self._chunks
            or len(self._fields) > self._limits.head_fields
        ):
            self.refusal = self._too_large()

    def _check_trailers(self) -> None:
        """Refuse too many or too large trailers: they have the same limits as a head."""
        trailers, self._fields = self._fields, []
        if len(trailers) > self._limits.head_fields or self._size(trailers) > self._limits.head_bytes:
            self.refusal = self._too_large()
            raise self.refusal

    def _size(self, fields: list[tuple[bytes, bytes]]) -> int:
        """The bytes of the target, the names and the values."""
        return sum(map(len, self._target)) + sum(len(name) + len(value) for name, value in fields)

    @staticmethod
    def _wire_size(head: Head | None) -> int:
        """The least number of bytes of a head on the wire: each field also has a colon and a line end."""
        if head is None:
            return 0
        fields = head[0]["headers"]
        return len(head[0]["raw_path"]) + sum(len(name) + len(value) + 3 for name, value in fields)

    def _decline_upgrade(self, rest: bytes) -> None:
        """Ignore an offered upgrade, as a server may (RFC 9110 section 7.8): Java's client offers one with each POST.

        The parser stops at such a head, so a new parser reads the body; from the head it gets only the length of the body.
        """
        if self.phase != _OFFERED or self._head is None:
            return
        scope = self._head[0]
        if scope["method"] == "CONNECT":
            self.refusal = Rejected("malformed_request", "this server is not a proxy")
            return
        framing = [*(field for field in scope["headers"] if field[0] in _FRAMING), (b"connection", b"close")]
        self._parser = httptools.HttpRequestParser(self)
        self.phase = _RESUMING
        self._feed(b"POST / HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % field for field in framing) + b"\r\n" + rest)

    def _too_large(self) -> Rejected:
        limits = self._limits
        return Rejected(
            "headers_too_large",
            f"over {limits.head_bytes} bytes of head, trailers or chunk extensions, or over {limits.head_fields} fields",
        )
