"""Guards the admin port: if no credentials are configured, only local programs may call; otherwise only authenticated callers."""

from __future__ import annotations

import re
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final  # Any: ASGI messages are dictionaries with values of any type

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from hookline.dashboard.paths import is_for_room, is_queue_path
from hookline.dashboard.security_headers import SecurityHeaders
from hookline.dashboard.sign_in import SESSION, SignIn
from hookline.dashboard.sign_in.gate import is_opened_by_a_person
from hookline.dashboard.sign_in.next_page import login_path
from hookline.domain.access import ADMITTED, ANYONE, PRINCIPAL, Right
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.access import Head, is_bearer, principal_by_password, principal_by_token, signed_request
from hookline.runtimes.answers import problem
from hookline.runtimes.embedded.bucket import Bucket
from hookline.sqs_api import BODIES, LARGEST_BODY, refusal, speaks_sqs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from datetime import datetime

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.dashboard.sign_in.sessions import Session
    from hookline.domain.access import Principal
    from hookline.pipeline.access import KnownKey
    from hookline.runtimes.embedded.log import Log

__all__ = ["BARE_PATHS", "LOOPBACK", "METRICS_PATH", "Access", "AdminGuard", "as_response", "is_mistyped_page"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

BARE_PATHS: Final = frozenset({"/health", "/ready"})
"""Paths that answer anyone, without details: probes of load balancers and kubelets have no credentials."""

METRICS_PATH: Final = "/metrics"
"""The path that ``[server] metrics_token`` gives access to."""

_PORT: Final = re.compile(r":[0-9]*\Z")
_PROXY_HEADERS: Final = ("forwarded", "via", "x-real-ip")
_ASKS_FOR_PASSWORD: Final = (b"www-authenticate", b'Basic realm="hookline admin port", charset="UTF-8"')
_ASKS_FOR_SIGNATURE: Final = (b"www-authenticate", b"AWS4-HMAC-SHA256")
"""The challenge for requests of a page's script: with another one the browser would show its password dialogue."""

_MOST_UNPROVED: Final = 32 * 1024 * 1024
"""The most bytes of large bodies whose signatures are not checked yet, of all callers together."""

_SMALL_BODY: Final = 16 * 1024
"""Bytes of a body that are always read, so that consumers' calls work while a stranger who knows a key id sends large bodies slowly."""

_LINES_A_SECOND: Final = 5.0


class Access:
    """The current access keys and the additional host names of the port. Keys may be replaced from any thread."""

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        log: Log | None = None,
        sign_in: SignIn | None = None,
        on_used: Callable[[str], None] = lambda _key_id: None,
    ) -> None:
        """``on_used`` is called with the id of each key that a caller used. ``sign_in`` knows who is logged in."""
        known = (*LOOPBACK, *names)
        self._names = frozenset(known)
        self._listed = ", ".join(known)
        self._log = log
        self.on_used = on_used
        self.sign_in = SignIn() if sign_in is None else sign_in
        self._lines = Bucket(_LINES_A_SECOND)
        self._unlogged = 0
        self.keys: Mapping[str, KnownKey] = MappingProxyType({})
        self.metrics_token: bytes | None = None
        """The token for reading metrics without an access key; None: there is none."""

    def use(self, keys: Iterable[KnownKey], *, metrics_token: bytes | None = None) -> None:
        """Use these keys and this token from now on. If there is any key, every caller must authenticate."""
        self.metrics_token = metrics_token
        self.keys = MappingProxyType({known.key.id: known for known in keys})

    @property
    def is_open(self) -> bool:
        """Whether calls need no authentication: there is no access key, no user and no identity provider."""
        return not self.keys and not self.sign_in.is_needed

    def admission(self, principal: Principal, session: Session | None) -> Callable[[], bool]:
        """A function that returns whether this caller still has access: by its session, its unchanged key, or because none is needed."""
        if session is not None:
            return partial(self.sign_in.sessions.lives, session)
        known = self.keys.get(principal.key_id or "")
        if principal.key_id is not None:
            return lambda: self.keys.get(principal.key_id or "") == known
        return lambda: principal is not ANYONE or self.is_open

    def check_origin(self, headers: Headers) -> None:
        """Raise Rejected for requests that may come from other machines although their connection is local."""
        if _PORT.sub("", headers.get("host", "")).lower() not in self._names:
            raise Rejected(
                "host_unknown", f"without a login this port answers only requests whose Host is one of {self._listed}"
            )
        if any(name in _PROXY_HEADERS or name.startswith("x-forwarded-") for name in headers):
            raise Rejected("request_forwarded", "without a login, requests that a proxy forwards are not answered here")

    def report(self, refused: Rejected | UnavailableError, scope: Scope) -> None:
        """Log a refused caller; if refusals come too fast, only count them."""
        if self._log is None or isinstance(refused, UnavailableError):
            return
        if not self._lines.take():
            self._unlogged += 1
            return
        client = scope.get("client")
        more, self._unlogged = self._unlogged, 0
        self._log.say(
            "warning",
            "a call to the admin port was refused",
            code=refused.code,
            client=client[0] if client else "unknown",
            path=str(scope["path"])[:256],
            not_logged_before=more,
        )


