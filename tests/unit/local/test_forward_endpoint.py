"""One attempt over real sockets: an answer or an UnavailableError, always in time, and only to an address that is allowed."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from hookline.adapters.local import forward_endpoint
from hookline.adapters.local.forward_endpoint import HttpForwardEndpoint
from hookline.errors import UnavailableError
from hookline.ports.forward_endpoint import EndpointAnswer
from unit.local.tls_host import certified, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}
PATIENCE = 20.0  # on a busy machine


@contextmanager
def endpoint(
    url: str, *, allow_private: bool = True, seconds: float = 5.0, tls: Any = None
) -> Iterator[HttpForwardEndpoint]:
    """An endpoint that is closed at the end."""
    found = HttpForwardEndpoint(
        url, timeout=timedelta(seconds=seconds), allow_private=allow_private, connections=4, tls=tls
    )
    try:
        yield found
    finally:
        found.close()


@contextmanager
def host(answer: Callable[[http.server.BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    """The URL of an HTTP server on loopback that answers with ``answer``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["content-length"])))

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks"
        server.shutdown()


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler, bytes], None]:
    """Answer with this."""

    def answer(handler: http.server.BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def refusal(found: HttpForwardEndpoint, code: str) -> str:
    """Why a post fails, with this code."""
    with pytest.raises(UnavailableError) as caught:
        found.post(HEADERS, b"{}")
    assert caught.value.code == code, caught.value
    return caught.value.detail


def test_a_post_arrives_byte_for_byte() -> None:
    """The signature covers the bytes."""
    bodies = [b"{}", b'{"a":"\xc3\xa9"}', b"x" * 3_000_000]
    came: list[tuple[dict[str, str], bytes]] = []

    def note(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        came.append(({name.lower(): value for name, value in handler.headers.items()}, body))
        says(204)(handler, body)

    with host(note) as url, endpoint(url) as found:
        answers = [found.post(HEADERS, body) for body in bodies]

    assert answers == [EndpointAnswer(status=204)] * 3
    assert [body for _, body in came] == bodies
    assert came[0][0]["webhook-id"] == "msg_1"
    assert came[0][0]["content-type"] == "application/json"


def test_the_answer_is_its_status_its_retry_after_and_the_beginning_of_its_body() -> None:
    """The next step depends on it, and a dead letter shows it."""
    with host(says(429, b"slow\x1b[31m down\r\n please", Retry_After="7")) as url, endpoint(url) as found:
        answer = found.post(HEADERS, b"{}")

    assert answer == EndpointAnswer(status=429, retry_after="7", excerpt="slow [31m down please")


def test_a_redirection_is_an_answer_and_is_not_followed() -> None:
    """A host that redirects to a private address would otherwise be a way around the check."""
    calls = []

    def redirect(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        calls.append(handler.path)
        says(307, Location="/elsewhere")(handler, body)

    with host(redirect) as url, endpoint(url) as found:
        assert found.post(HEADERS, b"{}").status == 307
    assert calls == ["/hooks"]


@pytest.mark.parametrize("length", [5_000, 50_000_000, None], ids=["long", "very long", "without end"])
def test_a_long_answer_is_not_read_to_its_end(length: int | None) -> None:
    """An endpoint must not be able to fill the memory, or to hold a place with a body that never ends."""

    def answer(handler: http.server.BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(500)
        handler.send_header(*(("Connection", "close") if length is None else ("Content-Length", str(length))))
        handler.end_headers()
        handler.close_connection = True
        sent = 0
        try:
            while length is None or sent < length:
                sent += handler.wfile.write(b"e" * min(4_096, (length or 1 << 60) - sent))
        except OSError:
            return

    started = time.monotonic()
    with host(answer) as url, endpoint(url) as found:
        found_answer = found.post(HEADERS, b"{}")

    assert found_answer == EndpointAnswer(status=500, excerpt="e" * 200)
    assert time.monotonic() - started < PATIENCE


def test_a_status_counts_although_its_body_never_comes() -> None:
    """The endpoint has the message, and a second attempt would deliver a payment twice."""

    def answer(handler: http.server.BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        handler.wfile.flush()
        time.sleep(PATIENCE)

    with host(answer) as url, endpoint(url, seconds=4) as found:
        assert found.post(HEADERS, b"{}").status == 200


def test_no_answer_in_time_is_an_error() -> None:
    """The message must be free for the next attempt."""

    def wait(handler: http.server.BaseHTTPRequestHandler, _body: bytes) -> None:
        time.sleep(1.5)
        handler.close_connection = True

    started = time.monotonic()
    with host(wait) as url, endpoint(url, seconds=0.5) as found:
        why = refusal(found, "forward_unreachable")
        elapsed = time.monotonic() - started

    assert why == "no answer within 0.5 seconds"
    assert elapsed < 0.5 + PATIENCE


def test_looking_the_name_up_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver may wait for half a minute; neither the attempt nor the end of the process waits with it."""
    over = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()

    with endpoint("http://ledger.example.com/", seconds=0.5) as found:
        assert refusal(found, "forward_unreachable") == "no answer within 0.5 seconds"

    assert time.monotonic() - started < 0.5 + PATIENCE
    over.set()


@pytest.mark.parametrize(
    "url", ["?t0ken", "http://\ud800/?t0ken", "https://h:99999999/?t0ken", "h/?t0ken", "ftp://h/?t0ken"]
)
def test_a_url_that_cannot_be_used_is_an_error_without_the_url(url: str) -> None:
    """A URL may hold a token, and the reason is logged."""
    with endpoint(url) as found:
        assert "t0ken" not in refusal(found, "forward_unreachable")


def test_a_closed_port_is_an_error_that_says_so() -> None:
    """An operator sees this error first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with endpoint(f"http://127.0.0.1:{port}/") as found:
        assert "Connect call failed" in refusal(found, "forward_unreachable")


@contextmanager
def counting() -> Iterator[tuple[int, list[int]]]:
    """A port on all loopback addresses, and the number of connections to it."""
    calls: list[int] = []
    with socket.create_server(("", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                calls.append(1)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], calls
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "127.1.2.3",
        "localhost",
        "0.0.0.0",  # noqa: S104 -- it leads to this machine
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_private_address_is_never_connected_to(name: str, scheme: str) -> None:
    """Whatever its spelling, the address may lead to the cloud's credentials or the admin port."""
    with counting() as (port, calls), endpoint(f"{scheme}://{name}:{port}/", allow_private=False) as found:
        why = refusal(found, "forward_address_refused")

    assert "is a private address, which is not allowed" in why
    assert calls == []


@pytest.mark.parametrize("name", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
def test_an_odd_spelling_of_an_address_is_not_connected_to_either(name: str) -> None:
    """The system reads these as 127.0.0.1."""
    with counting() as (port, calls), endpoint(f"https://{name}:{port}/", allow_private=False) as found:
        with pytest.raises(UnavailableError):
            found.post(HEADERS, b"{}")
        assert calls == []


def test_the_address_that_is_connected_to_is_the_one_that_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer serves the check and the connection: a name that answers differently the second time is not asked again."""
    questions = []

    def rebinding(*_: object, **__: object) -> list[object]:
        questions.append(1)
        address = "192.0.2.1" if len(questions) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with counting() as (port, calls), endpoint(f"https://rebinding.example:{port}/", allow_private=False) as found:
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        why = refusal(found, "forward_address_refused")

    assert why.count("127.0.0.1 is a private address") == 1
    assert (questions, calls) == ([1], [])


def test_a_plain_url_never_leads_to_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """``allow_private`` is for a service next to hookline: unencrypted payments do not belong on the internet."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)

    with endpoint("http://ledger.example.com/", allow_private=True) as found:
        why = refusal(found, "forward_address_refused")

    assert "8.8.8.8 is public, and http:// is not encrypted" in why


def test_a_host_with_another_certificate_is_not_believed(tmp_path: Path) -> None:
    """Another host that answers on the address could otherwise read the events."""
    certificate = certified(tmp_path, "localhost")

    def take(connection: ssl.SSLSocket, _over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(certificate, take) as tls_host:
        with endpoint(f"https://localhost:{tls_host.port}/", tls=trusting) as found:
            assert found.post(HEADERS, b"{}").status == 204
        with endpoint(f"https://localhost:{tls_host.port}/") as found:
            assert "certificate verify failed" in refusal(found, "forward_unreachable")
        with endpoint(f"https://127.0.0.1:{tls_host.port}/", tls=trusting) as found:
            assert "certificate verify failed" in refusal(found, "forward_unreachable")


def test_abort_ends_running_and_later_requests() -> None:
    """A stop has seconds; an endpoint that does not answer would use them all."""
    held = threading.Event()

    def hold(_handler: http.server.BaseHTTPRequestHandler, _body: bytes) -> None:
        held.wait(10)

    with host(hold) as url, endpoint(url, seconds=30) as found:
        threading.Timer(0.3, found.abort).start()
        started = time.monotonic()
        refusal(found, "forward_aborted")
        refusal(found, "forward_aborted")
        assert time.monotonic() - started < PATIENCE
        held.set()


def test_every_error_of_the_library_is_expected() -> None:
    """Another error would end the thread of a message. Errors of web sockets cannot occur."""
    errors = [
        one
        for one in vars(aiohttp.client_exceptions).values()
        if isinstance(one, type) and issubclass(one, Exception) and one.__module__ == "aiohttp.client_exceptions"
    ]

    assert len(errors) > 20
    unexpected = [one.__name__ for one in errors if not issubclass(one, forward_endpoint._FAULTS)]
    assert [name for name in unexpected if not name.startswith("WS")] == []
