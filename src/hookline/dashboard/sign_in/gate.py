"""Decides which requests of the control room need a login, finds sessions, and applies reloads to accounts."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from hookline.dashboard.paths import is_for_room
from hookline.dashboard.sign_in.accounts import Accounts
from hookline.dashboard.sign_in.audit import SignInAudit, say_nothing
from hookline.dashboard.sign_in.cookies import FORM, SESSION_COOKIE, Cookies
from hookline.dashboard.sign_in.sessions import Sessions
from hookline.dashboard.sign_in.slow_work import SlowWork
from hookline.dashboard.sign_in.throttle import Throttle
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import Scope

    from hookline.dashboard.sign_in.audit import Say
    from hookline.dashboard.sign_in.sessions import Session
    from hookline.domain.access import User
    from hookline.domain.oidc import OidcSettings
    from hookline.pipeline.access import KnownKey
    from hookline.ports.audit import AuditLog
    from hookline.ports.provider_calls import ProviderCalls

__all__ = ["SESSION", "SignIn", "address_of", "is_opened_by_a_person"]

SESSION: Final = "hookline.session"
"""The scope key with the ``Session`` of the browser; it is missing where there is none."""

AUTOMATIC: Final = "x-automatic"
"""The header of requests that a page sends without a user's action: they do not extend a session."""

_FORM_ID: Final = "hookline.form"
_ADDRESS: Final = re.compile(r"[0-9a-fA-F.:]{2,45}")
_LOOPBACK: Final = ("127.0.0.1", "::1")


class SignIn:
    """The accounts and sessions. The configuration may be replaced from any thread; all other methods run on the admin port's thread."""

    def __init__(
        self,
        *,
        idle: timedelta = timedelta(hours=1),
        lifetime: timedelta = timedelta(hours=12),
        admin_url: str | None = None,
        audit: AuditLog | None = None,
        calls: ProviderCalls | None = None,
        say: Say = say_nothing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``admin_url`` is the URL of this port for browsers, if it differs from its own. ``calls`` calls the identity provider."""
        self.now = now
        self.sessions = Sessions(now=now, idle=idle, lifetime=lifetime)
        self.throttle = Throttle(monotonic)
        self.slow_work = SlowWork("hookline-sign-in")
        self._notes = SlowWork("hookline-sign-in-notes", most=64)
        self.audit = SignInAudit(audit, now=now, say=say)
        self.accounts = Accounts()
        self.calls = calls
        self.client_secret: bytes | None = None
        self.say = say
        self._is_https = admin_url is not None and urlsplit(admin_url).scheme == "https"

    def use(
        self,
        users: Iterable[User] = (),
        keys: Iterable[KnownKey] = (),
        oidc: OidcSettings | None = None,
        client_secret: bytes | None = None,
    ) -> None:
        """Use these accounts from now on. Sessions of removed accounts, or of accounts with another password or role, end immediately."""
        self.client_secret = client_secret
        self.accounts = Accounts(users, keys, oidc)
        for session in self.sessions.keep_only(self.accounts.fingerprints):
            self.say("info", "a session ended because the configuration changed", user=session.account.name)

    @property
    def is_needed(self) -> bool:
        """Whether any account exists, so that every caller must authenticate."""
        return self.accounts.take_passwords or self.accounts.oidc is not None

    def session_of(self, scope: Scope) -> Session | None:
        """The browser's session. It is stored in the scope, and extended unless the request comes without a user's action."""
        headers = Headers(scope=scope)
        token = self.cookies_of(scope).read(headers, SESSION_COOKIE)
        if token is None:
            return None
        by_itself = AUTOMATIC in headers or headers.get("accept", "").startswith("text/event-stream")
        session = self.sessions.find(token, address=None if by_itself else address_of(scope))
        if session is not None:
            scope[SESSION] = session
        return session

    def cookies_of(self, scope: Scope) -> Cookies:
        """The cookies for this browser: secure if hookline itself or the proxy in front uses HTTPS."""
        return Cookies(secure=scope["scheme"] == "https" or self._is_https)

    def form_id(self, scope: Scope) -> str:
        """The login form's cookie value of this browser, or a new one if it has none."""
        if _FORM_ID not in scope:
            scope[_FORM_ID] = self.cookies_of(scope).read(Headers(scope=scope), FORM) or secrets.token_urlsafe(16)
        return str(scope[_FORM_ID])

    def note(self, write: Callable[[], object]) -> None:
        """Let ``audit`` write an entry without waiting for it."""
        try:
            self._notes.add(write)
        except UnavailableError as busy:
            self.say("warning", "an audit entry of the login was not written", code=busy.code)

    async def noted(self, write: Callable[[], object]) -> None:
        """Let ``audit`` write an entry, and wait until it is stored or has failed."""
        try:
            await self._notes.run(write)
        except UnavailableError as busy:
            self.say("warning", "an audit entry of the login was not written", code=busy.code)

    @staticmethod
    def is_open(scope: Scope) -> bool:
        """Whether this path needs no login: the login itself, and the style sheets and scripts of its page."""
        path: str = scope["path"]
        return path == "/login" or path.startswith(("/login/", "/static/"))


def is_opened_by_a_person(scope: Scope, headers: Headers) -> bool:
    """Whether a browser opens a page in a tab: from a link on any site, from a bookmark, or coming back from the identity provider.

    The site with the link cannot read the page, and cannot show it in a frame; and no page changes anything on GET.
    """
    if scope["method"] not in ("GET", "HEAD") or not is_for_room(scope["method"], scope["path"]):
        return False
    if scope["path"] == "/login/provider":  # this path starts a login: only hookline's own page does that
        return False
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"


def address_of(scope: Scope) -> str:
    """The browser's address, from the header of a proxy on this machine; other callers could write any value there."""
    client = scope.get("client")
    peer = client[0] if client else ""
    if peer in ("", *_LOOPBACK):
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        last = forwarded[-1].rpartition(",")[2].strip() if forwarded else ""
        if _ADDRESS.fullmatch(last):
            return last
    return peer or "this machine"
