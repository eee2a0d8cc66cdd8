"""Answers a page's address with its document as HTML, or with a piece of it for a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from starlette.responses import HTMLResponse
from starlette.routing import Route

from hookline.dashboard.problems import as_shown
from hookline.errors import HooklineError, NotFoundError, Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from hookline.dashboard.pages.page import Page, View
    from hookline.dashboard.pages.rendering import Frame, Renderer
    from hookline.dashboard.pages.static_files import StaticFiles

__all__ = ["PageRoutes", "Show"]

_NOT_FOUND, _NOT_USABLE, _DENIED, _FAILED, _UNAVAILABLE = 404, 400, 403, 500, 503
_HEADINGS: Final = {
    _NOT_FOUND: "Nothing here",
    _NOT_USABLE: "This search is not valid",
    _FAILED: "This page cannot be shown",
    _UNAVAILABLE: "The storage does not answer",
}


class Show(Protocol):
    """Runs a view on the threads of the control room, as the caller of the request may see it."""

    async def __call__(self, request: Request, view: View, parameters: Mapping[str, str], /) -> Mapping[str, object]:
        """The view's document. Raises the errors of the view."""
        ...


class PageRoutes:
    """The pages of a table, as routes. ``frame`` returns the frame of the page for a request."""

    def __init__(
        self, renderer: Renderer, static: StaticFiles, *, show: Show, frame: Callable[[Request], Frame]
    ) -> None:
        self._renderer = renderer
        self._static = static
        self._show = show
        self._frame = frame

    def routes(self, pages: Iterable[Page]) -> list[Route]:
        """One route for each page, and one for the static files."""
        static = Route("/static/{name:path}", self._static.answer, methods=["GET"])
        return [static, *(Route(page.path, self._endpoint(page), methods=["GET"], name=page.path) for page in pages)]

    def failed(self, error: HooklineError, frame: Frame, *, tab: str = "") -> Response:
        """The error page, with the code."""
        error = as_shown(error)
        status = _status(error)
        heading = "Not known here" if error.code == "aws_access_denied" else _HEADINGS.get(status, _HEADINGS[_FAILED])
        document = {"heading": heading, "detail": error.detail, "remedy": error.remedy, "code": error.code}
        text = self._renderer.page("error.html", document, frame=frame, title=heading, tab=tab)
        return HTMLResponse(text, status_code=status)

    def no_such_page(self, request: Request, _error: Exception) -> Response:
        """The page for an unknown address."""
        return self.failed(Rejected("no_such_path", "There is no page at this address."), self._frame(request))

    def _endpoint(self, page: Page) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            frame = self._frame(request)
            parameters = {**request.query_params, **request.path_params}
            target = request.headers.get("hx-target", "")
            try:
                document = await self._show(request, page.part_views.get(target, page.view), parameters)
            except HooklineError as error:
                return self.failed(error, frame, tab=page.tab)
            template = page.parts.get(target, page.template)
            text = self._renderer.page(template, document, frame=frame, title=page.title, tab=page.tab)
            return HTMLResponse(text, headers={"vary": "HX-Target, Cookie"})

        return answer


def _status(error: HooklineError) -> int:
    if isinstance(error, NotFoundError):
        return _NOT_FOUND
    if isinstance(error, UnavailableError):
        return _UNAVAILABLE
    if error.code == "aws_access_denied":
        return _DENIED
    return error.codes[error.code].status or _NOT_USABLE
