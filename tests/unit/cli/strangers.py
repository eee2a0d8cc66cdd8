"""Servers that are not hookline."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True, kw_only=True)
class Stranger:
    """A server that is not hookline: it gives the same answer every time, and notes what it received."""

    status: int = 200
    body: bytes = b"OK"
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    pieces: int = 1
    breaks_off: bool = False
    paths: list[str] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    running: int = 0
    most_running: int = 0


class QuietServer(ThreadingHTTPServer):
    """One that does not log clients that did not wait: its lines would be among those of the command under test."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing."""


@contextmanager
def stranger(**answer: object) -> Iterator[Stranger]:
    """Such a server, while the block runs."""
    here = Stranger(**answer)  # type: ignore[arg-type]  # the keywords are its fields
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            here.paths.append(self.path)
            here.seen.append({name.lower(): value for name, value in self.headers.items()})
            with guard:
                here.running += 1
                here.most_running = max(here.most_running, here.running)
            time.sleep(here.pause)
            with guard:
                here.running -= 1
            if here.breaks_off:
                self.close_connection = True
                return
            self.send_response(here.status)
            for name, value in here.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(here.body)))
            self.end_headers()
            size = -(-len(here.body) // here.pieces)
            for start in range(0, len(here.body), size):
                self.wfile.write(here.body[start : start + size])
                time.sleep(0.02 if here.pieces > 1 else 0)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False  # kept-alive connections end with their client
        here.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
