"""Serves an application to one person on a loopback address, behind the guard of the admin port and a random token.

Every user of a machine can reach its loopback addresses, and on a shared machine must not act with another user's credentials. So only
a browser that opened the printed address gets an answer.
"""

from __future__ import annotations

import secrets
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from hookline.dashboard.security_headers import SecurityHeaders
from hookline.errors import Rejected
from hookline.runtimes.embedded.admin_guard import Access, AdminGuard, as_response
from hookline.runtimes.embedded.limits import Limits
from hookline.runtimes.embedded.protocol import with_limits
from hookline.runtimes.embedded.server import AdminThread, http_url, listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["TokenGate", "serve_on_loopback"]

_HOST: Final = "127.0.0.1"
_CONNECTIONS: Final = 64
_SEE_OTHER: Final = 303
_BEARER: Final = "bearer "


class TokenGate:
    """An application behind a token: a browser sends it once in the address and then as a cookie, a program in ``Authorization``.

    After the first page the address does not contain the token any more. The cookie ends with the browser, and is useless after the
    process has ended.
    """

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self.token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._cookie = f"hookline-dashboard-{port}"  # all ports of a host share its cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer requests with the token."""
        headers = Headers(scope=scope)
        if self._brings_token(scope):
            await self._entered()(scope, receive, send)
        elif self._is_known(headers):
            await self._app(scope, receive, send)
        else:
            refused = Rejected("credentials_missing", "open the whole address that `hookline dashboard` printed")
            await SecurityHeaders(as_response(refused, by_script=True))(scope, receive, send)

    def _brings_token(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return secrets.compare_digest(given[0].encode(), self.token.encode())

    def _is_known(self, headers: Headers) -> bool:
        authorization = headers.get("authorization", "")
        if authorization.lower().startswith(_BEARER):
            return secrets.compare_digest(authorization[len(_BEARER) :].encode(), self.token.encode())
        cookie = cookie_parser(headers.get("cookie", "")).get(self._cookie, "")
        return secrets.compare_digest(cookie.encode(), self._session.encode())

    def _entered(self) -> Response:
        response = Response(status_code=_SEE_OTHER, headers={"location": "/", "cache-control": "no-store"})
        response.set_cookie(self._cookie, self._session, httponly=True, samesite="strict")
        response.headers["referrer-policy"] = "no-referrer"
        return response


def serve_on_loopback(app: ASGIApp, *, port: int, announce: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM. ``announce`` gets the address with the token. Port 0 uses any free port. Raises ConfigError."""
    with listen(_HOST, port) as listener:
        gate = TokenGate(app, port=listener.getsockname()[1])
        guard = AdminGuard(gate, access=Access(), now=lambda: datetime.now(UTC))
        server = AdminThread(
            guard, listener, protocol=with_limits(Limits(connections=_CONNECTIONS)), name="hookline-dashboard"
        )
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stopped.set())
        server.start()
        announce(f"{http_url(listener)}/?token={gate.token}")
        stopped.wait()
        server.stop()
