"""One HTTPS request, whatever the host does: an answer or an OSError, and always in time."""

from __future__ import annotations

import socket
import ssl
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from hookline.adapters.local import https
from hookline.adapters.local.https import HttpsRequest, send
from hookline.adapters.local.url_fetcher import HttpsUrlFetcher
from hookline.errors import UnavailableError
from unit.local.tls_host import certified, serving

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 0.6
PATIENCE = 2.5  # on a busy machine


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's, which is trusted."""
    file = certified(tmp_path, "localhost")
    context = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(https, "_context", lambda: context)
    return file


def _request(port: int, **changes: Any) -> HttpsRequest:
    return HttpsRequest(host=f"localhost:{port}", path="/a", headers={}, ends_at=time.monotonic() + SECONDS, **changes)


def _says(data: bytes) -> Callable[[ssl.SSLSocket, threading.Event], None]:
    def answer(connection: ssl.SSLSocket, _over: threading.Event) -> None:
        connection.sendall(data)

    return answer


def _drips(data: bytes, then: bytes) -> Callable[[ssl.SSLSocket, threading.Event], None]:
    """``data`` immediately, and then a byte of ``then`` every 50 ms, without an end."""

    def answer(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(data)
        while not over.wait(0.05):
            connection.sendall(then)

    return answer


def _holds(data: bytes) -> Callable[[ssl.SSLSocket, threading.Event], None]:
    """``data``, and then nothing, with the connection open."""

    def answer(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(data)
        over.wait(30)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
SLOW = {
    "no TLS": None,
    "nothing": _holds(b""),
    "half a head": _holds(b"HTTP/1.1 200 OK\r\n"),
    "a dripping head": _drips(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "dripping fields": _drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "half a body": _holds(HEAD + b"half"),
    "a dripping body": _drips(HEAD, b"x"),
    "a dripping body without end": _drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "interim answers": _drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
def test_a_slow_host_does_not_hold_longer_than_the_deadline(
    certificate: Path, answer: Callable[[ssl.SSLSocket, threading.Event], None] | None
) -> None:
    """Single bytes in time do not make an answer in time: a host that drips could hold a thread for minutes."""
    with serving(certificate, answer) as host:
        started = time.monotonic()
        with pytest.raises((OSError, HTTPException)):
            send(_request(host.port))
        elapsed = time.monotonic() - started

    assert SECONDS / 2 < elapsed < SECONDS + PATIENCE


def test_looking_the_name_up_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver may wait for half a minute, and cannot be interrupted."""

    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()

    with pytest.raises(TimeoutError, match="looked up"):
        send(_request(443))

    assert time.monotonic() - started < SECONDS + 1.5


def test_a_name_that_nobody_has_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the first error that an operator sees without a network."""

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(OSError, match="Name or service not known"):
        send(_request(443))


def test_a_dead_address_leaves_time_for_the_next(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host may have several, and the first may be the one that is down."""
    with serving(certificate, _says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as host:
        full = socket.create_server(("127.0.0.1", 0), backlog=0)  # takes no more connections
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        where = [full.getsockname(), ("127.0.0.1", host.port)]
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in where],
        )

        answer = send(HttpsRequest(host="localhost", path="/", headers={}, ends_at=time.monotonic() + 4))

        for one in (full, *fillers):
            one.close()
    assert answer == (200, b"ok")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nkeymore", (200, b"key")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nkey\r\n0\r\n\r\n", (200, b"key")),
        (b"HTTP/1.0 200 OK\r\n\r\nkey", (200, b"key")),
        (b"HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n", (302, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000, (200, b"x" * 65_536)),
    ],
    ids=["length", "chunked", "to the end", "redirection", "no content", "too long"],
)
def test_an_answer_is_read_as_http_has_it(certificate: Path, data: bytes, answer: tuple[int, bytes]) -> None:
    """Hosts choose how they frame; no redirection is followed, and no answer fills the memory."""
    with serving(certificate, _says(data)) as host:
        assert send(_request(host.port)) == answer


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff not HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"]
)
def test_what_is_no_answer_is_an_error(certificate: Path, data: bytes) -> None:
    """Callers expect both kinds of error."""
    with serving(certificate, _says(data)) as host, pytest.raises((OSError, HTTPException)):
        send(_request(host.port))


def test_a_host_with_another_certificate_is_not_believed(certificate: Path, tmp_path: Path) -> None:
    """The certificate proves that the host is the sender's."""
    folder = tmp_path / "other"
    folder.mkdir()
    assert certificate.exists()
    other = serving(certified(folder, "localhost"), _says(b"HTTP/1.1 200 OK\r\n\r\nkey"))
    with other as host, pytest.raises(ssl.SSLCertVerificationError):
        send(_request(host.port))


def test_a_visit_has_a_deadline_of_its_own(certificate: Path) -> None:
    """A subscription's host could otherwise hold the thread, or on AWS the whole function."""
    with serving(certificate, _drips(HEAD, b"x")) as host:
        started = time.monotonic()
        with pytest.raises(UnavailableError, match="localhost did not answer"):
            HttpsUrlFetcher(seconds_left=lambda: SECONDS).fetch(f"https://localhost:{host.port}/?a=b")

    assert time.monotonic() - started < SECONDS + PATIENCE
