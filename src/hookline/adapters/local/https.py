"""Sends one HTTPS request within a deadline for all of it: looking up the host, connecting, TLS, sending and reading.

``http.client`` has a timeout for each operation only: a host that sends one byte a second, or that has many dead addresses, could hold
a thread for minutes.
"""

from __future__ import annotations

import errno
import io
import socket
import ssl
import threading
from functools import lru_cache
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any, Final  # Any: the addresses of sockets have no common type

from hookline.domain.address import is_public
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpsAnswer", "HttpsRequest", "exchange", "send"]

_PORT: Final = 443
_LONGEST: Final = 64 * 1024  # bytes of an answer: a certificate has about 2 KiB
_LEAST: Final = 0.001  # seconds: a socket timeout of zero would mean non-blocking
_SECONDS: Final = 3.0


@record
class HttpsRequest:
    """One HTTPS request to a host that is fixed in hookline, in the sender's scheme or in the configuration.

    ``ends_at`` is a time of the monotonic clock. With ``only_public``, private and local addresses are not connected to.
    """

    host: str
    path: str
    method: str = "GET"
    headers: Mapping[str, str]
    body: bytes | None = None
    ends_at: float | None = None
    only_public: bool = False


@record
class HttpsAnswer:
    """The answer. Header names are in lower case; the values of repeated headers are joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(request: HttpsRequest) -> tuple[int, bytes]:
    """The status and body of the answer; see ``exchange``."""
    answer = exchange(request)
    return answer.status, answer.body


def exchange(request: HttpsRequest, *, longest: int = _LONGEST) -> HttpsAnswer:
    """Send the request; returns the answer with at most ``longest`` bytes of its body. Redirects are not followed.

    Raises OSError (also TimeoutError) or HTTPException when no usable answer arrives before ``ends_at``, by default within 3 seconds.
    """
    end = _End(monotonic() + _SECONDS if request.ends_at is None else request.ends_at)
    host, _, port = request.host.partition(":")
    plain = _connected(host, int(port or _PORT), end, only_public=request.only_public)
    try:
        plain.settimeout(end.left())
        with _context().wrap_socket(plain, server_hostname=host) as connection:
            connection.settimeout(end.left())
            connection.sendall(_encoded(request))
            answer = HTTPResponse(_Connection(connection, end), method=request.method)  # type: ignore[arg-type]  # it only calls makefile
            answer.begin()
            fields: dict[str, str] = {}
            for name, value in answer.getheaders():
                fields[name.lower()] = f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
            return HttpsAnswer(status=answer.status, headers=fields, body=answer.read(longest))
    finally:
        plain.close()


class _End:
    """A time by which the request must have ended."""

    def __init__(self, at: float) -> None:
        self._at = at

    def left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError when it has passed."""
        left = self._at - monotonic()
        if left <= 0:
            raise TimeoutError("no complete answer in time")
        return max(left, _LEAST)


def _connected(host: str, port: int, end: _End, *, only_public: bool) -> socket.socket:
    """A connection to the first address of the host that accepts one; each address gets an equal part of the remaining time."""
    found = _addresses(host, port, end)
    if only_public:
        found = [one for one in found if is_public(one[4][0])]
        if not found:
            raise PermissionError(errno.EACCES, f"{host} has no public address")
    fault: OSError = ConnectionError("the host has no address")
    for number, (family, kind, protocol, _, address) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(end.left() / (len(found) - number))
            connection.connect(address)
        except OSError as error:
            connection.close()
            fault = error
        else:
            return connection
    raise fault


def _addresses(host: str, port: int, end: _End) -> list[tuple[Any, ...]]:
    """The host's addresses. The system's resolver has no deadline, so it runs on a daemon thread that may outlive the request."""
    found: list[list[tuple[Any, ...]]] = []
    faults: list[OSError] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            faults.append(error)

    thread = threading.Thread(target=look_up, name="hookline-lookup", daemon=True)
    thread.start()
    thread.join(end.left())
    if faults:
        raise faults[0]
    if not found:
        raise TimeoutError("the host's name could not be looked up in time")
    return found[0]


def _encoded(request: HttpsRequest) -> bytes:
    own = {"host": request.host, "connection": "close", "accept-encoding": "identity"}
    if request.body is not None:
        own["content-length"] = str(len(request.body))
    fields = "".join(f"{name}: {value}\r\n" for name, value in (own | dict(request.headers)).items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{fields}\r\n".encode("latin-1") + (request.body or b"")


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Connection:
    """The object that HTTPResponse reads from: it only needs ``makefile``."""

    def __init__(self, connection: ssl.SSLSocket, end: _End) -> None:
        self._stream = _Stream(connection, end)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 -- the shape of socket.makefile
        """The stream of received bytes."""
        return io.BufferedReader(self._stream)


class _Stream(io.RawIOBase):
    """Reads until the deadline, however slowly the bytes arrive."""

    def __init__(self, connection: ssl.SSLSocket, end: _End) -> None:
        self._connection = connection
        self._end = end

    def readable(self) -> bool:
        """True: HTTPResponse requires a readable stream."""
        return True

    def readinto(self, buffer: Any) -> int:  # any buffer
        """Read some bytes into the buffer; returns their number, 0 at the end. Raises TimeoutError."""
        self._connection.settimeout(self._end.left())
        return self._connection.recv_into(buffer)
