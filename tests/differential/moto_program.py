"""Run moto's server in this process, on the socket that was passed, with a clock that a test sets.

``servers.moto`` starts it; nothing else does. It ends when the pipe from its starter closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs import models
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["main"]

_CLOCK = "/_hookline/clock"


class _Clock:
    """The time that SQS reads: the machine's until one is set."""

    seconds: float | None = None

    def now(self) -> float:
        return time.time() if self.seconds is None else self.seconds


class _Quiet(WSGIRequestHandler):
    """Keeps connections, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, *_arguments: Any) -> None:
        """Log nothing."""


def main(descriptor: int) -> None:
    """Serve on the listening socket ``descriptor``."""
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    clock = _Clock()
    vars(models).update(unix_time=clock.now, unix_time_millis=lambda: clock.now() * 1000)
    app = _controlled(DomainDispatcherApplication(create_backend_app), clock)
    make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=descriptor).serve_forever()


def _controlled(app: Callable[..., Iterable[bytes]], clock: _Clock) -> Callable[..., Iterable[bytes]]:
    def served(environment: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        if environment["PATH_INFO"] != _CLOCK:
            return app(environment, start)
        size = int(environment["CONTENT_LENGTH"])
        clock.seconds = json.loads(environment["wsgi.input"].read(size))["seconds"]
        start("204 No Content", [("Content-Length", "0")])
        return []

    return served


def _end_with_the_starter() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
