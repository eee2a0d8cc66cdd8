"""The second, loopback-only port: health, readiness, and the queues for consumers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from hookline import __version__
from hookline.errors import Rejected
from hookline.runtimes.answers import problem
from hookline.sqs_api import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.domain.queue import Queue
    from hookline.runtimes.embedded.health import Health

__all__ = ["ReloadableApp", "admin_app"]

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

_PORT: Final = re.compile(r":[0-9]*\Z")
_DETAIL: Final = f"this port answers only requests whose Host is {', '.join(_LOOPBACK[:-1])} or {_LOOPBACK[-1]}"


class ReloadableApp:
    """An application for queues that can be made anew for other queues while it serves. Calls under way keep theirs."""

    def __init__(self, make: Callable[[Sequence[Queue]], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    def use(self, queues: Sequence[Queue]) -> None:
        """Serve these queues from now on. May be called on any thread."""
        self._app = self._make(queues)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the queues in use. ``use`` comes first."""
        assert self._app is not None  # noqa: S101 -- wiring calls use before anything is served
        await self._app(scope, receive, send)


class _AllowedHosts:
    """An application for requests whose Host is a loopback name; others are refused, in the form that their client reads.

    So no web page reaches this port by giving its own name the address 127.0.0.1.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        headers = Headers(scope=scope)
        app = self._app
        if _PORT.sub("", headers.get("host", "")).lower() not in _LOOPBACK:
            app = refusal(_DETAIL) if "x-amz-target" in headers else _as_response(Rejected("host_unknown", _DETAIL))
        await app(scope, receive, send)


def admin_app(*, health: Health, sqs: ASGIApp) -> Starlette:
    """``GET /health`` (the process lives), ``GET /ready`` (it can take events), and the SQS API everywhere else."""

    async def alive(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(_request: Request) -> JSONResponse:
        if health.ready:
            return JSONResponse({"status": "ready"})
        reason = health.fault or health.full or "the server is stopping"
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)

    return Starlette(
        routes=[Route("/health", alive), Route("/ready", ready), Mount("/", app=sqs)],
        middleware=[Middleware(_AllowedHosts)],
        exception_handlers={404: _no_such_path},
    )


def _no_such_path(_request: Request, _error: Exception) -> Response:
    return _as_response(Rejected("unknown_path", "nothing is answered on this path of the admin port"))


def _as_response(refused: Rejected) -> Response:
    """The problem document of a refusal."""
    answer = problem(refused)
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = answer.headers
    return response
