"""The pages of the login: login and logout, the sessions of an account, and the redirects to the identity provider and back."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Final, Protocol

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from hookline.dashboard.csrf import csrf_token_of
from hookline.dashboard.forms import form_of
from hookline.dashboard.rights import demand, may, principal_of
from hookline.dashboard.sign_in.browsers import browser_name
from hookline.dashboard.sign_in.cookies import DEVICE, FORM, PROVIDER, SESSION_COOKIE
from hookline.dashboard.sign_in.gate import SESSION, address_of
from hookline.dashboard.sign_in.next_page import login_path, own_page
from hookline.dashboard.sign_in.throttle import device_mark, is_own_device
from hookline.domain.access import Right
from hookline.domain.password_hash import LONGEST_PASSWORD
from hookline.errors import Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from hookline.dashboard.sign_in.accounts import Account
    from hookline.dashboard.sign_in.gate import SignIn
    from hookline.dashboard.sign_in.oidc import OidcLogin
    from hookline.dashboard.sign_in.sessions import Session

__all__ = ["Render", "SignInPages"]

_WRONG: Final = "The name or the password is wrong."
_NO_ROLE: Final = "The identity provider accepted you, but you have no role here. Ask to be added to one of the groups of this hookline."
_LATER: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>Log in later - hookline</title><link rel="stylesheet" href="/static/hookline.css"><main class="centered">'
    "<h1>Log in later</h1><p>Too many attempts. Try again in {seconds} seconds.</p>"
    '<p><a href="{where}">Back to the login</a></p></main></html>'
)
_SEE_OTHER: Final = 303
_LARGEST_FORM: Final = 16 * 1024
_LONGEST_NAME: Final = 128
_DEVICE_LIFETIME: Final = timedelta(days=90)


class Render(Protocol):
    """Renders a template with its values."""

    def __call__(
        self, request: Request, template: str, document: Mapping[str, object], *, title: str, status: int = 200
    ) -> Response:
        """The page."""


class SignInPages:
    """The routes of the login."""

    def __init__(self, sign_in: SignIn, render: Render) -> None:
        self._sign_in = sign_in
        self._render = render
        self._provider: OidcLogin | None = None

    @property
    def routes(self) -> Sequence[Route]:
        """What to mount."""
        return (
            Route("/login", self._form, methods=["GET"]),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/login/provider", self._to_provider, methods=["GET"]),
            Route("/login/callback", self._from_provider, methods=["GET"]),
            Route("/logout", self._log_out, methods=["POST"]),
            Route("/account", self._account, methods=["GET"]),
            Route("/account/sessions/{id}/end", self._end_one, methods=["POST"]),
            Route("/account/sessions/end", self._end_all, methods=["POST"]),
        )

    async def _form(self, request: Request) -> Response:
        wanted = own_page(request.query_params.get("next"))
        if not self._sign_in.is_needed or self._sign_in.session_of(request.scope) is not None:
            return RedirectResponse(wanted, status_code=_SEE_OTHER)
        return self._login_page(request, wanted)

    async def _log_in(self, request: Request) -> Response:
        """Check a name and a password. The answer to a wrong password is the same for known and unknown names."""
        wanted = own_page(request.query_params.get("next"))
        fields = await form_of(request, largest=_LARGEST_FORM)
        name, password = fields.get("name", "").strip(), fields.get("password", "")
        if not self._sign_in.accounts.take_passwords:
            return RedirectResponse("/login", status_code=_SEE_OTHER)
        if not name or not password or len(name) > _LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            return self._login_page(request, wanted, problem=_WRONG, name=name[:_LONGEST_NAME], status=401)
        try:
            account = await self._judged(request, name, password)
        except _LaterError as later:
            return _come_later(wanted, later.seconds, status=429)
        except UnavailableError as busy:
            return _come_later(wanted, busy.retry_after, status=503)
        if account is None:
            return self._login_page(request, wanted, problem=_WRONG, name=name, status=401)
        how = "password" if account.name.startswith("user:") else "access key"
        return await self._begin(request, account, wanted, how=how)

    async def _judged(self, request: Request, name: str, password: str) -> Account | None:
        """The account of a correct name and password, or None. Raises UnavailableError when too many log in at the same time."""
        sign_in, accounts = self._sign_in, self._sign_in.accounts
        mark = sign_in.cookies_of(request.scope).read(request.headers, DEVICE)
        named, address = accounts.find(name), address_of(request.scope)
        device = mark if mark is not None and is_own_device(named, mark) else None
        if seconds := sign_in.throttle.seconds_to_wait(name, address=address, device=device):
            raise _LaterError(seconds)
        attempt = sign_in.throttle.begin(name, address=address, device=device)

        try:
            account = await sign_in.slow_work.run(
                lambda: accounts.check(name, password), is_urgent=attempt.is_known_device
            )
        except UnavailableError:
            attempt.succeeded()  # the password was not checked
            raise
        if account is None:
            sign_in.note(lambda: sign_in.audit.failed(named, address=address, how="password"))
        else:
            attempt.succeeded()
        return account

    async def _begin(self, request: Request, account: Account, wanted: str, *, how: str) -> Response:
        """Start a new session; the browser's previous session ends."""
        sign_in, scope = self._sign_in, request.scope
        if (old := sign_in.session_of(scope)) is not None:
            sign_in.sessions.end([old])
        token, session = sign_in.sessions.begin(
            account, address=address_of(scope), agent=request.headers.get("user-agent", "")
        )
        if sign_in.accounts.fingerprints.get(account.origin) != account.fingerprint:  # a reload happened in between
            sign_in.sessions.end([session])
            return RedirectResponse("/login", status_code=_SEE_OTHER)
        await sign_in.noted(lambda: sign_in.audit.login(session, how=how))
        cookies = sign_in.cookies_of(scope)
        response = RedirectResponse(wanted, status_code=_SEE_OTHER)
        response.headers.append(*cookies.written(SESSION_COOKIE, token))
        response.headers.append(*cookies.removed(FORM))
        response.headers.append(*cookies.removed(PROVIDER))
        if how != "provider":
            mark = device_mark(account, cookies.read(request.headers, DEVICE))
            response.headers.append(*cookies.written(DEVICE, mark, lifetime=_DEVICE_LIFETIME))
        return response

    async def _log_out(self, request: Request) -> Response:
        session = _session(request)
        if session is None:
            return RedirectResponse("/login" if self._sign_in.is_needed else "/", status_code=_SEE_OTHER)
        await self._end(request, [session], why="logged out")
        return self._logged_out(request)

    async def _account(self, request: Request) -> Response:
        """The sessions of this account; an operator sees those of all accounts."""
        principal, current = principal_of(request), _session(request)
        own = [] if current is None else self._sign_in.sessions.known(current.account.name)
        others = (
            [one for one in self._sign_in.sessions.known() if one not in own]
            if self._sign_in.is_needed and may(request, Right.OPERATE)
            else []
        )
        document = {
            "principal": principal,
            "needs_login": self._sign_in.is_needed,
            "rights": sorted(right.value for right in Right if principal.may(right)),
            "current": current,
            "own": [_shown(one) for one in own],
            "others": [_shown(one) for one in others],
        }
        return self._render(request, "account.html", document, title="Account")

    async def _end_one(self, request: Request) -> Response:
        """End one session of this account; an operator may end any session."""
        session, wanted = _session(request), request.path_params["id"]
        found = [one for one in self._sign_in.sessions.known() if one.id == wanted]
        if not any(session is not None and one.account.name == session.account.name for one in found):
            demand(request, Right.OPERATE)
        await self._end(request, found, why="ended on the account page")
        if session is not None and session in found:
            return self._logged_out(request)
        return RedirectResponse("/account", status_code=_SEE_OTHER)

    async def _end_all(self, request: Request) -> Response:
        """Log out everywhere: end every session of this account, this one too."""
        session = _session(request)
        if session is None:
            return RedirectResponse("/account", status_code=_SEE_OTHER)
        await self._end(request, self._sign_in.sessions.known(session.account.name), why="logged out everywhere")
        return self._logged_out(request)

    async def _end(self, request: Request, sessions: Sequence[Session], *, why: str) -> None:
        by, audit = principal_of(request).actor, self._sign_in.audit
        self._sign_in.sessions.end(sessions)
        await self._sign_in.noted(lambda: audit.logout(sessions, by=by, why=why))

    def _logged_out(self, request: Request) -> Response:
        response = RedirectResponse("/login", status_code=_SEE_OTHER)
        response.headers.append(*self._sign_in.cookies_of(request.scope).removed(SESSION_COOKIE))
        response.headers["clear-site-data"] = '"cache"'
        return response

    async def _to_provider(self, request: Request) -> Response:
        """Send the browser to the identity provider."""
        wanted = own_page(request.query_params.get("next"))
        provider = self._provider_in_force()
        if provider is None:
            return RedirectResponse("/login", status_code=_SEE_OTHER)
        try:
            url, agreed = await self._sign_in.slow_work.run(lambda: provider.begin(wanted))
        except UnavailableError as fault:
            return self._provider_failed(request, wanted, fault)
        response = RedirectResponse(url, status_code=_SEE_OTHER)
        cookies = self._sign_in.cookies_of(request.scope)
        response.headers.append(*cookies.written(PROVIDER, agreed, lifetime=provider.patience))
        return response

    async def _from_provider(self, request: Request) -> Response:
        """Handle the answer of the identity provider, with which it sends the browser back."""
        sign_in, provider = self._sign_in, self._provider_in_force()
        if provider is None:
            return RedirectResponse("/login", status_code=_SEE_OTHER)
        agreed = sign_in.cookies_of(request.scope).read(request.headers, PROVIDER)
        parameters, address = request.query_params.multi_items(), address_of(request.scope)
        try:
            claims, wanted = await sign_in.slow_work.run(lambda: provider.finish(parameters, agreed))
            account = sign_in.accounts.of_provider(claims)
        except Rejected as refused:
            how = f"provider: {refused.detail}"
            sign_in.note(lambda: sign_in.audit.failed(None, address=address, how=how))
            page = self._login_page(request, "/", problem=f"{_sentence(refused.detail)}.", status=refused.status)
        except UnavailableError as fault:
            page = self._provider_failed(request, "/", fault)
        else:
            if account is not None:
                return await self._begin(request, account, wanted, how="provider")
            sign_in.note(lambda: sign_in.audit.failed(None, address=address, how="provider: no role"))
            page = self._login_page(request, "/", problem=_NO_ROLE, status=403)
        page.headers.append(*sign_in.cookies_of(request.scope).removed(PROVIDER))
        return page

    def _provider_failed(self, request: Request, wanted: str, fault: UnavailableError) -> Response:
        self._sign_in.say("error", "the identity provider cannot be used", code=fault.code, fault=fault.detail)
        why = "The identity provider does not answer correctly. The log of hookline has the details. Try again later."
        return self._login_page(request, wanted, problem=why, status=503)

    def _provider_in_force(self) -> OidcLogin | None:
        """The identity provider of the current configuration."""
        sign_in = self._sign_in
        settings = sign_in.accounts.oidc
        if settings is None or sign_in.calls is None:
            return None
        if self._provider is None or not self._provider.is_for(settings, sign_in.client_secret):
            from hookline.dashboard.sign_in.oidc import OidcLogin  # noqa: PLC0415 -- only who uses a provider waits for its library

            self._provider = OidcLogin(settings, sign_in.client_secret, sign_in.calls, now=sign_in.now)
        return self._provider

    def _login_page(
        self, request: Request, wanted: str, *, problem: str = "", name: str = "", status: int = 200
    ) -> Response:
        oidc = self._sign_in.accounts.oidc
        document = {
            "problem": problem,
            "name": name,
            "wanted": wanted,
            "passwords": self._sign_in.accounts.take_passwords,
            "provider": None if oidc is None else oidc.label,
            "csrf_token": csrf_token_of(request),
        }
        page = self._render(request, "login.html", document, title="Log in", status=status)
        page.headers.append(
            *self._sign_in.cookies_of(request.scope).written(FORM, self._sign_in.form_id(request.scope))
        )
        return page


class _LaterError(Exception):
    """The answer after too many failed attempts: the next one is allowed after ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _come_later(wanted: str, seconds: int, *, status: int) -> Response:
    """A short answer without a template and without stored state, for floods."""
    page = _LATER.format(seconds=seconds, where=escape(login_path(wanted)))
    return HTMLResponse(page, status_code=status, headers={"retry-after": str(seconds)})


def _session(request: Request) -> Session | None:
    found: Session | None = request.scope.get(SESSION)
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shown(session: Session) -> Mapping[str, object]:
    """The values of a session for a page, without its cookie value."""
    return {
        "id": session.id,
        "user": session.account.name,
        "began_at": session.began_at.isoformat(),
        "used_at": session.used_at.isoformat(),
        "address": session.address,
        "used_from": session.used_from,
        "agent": session.agent,
        "browser": browser_name(session.agent),
    }
