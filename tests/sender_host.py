"""A sender's API on a loopback port: real TLS, real HTTP, and the answers that a test gives it."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import certificates
from hookline.adapters.local import https, sender_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pytest

__all__ = ["Asked", "Replied", "SenderHost", "sender_host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """One answer."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class SenderHost:
    """The host. ``answer`` decides what is answered; ``asked`` is what was asked, in order."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Replied] = lambda _: Replied(status=404)

    def paths(self) -> list[str]:
        """Method and path of what was asked."""
        return [f"{one.method} {one.path}" for one in self.asked]


@contextmanager
def sender_host(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[SenderHost]:
    """All senders' APIs are this host until the end of the block, and its certificate is trusted."""
    file = folder / "sender.pem"
    file.write_bytes(b"".join(certificates.certified("localhost")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    host = SenderHost(server.server_address[1])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            asked = Asked(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(size),
            )
            host.asked.append(asked)
            replied = host.answer(asked)
            self.send_response(replied.status)
            for name, value in replied.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(replied.body)))
            self.end_headers()
            self.wfile.write(replied.body)

        do_GET = do_POST = handle_one  # noqa: N815 -- the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's own name
            """Log nothing."""

    server.RequestHandlerClass = Handler
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(file))
    patch.setattr(https, "_context", lambda: trusting)
    patch.setattr(sender_api, "_HOSTS", dict.fromkeys(sender_api._HOSTS, f"localhost:{host.port}"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
