"""The second, loopback-only port: health, readiness, and the queues for consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from hookline import __version__

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from hookline.runtimes.embedded.health import Health

__all__ = ["LOOPBACK", "admin_app"]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names under which the admin port is asked for. Any other Host is refused, so that no web page reaches it by rebinding a name."""


def admin_app(*, health: Health, sqs: ASGIApp) -> Starlette:
    """``GET /health`` (the process lives), ``GET /ready`` (it can take events), and the SQS API everywhere else."""

    async def alive(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(_request: Request) -> JSONResponse:
        if health.ready:
            return JSONResponse({"status": "ready"})
        reason = health.fault or "the server is stopping"
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)

    return Starlette(
        routes=[Route("/health", alive), Route("/ready", ready), Mount("/", app=sqs)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK), www_redirect=False)],
    )
