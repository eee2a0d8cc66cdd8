"""The names under which a loopback port is asked for: no web page reaches it by giving its own name the address 127.0.0.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.responses import Response

from hookline.errors import Rejected
from hookline.runtimes.answers import problem
from hookline.sqs_api import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LOOPBACK", "AllowedHosts", "as_response"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

_PORT: Final = re.compile(r":[0-9]*\Z")
_DETAIL: Final = f"this port answers only requests whose Host is {', '.join(LOOPBACK[:-1])} or {LOOPBACK[-1]}"


class AllowedHosts:
    """An application for requests whose Host is a loopback name; others are refused, in the form that their client reads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        headers = Headers(scope=scope)
        app = self._app
        if _PORT.sub("", headers.get("host", "")).lower() not in LOOPBACK:
            app = refusal(_DETAIL) if "x-amz-target" in headers else as_response(Rejected("host_unknown", _DETAIL))
        await app(scope, receive, send)


def as_response(refused: Rejected) -> Response:
    """The problem document of a refusal."""
    answer = problem(refused)
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = answer.headers
    return response
