"""Wraps the control room: adds security headers, tokens of forms, the login's pages, and error pages for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from hookline.dashboard.csrf import CSRF, CsrfProtection
from hookline.dashboard.pages.rendering import Frame, Renderer
from hookline.dashboard.pages.static_files import StaticFiles
from hookline.dashboard.problems import problem_response, status_of
from hookline.dashboard.security_headers import SecurityHeaders
from hookline.dashboard.sign_in.gate import SESSION
from hookline.dashboard.sign_in.next_page import login_path
from hookline.dashboard.sign_in.pages import SignInPages
from hookline.domain.access import ANYONE, PRINCIPAL, Principal, Right
from hookline.errors import HooklineError, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.dashboard.sign_in.gate import SignIn

__all__ = ["Entrance", "frame_of"]

_OWN_PATHS = ("/login", "/logout", "/account", "/static/")
_SEE_OTHER = 303


class Entrance:
    """An application around the control room. Every answer of ``room`` gets the security headers.

    A browser's POST without the right token is refused before ``room``. hookline's own errors become a page, or a problem document for
    programs.
    """

    def __init__(self, room: ASGIApp, sign_in: SignIn, *, home: str, place: str = "") -> None:
        """``home`` and ``place`` are for the frame of each page: the kind of the home and its data directory or environment."""
        self._static = StaticFiles()
        self._renderer = Renderer(now=sign_in.now, static=self._static)
        self._home = home
        self._place = place
        own = Starlette(
            routes=[
                Route("/static/{name:path}", self._static.answer, methods=["GET"]),
                *SignInPages(sign_in, self._page).routes,
            ],
            exception_handlers={HooklineError: self._refused, 404: self._no_page, 405: self._no_page},
        )
        self._room = room
        self._own = own
        protected = CsrfProtection(self._dispatch, session=SESSION, stranger=sign_in.form_id)
        self._answer = SecurityHeaders(self._explained(protected))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._own if scope["path"].startswith(_OWN_PATHS) else self._room
        await app(scope, receive, send)

    def _explained(self, app: ASGIApp) -> ASGIApp:
        """The application, with an answer to errors that it raises before its own answer begins."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except HooklineError as error:
                await self._refused(Request(scope, receive), error)(scope, receive, send)

        return answer

    def _refused(self, request: Request, error: Exception) -> Response:
        """The answer to an error: a page for a person, a problem document for a program."""
        assert isinstance(error, HooklineError)  # noqa: S101 -- it is called for nothing else
        if request.url.path == "/login" and error.code == "csrf_token_invalid":
            # The form was open while the server was restarted.
            return RedirectResponse(login_path(request.query_params.get("next")), status_code=_SEE_OTHER)
        if not _wants_page(request):
            return problem_response(error)
        heading = _HEADINGS.get(status_of(error), "This cannot be done")
        document = {
            "heading": heading,
            "detail": f"{error.detail[:1].upper()}{error.detail[1:]}.",
            "remedy": error.remedy,
            "code": error.code,
        }
        return self._page(request, "error.html", document, title=heading, status=status_of(error))

    def _no_page(self, request: Request, _error: Exception) -> Response:
        return self._refused(request, Rejected("no_such_path", "there is no such page"))

    def _page(
        self, request: Request, template: str, document: Mapping[str, object], *, title: str, status: int = 200
    ) -> Response:
        frame = frame_of(request, home=self._home, place=self._place)
        text = self._renderer.page(template, document, frame=frame, title=title)
        return HTMLResponse(text, status_code=status)


_NOBODY = Principal(key_id=None, rights=frozenset(), queues=frozenset())
_HEADINGS = {403: "You may not do this", 404: "Nothing here", 413: "This is too large", 503: "Not now"}


def frame_of(request: Request, *, home: str, place: str = "") -> Frame:
    """The frame of a page for this caller: its name, its rights, and the token of its forms."""
    principal = request.scope.get(PRINCIPAL, ANYONE)
    if not isinstance(principal, Principal):
        principal = _NOBODY
    is_somebody = principal.user is not None or principal.key_id is not None
    may_operate = principal.may(Right.OPERATE)
    return Frame(
        home=home,
        place=place,
        user=_shown_name(principal) if is_somebody else None,
        role=("operator" if may_operate else "viewer") if is_somebody else "",
        may_operate=may_operate,
        csrf_token=str(request.scope.get(CSRF, "")),
    )


def _shown_name(principal: Principal) -> str:
    """The name without its origin."""
    return str(principal).partition(":")[2] or str(principal)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api")
