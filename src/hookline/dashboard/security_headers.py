"""Adds headers to every answer of the control room, so that a browser runs only hookline's own scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final  # Any: ASGI messages are dictionaries with values of any type

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["CONTENT_SECURITY_POLICY", "SECURITY_HEADERS", "SecurityHeaders"]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

SECURITY_HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not no-referrer: a browser would then send its own forms with `Origin: null` (Fetch standard, "append a request Origin header").
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
)
_FOR_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000")


class SecurityHeaders:
    """An application whose answers all have ``SECURITY_HEADERS``. A header that an answer already has is not changed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""
        wanted = (*SECURITY_HEADERS, _FOR_HTTPS) if scope.get("scheme") == "https" else SECURITY_HEADERS

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                message = {**message, "headers": [*headers, *(one for one in wanted if one[0] not in there)]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