class AdminGuard:
    """An application that passes authenticated requests on, with their principal in the scope (``PRINCIPAL``), and refuses others.

    A refusal has the form of its client. ``BARE_PATHS`` are always answered; the principal of an unauthenticated caller is None.
    """

    def __init__(self, app: ASGIApp, *, access: Access, now: Callable[[], datetime]) -> None:
        self._app = app
        self._access = access
        self._now = now
        self._unproved = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        app = self._app
        try:
            scope[PRINCIPAL], receive = await self._admit(scope, receive)
            scope[ADMITTED] = self._access.admission(scope[PRINCIPAL], scope.get(SESSION))
        except _GoneError:
            return
        except (Rejected, UnavailableError) as refused:
            if scope["path"] in BARE_PATHS and scope["method"] in ("GET", "HEAD"):
                scope[PRINCIPAL] = None
            else:
                app = self._refusal(refused, scope)
        await app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[Principal, Receive]:
        """The principal, and a ``receive`` for the application, since the body may have been read. Raises Rejected."""
        headers = Headers(scope=scope)
        keys, is_open = self._access.keys, self._access.is_open
        head = Head(
            method=scope["method"], path=scope["raw_path"], query=scope["query_string"], headers=scope["headers"]
        )
        token = self._access.metrics_token
        if token is not None and scope["path"] == METRICS_PATH and scope["method"] in ("GET", "HEAD"):
            _check_site(headers)
            if is_open or is_bearer(headers.get("authorization", "")):
                return principal_by_token(head, token), receive
        if is_open:
            self._access.check_origin(headers)
        if not is_opened_by_a_person(scope, headers):
            _check_site(headers)
        if is_open:
            return ANYONE, receive
        is_sqs = _speaks_sqs(scope)
        if "authorization" not in headers and not is_sqs:
            session = self._access.sign_in.session_of(scope)
            if session is not None:
                return _viewer(session.principal), receive
        if not is_sqs and headers.get("authorization", "").lower().startswith("basic "):
            principal = principal_by_password(head, keys)
        else:
            signed = signed_request(head, keys, self._now())
            body = await self._body(receive)
            principal = signed.principal(body)
            receive = _again(body, receive)
        self._access.on_used(principal.key_id or "")
        return principal if is_sqs else _viewer(principal), receive

    def _refusal(self, refused: Rejected | UnavailableError, scope: Scope) -> ASGIApp:
        """The application that answers an unauthenticated caller: the login page, a redirect to it, or a refusal in the caller's form."""
        headers = Headers(scope=scope)
        room = is_for_room(scope["method"], scope["path"]) or is_mistyped_page(scope)
        if room and refused.code == "credentials_missing":
            if self._access.sign_in.is_open(scope):
                scope[PRINCIPAL] = None
                return self._app
            if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
                path, query = scope["path"], scope["query_string"].decode("latin-1")
                where = login_path(f"{path}?{query}" if query else path)
                return SecurityHeaders(RedirectResponse(where, status_code=303))
        self._access.report(refused, scope)
        if _speaks_sqs(scope):
            return refusal(refused, scope)
        return SecurityHeaders(as_response(refused, by_script=_is_by_script(scope)))

    async def _body(self, receive: Receive) -> bytes:
        """The whole body, with limits, because the caller is not authenticated yet."""
        body, counted = bytearray(), 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _GoneError
                part = message.get("body", b"")
                body += part
                if len(body) > LARGEST_BODY:
                    raise Rejected("body_too_large", f"the request is over {LARGEST_BODY} bytes")
                large = max(0, len(body) - _SMALL_BODY)
                self._unproved += large - counted
                counted = large
                if large and self._unproved > _MOST_UNPROVED:
                    raise UnavailableError(
                        "overloaded", "too many unauthenticated requests are arriving", retry_after=1
                    )
                if not message.get("more_body"):
                    return bytes(body)
        finally:
            self._unproved -= counted


class _GoneError(Exception):
    """The client closed the connection, so that no answer is needed."""


def as_response(refused: Rejected | UnavailableError, *, by_script: bool = False) -> Response:
    """The problem document of a refusal. A browser asks its user for a password unless it is ``by_script``."""
    answer = problem(refused)
    challenge = _ASKS_FOR_SIGNATURE if by_script else _ASKS_FOR_PASSWORD
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = [challenge if field[0] == b"www-authenticate" else field for field in answer.headers]
    return response


def is_mistyped_page(scope: Scope) -> bool:
    """Whether a person opened an unknown page: the control room then answers after the login, as for an existing page."""
    path = scope["path"]
    return (
        scope["method"] in ("GET", "HEAD")
        and "text/html" in Headers(scope=scope).get("accept", "")
        and not (path in BARE_PATHS or path == METRICS_PATH or path.startswith(BODIES) or is_queue_path(path))
        and not is_for_room(scope["method"], path)
        and not speaks_sqs(scope)
    )


def _speaks_sqs(scope: Scope) -> bool:
    """Whether the caller is an SQS client: forms of the control room have the media type of SQS's query protocol too."""
    return not is_for_room(scope["method"], scope["path"]) and speaks_sqs(scope)


def _viewer(principal: Principal) -> Principal:
    """The principal, if it has the right to view. Raises Rejected."""
    if not principal.may(Right.VIEW):
        raise Rejected("access_denied", f"the access key {principal} needs the right view here")
    return principal


def _is_by_script(scope: Scope) -> bool:
    """Whether a script, not a person, sent the browser's request: for a page that a person opens, the browser accepts HTML.

    Fetch Metadata has this too, but browsers leave it out without TLS on a host other than localhost.
    """
    headers = Headers(scope=scope)
    is_browser = headers.get("user-agent", "").startswith("Mozilla/")
    return is_browser and "text/html" not in headers.get("accept", "")


def _check_site(headers: Headers) -> None:
    """Refuse requests that a browser sends for a page of another origin (Fetch Metadata; Origin, RFC 6454)."""
    origin = headers.get("origin")
    own = origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()
    if not own or headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Rejected("request_cross_site", "requests from web pages of other sites are not answered here")


def _again(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that returns the body that was read, and then the following messages."""
    waiting = [body]

    async def bring() -> MutableMapping[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return bring
