"""Protects forms by a token that pages of other sites cannot read (OWASP, "synchronizer token")."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from hookline.dashboard.forms import again, fields_of, whole_body
from hookline.domain.access import PRINCIPAL
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["CSRF", "CSRF_FIELD", "CSRF_HEADER", "CsrfProtection", "csrf_token_of", "is_from_a_browser"]

CSRF: Final = "hookline.csrf"
"""The scope key with the token for forms of this caller."""

CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf_token"

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_FORM: Final = "application/x-www-form-urlencoded"


def csrf_token_of(request: Request) -> str:
    """The token that forms of this page send in the field ``CSRF_FIELD``, and scripts in the header ``CSRF_HEADER``."""
    return str(request.scope[CSRF])


def is_from_a_browser(headers: Headers) -> bool:
    """Whether a browser's page may have sent the request: every browser sends one of these headers with a POST."""
    return "origin" in headers or "sec-fetch-site" in headers


class CsrfProtection:
    """An application that refuses a browser's POST without the token. With a session in the scope, the token is that of the session.

    A program that signs requests or sends an access key needs no token, because no page can make a browser do that.
    """

    def __init__(self, app: ASGIApp, *, session: str, stranger: Callable[[Scope], str]) -> None:
        """``session`` is the scope key of the session, which has the attribute ``csrf``.

        ``stranger`` returns the cookie value of a browser that is not logged in, which other browsers do not have.
        """
        self._app = app
        self._session = session
        self._stranger = stranger
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise Rejected ``csrf_token_invalid`` to the application around it."""
        session = scope.get(self._session)
        scope[CSRF] = token = self._of_caller(scope) if session is None else session.csrf
        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE and (session is not None or is_from_a_browser(headers)):
            given, receive = await _given(headers, receive)
            if not hmac.compare_digest(token.encode(), given.encode("utf-8", "surrogatepass")):
                raise Rejected("csrf_token_invalid", "the form has no token of this login, or an old one")
        await self._app(scope, receive, send)

    def _of_caller(self, scope: Scope) -> str:
        """The token of a caller without a session: with an access key, where no login is needed, or at the login page."""
        principal = scope.get(PRINCIPAL)
        tied_to = f"stranger {self._stranger(scope)}" if principal is None else f"principal {principal}"
        return hmac.new(self._key, tied_to.encode(), hashlib.sha256).hexdigest()


async def _given(headers: Headers, receive: Receive) -> tuple[str, Receive]:
    """The token of the request, and a ``receive`` for the application, since the body may have been read."""
    if (given := headers.get(CSRF_HEADER)) is not None:
        return given, receive
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return "", receive
    body = await whole_body(receive)
    return fields_of(body).get(CSRF_FIELD, ""), again(body, receive)
