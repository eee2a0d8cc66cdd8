"""An HTTP endpoint that a forward delivers to: it verifies with the specification's own library, and remembers what it received."""

from __future__ import annotations

import base64
import http.server
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import standardwebhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FORWARD_SECRET", "Endpoint", "endpoint", "forward_toml"]

FORWARD_SECRET = "whsec_" + base64.b64encode(bytes(range(50, 82))).decode()


class Endpoint:
    """What came, by the event's id. ``status`` says what is answered to it; it is called before anything is noted."""

    def __init__(self) -> None:
        self.url = ""
        self.status: Callable[[str], int] = lambda _event_id: 204
        self.retry_after: str | None = None
        self.taken: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.webhook_ids: dict[str, set[str]] = {}
        self.documents: dict[str, object] = {}
        """The last requests, by the event's id."""
        self.forged = 0
        self._guard = threading.Lock()

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        """Verify, note and answer."""
        try:
            event = standardwebhooks.Webhook(FORWARD_SECRET).verify(body, headers)
        except standardwebhooks.WebhookVerificationError:
            self.forged += 1
            return 401
        event_id = str(event["id"])
        with self._guard:
            self.tries[event_id] += 1
            self.documents[event_id] = event
            self.webhook_ids.setdefault(event_id, set()).add(headers["webhook-id"])
        status = self.status(event_id)
        if status < 300:
            with self._guard:
                self.taken[event_id] += 1
        return status


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """One on a free port of loopback, until the end of the block."""
    found = Endpoint()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = found.answer({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if found.retry_after is not None and status >= 400:
                self.send_header("Retry-After", found.retry_after)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """The forward may die in the middle."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hooks?tenant=1"
        yield found
        server.shutdown()


def forward_toml(url: str, *lines: str, queue: str = "payments") -> str:
    """A forward for hookline.toml."""
    own = [
        "[[forwards]]",
        f'queue = "{queue}"',
        f'url = "{url}"',
        'secrets = ["FORWARD_SECRET"]',
        "allow_private = true",
    ]
    return "\n".join([*own, *lines])
