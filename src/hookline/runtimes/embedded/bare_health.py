"""Answers health checks of kubelets, load balancers and compose with one word and a status, for any caller of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import Rejected
from hookline.runtimes.answers import Answer, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.runtimes.embedded.health import Health

__all__ = ["HEALTH", "HEALTH_PATH", "READY_PATH", "BareHealth", "health_app", "health_paths"]

HEALTH = "health"
"""The outcome of these answers; they are not counted or logged."""

HEALTH_PATH, READY_PATH = "/health", "/ready"
"""The two paths on the health port."""

_METHODS = ("GET", "HEAD")
_OK, _UNAVAILABLE = 200, 503


def health_paths(path: str) -> tuple[str, str]:
    """The paths of liveness and readiness on the webhook port, made from ``health_path``."""
    return path, f"{path}{READY_PATH}"


class BareHealth:
    """Answers two paths: whether the process runs, and whether it can accept events, without a reason or the version."""

    def __init__(self, health: Health, *, paths: tuple[str, str], is_stopping: Callable[[], bool]) -> None:
        self._health = health
        self._is_stopping = is_stopping
        alive, ready = paths
        self._answers: Mapping[str, Callable[[], Answer]] = {alive: lambda: _answer(_OK, b"ok"), ready: self._ready}

    def answer(self, method: str, path: str) -> Answer | None:
        """The answer on this path, None for another path. Raises Rejected for methods other than GET and HEAD."""
        answer = self._answers.get(path)
        if answer is None:
            return None
        if method not in _METHODS:
            raise Rejected("method_not_allowed", f"{method} is not allowed on this path", allowed=_METHODS)
        return answer()

    def _ready(self) -> Answer:
        if self._health.ready and not self._is_stopping():
            return _answer(_OK, b"ready")
        return _answer(_UNAVAILABLE, b"not ready")


def health_app(bare: BareHealth) -> ASGIApp:
    """The application of the health port. It needs no login and checks no Host, because there is nothing to protect."""

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            found = bare.answer(scope["method"], scope["path"]) or problem(_unknown_path())
        except Rejected as error:
            found = problem(error)
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": found.body})

    return answer


def _unknown_path() -> Rejected:
    return Rejected("no_such_path", f"only {HEALTH_PATH} and {READY_PATH} are answered on this port")


def _answer(status: int, word: bytes) -> Answer:
    body = b'{"status":"%s"}' % word
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
    ]
    return Answer(status, headers, body, HEALTH)
