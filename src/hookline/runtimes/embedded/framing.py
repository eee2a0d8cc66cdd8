"""Checks the rules of RFC 9112 for a request's head, in addition to the grammar, which the parser (llhttp) checks."""

from __future__ import annotations

import re
import urllib.parse
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import httptools

from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Line", "check_framing", "known_line", "names_http", "other_line", "parser_fault", "read_target"]

_VERSIONS: Final = ("1.1", "1.0")
_SCHEMES: Final = (b"http", b"https")
_USUAL_LINE = re.compile(rb"([A-Z][A-Z-]*) ([!-~]+) HTTP/(1\.[01])")
_HOST = re.compile(rb"(?:\[[0-9A-Za-z:._~!$&'()*+,;=-]+\]|(?:[0-9A-Za-z._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?")
"""``uri-host [":" port]`` of RFC 9110 section 7.2. It may be empty."""

_VERSION_CODE, _CODING_CODE = "http_version_unsupported", "transfer_encoding_unsupported"
_BY_REASON: Final[Mapping[str, str]] = {
    "Invalid HTTP version": _VERSION_CODE,
    "Pause on PRI/Upgrade": _VERSION_CODE,  # HTTP/2's preface
    "Invalid `Transfer-Encoding` header value": _CODING_CODE,
    "Request has invalid `Transfer-Encoding`": _CODING_CODE,
    "Empty Transfer-Encoding": _CODING_CODE,
}
"""The parser's error texts that mean a status other than 400."""

_DETAILS: Final[Mapping[str, str]] = {
    "malformed_request": "this is not HTTP/1.1 as RFC 9112 defines it",
    _VERSION_CODE: "only HTTP/1.1 and HTTP/1.0 are supported here",
    _CODING_CODE: "the only supported Transfer-Encoding is chunked, once",
}


Line = tuple[str, str, str, bytes, bytes]
"""The parts of a request line: method, version, path (decoded, and as received) and query."""


@lru_cache(maxsize=256)
def known_line(line: bytes) -> Line | None:
    """The parts of a request line in the usual form, None for another form. Raises Rejected.

    The parser has already accepted the line. The results are cached, because a sender writes the same line each time.
    """
    found = _USUAL_LINE.fullmatch(line)
    if found is None:
        return None
    method = found[1].decode()
    return method, found[3].decode(), *read_target(found[2], method)


def other_line(method: bytes, target: bytes, version: str, received: bytes | bytearray) -> Line:
    """The parts of a request line in an unusual form, from the parser's values; ``received`` has the line. Raises Rejected."""
    if not names_http(method, target, received):
        raise Rejected("malformed_request", "the request line names a protocol other than HTTP")
    if version not in _VERSIONS:
        raise _rejected(_VERSION_CODE)
    name = method.decode("latin-1")
    return name, version, *read_target(target, name)


def check_framing(version: str, fields: list[tuple[bytes, bytes]]) -> None:
    """Raise Rejected for a head with another transfer coding, or without exactly one usable host.

    In HTTP/1.0 a Host is not required (RFC 9112 section 3.2).
    """
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    if codings not in ([], [b"chunked"]):
        raise _rejected(_CODING_CODE)
    hosts = [value for name, value in fields if name == b"host"]
    if not hosts:
        if version == "1.1":
            raise Rejected("malformed_request", "a request of HTTP/1.1 needs a Host field")
    elif len(hosts) > 1:
        raise Rejected("malformed_request", "there is more than one Host field")
    elif _HOST.fullmatch(hosts[0]) is None:
        raise Rejected("malformed_request", "the Host field is not a host and a port")


def names_http(method: bytes, target: bytes, received: bytes | bytearray) -> bool:
    """Whether the request line's protocol is HTTP: the parser also accepts ``RTSP/1.0`` and ``ICE/1.0`` (RFC 9112 section 2.3).

    ``received`` has the request line, usually at the start.
    """
    if received.startswith(b"%b %b HTTP/" % (method, target)):
        return True
    # after another request, with more blanks, or without a version, as in HTTP/0.9
    line = rb"%b +%b(?: +HTTP/| *\r?\n)" % (re.escape(method), re.escape(target))
    return re.search(line, received) is not None


def parser_fault(error: httptools.HttpParserError, *, is_http: bool) -> Rejected:
    """The answer to the sender after an error of the parser. ``is_http``: there is no sign of another protocol."""
    return _rejected(_BY_REASON.get(str(error), "malformed_request") if is_http else "malformed_request")


def _rejected(code: str) -> Rejected:
    return Rejected(code, _DETAILS[code])


def read_target(target: bytes, method: str) -> tuple[str, bytes, bytes]:
    """The path (decoded, and as received) and the query of a request target: a path, a whole URL, or ``*``. Raises Rejected."""
    if target == b"*":
        if method != "OPTIONS":  # RFC 9112 section 3.2.4
            raise Rejected("malformed_request", "only OPTIONS has * as its target")
        return "*", target, b""
    if b"#" in target:  # RFC 9112 section 3.2: no form of the target has a fragment
        raise Rejected("malformed_request", "the request target has a fragment (#)")
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        raise Rejected("malformed_request", "the request target is neither a path nor a URL") from None
    if (url.schema or b"http").lower() not in _SCHEMES:
        raise Rejected("malformed_request", "the request target is a URL of another protocol")
    if url.userinfo:  # RFC 9110 section 4.2.4
        raise Rejected("malformed_request", "the request target names a user")
    raw = url.path or b"/"
    path = raw.decode("latin-1")
    return urllib.parse.unquote(path) if "%" in path else path, raw, url.query or b""
