"""The admin port: health, readiness, the queues for consumers, and the control room for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from hookline import __version__
from hookline.dashboard.paths import is_for_room, is_queue_path
from hookline.dashboard.security_headers import SecurityHeaders
from hookline.domain.access import PRINCIPAL
from hookline.domain.moment import moment_text
from hookline.errors import Rejected
from hookline.runtimes.embedded.admin_guard import Access, AdminGuard, as_response, is_mistyped_page
from hookline.sqs_api import speaks_sqs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.domain.queue import Queue
    from hookline.runtimes.embedded.health import Health

__all__ = ["ReloadableApp", "admin_app"]

_NOT_ANSWERED = "the admin port has nothing on this path"


class ReloadableApp:
    """The queues' application, which is created again when the queues change. Running calls keep the old one."""

    def __init__(self, make: Callable[[Sequence[Queue]], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    def use(self, queues: Sequence[Queue]) -> None:
        """Serve these queues from now on. Usable from any thread."""
        self._app = self._make(queues)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the current application. Call ``use`` before."""
        assert self._app is not None  # noqa: S101 -- wiring calls use before anything is served
        await self._app(scope, receive, send)


def admin_app(
    *,
    health: Health,
    sqs: ASGIApp,
    bodies: Route,
    room: ASGIApp,
    metrics: Route | None = None,
    access: Access | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ASGIApp:
    """``GET /health`` (the process runs), ``/ready`` (it accepts events), bodies, metrics, the control room, and the SQS API.

    ``access`` decides who may call; without it only programs of this machine may. The two health answers are for anyone, but leave
    out version and reason for an unauthenticated caller.
    """

    async def alive(request: Request) -> JSONResponse:
        more = {"version": __version__, **_canary(health)} if _is_known(request) else {}
        return JSONResponse({"status": "ok", **more})

    async def ready(request: Request) -> JSONResponse:
        if health.ready:
            return JSONResponse({"status": "ready"})
        if not _is_known(request):
            return JSONResponse({"status": "not ready"}, status_code=503)
        reason = health.fault or health.full or "the server is stopping"
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)

    others = SecurityHeaders(
        Starlette(
            routes=[
                Route("/health", alive),
                Route("/ready", ready),
                bodies,
                *([] if metrics is None else [metrics]),
                Mount("/", app=_of_sqs_clients(sqs)),
            ],
            exception_handlers={404: _no_such_path},
        )
    )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if is_for_room(method, scope["path"]) or is_mistyped_page(scope):
            await room(scope, receive, send)
            return
        app = sqs if method == "POST" else others  # so that a consumer's call does not pass through two routers
        await app(scope, receive, send)

    return AdminGuard(answer, access=access or Access(), now=now)


def _of_sqs_clients(sqs: ASGIApp) -> ASGIApp:
    """The SQS API for SQS clients and for the paths of queues; other callers get 404."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_theirs = scope["method"] not in ("GET", "HEAD") or speaks_sqs(scope) or is_queue_path(scope["path"])
        app = sqs if is_theirs else as_response(Rejected("no_such_path", _NOT_ANSWERED))
        await app(scope, receive, send)

    return answer


def _canary(health: Health) -> dict[str, object]:
    """The state of the canary for the readiness answer, if there is one."""
    report = health.canary()
    if report is None:
        return {}
    return {
        "canary": {
            "late": report.late is not None,
            "reason": report.late,
            "seconds": report.seconds,
            "last_success": moment_text(report.last_success_at),
        }
    }


def _is_known(request: Request) -> bool:
    return request.scope[PRINCIPAL] is not None


def _no_such_path(_request: Request, _error: Exception) -> Response:
    return as_response(Rejected("no_such_path", _NOT_ANSWERED))
