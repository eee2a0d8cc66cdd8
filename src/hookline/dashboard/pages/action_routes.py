"""Actions as pages: a GET shows the plan, a POST does the action. They work without a script; with one the plan is a dialogue."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from hookline.dashboard.actions.begin import begun, planned
from hookline.dashboard.actions.queues import MOVE, PAUSE_QUEUE, PURGE, REDRIVE, RESUME_QUEUE
from hookline.dashboard.actions.rejected import RETRY_MANY, RETRY_ONE
from hookline.dashboard.actions.replay import REPLAY_MANY, REPLAY_ONE
from hookline.dashboard.actions.sources import ARM, PAUSE_SOURCE, RESUME_SOURCE
from hookline.dashboard.forms import form_of
from hookline.dashboard.pages.subject_pages import tried_page
from hookline.dashboard.rights import demand
from hookline.domain.access import Right
from hookline.errors import HooklineError, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from hookline.dashboard.actions.action import Action
    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.pages.page_routes import PageRoutes, Show
    from hookline.dashboard.pages.rendering import Frame, Renderer

__all__ = ["ACTIONS", "ActionRoutes"]

ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "/queues/{queue}/redrive": REDRIVE,
        "/queues/{queue}/purge": PURGE,
        "/queues/{queue}/move": MOVE,
        "/queues/{queue}/pause": PAUSE_QUEUE,
        "/queues/{queue}/resume": RESUME_QUEUE,
        "/sources/{source}/pause": PAUSE_SOURCE,
        "/sources/{source}/resume": RESUME_SOURCE,
        "/sources/{source}/arm": ARM,
        "/rejected/retry": RETRY_MANY,
        "/rejected/{number:int}/retry": RETRY_ONE,
        "/replay": REPLAY_MANY,
        "/replay/{event_id:path}": REPLAY_ONE,
    }
)
"""Every action by the path of its page."""

_LONGEST_REASON: Final = 500
_PATIENCE: Final = 0.8
"""Seconds that a page waits for an action; most end within them."""

_SEE_OTHER, _BAD = 303, 400


class ActionRoutes:
    """The pages of actions."""

    def __init__(self, renderer: Renderer, pages: PageRoutes, *, show: Show, frame: Callable[[Request], Frame]) -> None:
        self._renderer = renderer
        self._pages = pages
        self._show = show
        self._frame = frame

    def routes(self) -> list[Route]:
        """Two routes for each action, and one that tests an event with the routes."""
        found = [Route("/routes/try", self._try, methods=["POST"])]
        for path, action in ACTIONS.items():
            found += [
                Route(path, self._asking(action), methods=["GET"]),
                Route(path, self._doing(action), methods=["POST"]),
            ]
        return found

    def _asking(self, action: Action) -> Callable[[Request], object]:
        async def ask(request: Request) -> Response:
            words = {**request.query_params, **_path(request)}
            return await self._plan(request, action, words)

        return ask

    def _doing(self, action: Action) -> Callable[[Request], object]:
        async def do(request: Request) -> Response:
            try:
                demand(request, action.right)
                words = {**await form_of(request), **_path(request)}
            except HooklineError as error:
                return self._pages.failed(error, self._frame(request), tab=action.tab)
            try:
                reason = _reason(words, action)
                document = await self._show(request, _begun(action, reason), words)
            except HooklineError as error:
                return await self._plan(request, action, words, problem=error.detail)
            back = action.back(words)
            mark = "&" if "?" in back else "?"
            address = f"{back}{mark}run={quote(str(document['run']))}"
            return RedirectResponse(address, status_code=_SEE_OTHER, headers={"cache-control": "no-store"})

        return do

    async def _plan(
        self, request: Request, action: Action, words: Mapping[str, str], *, problem: str | None = None
    ) -> Response:
        frame = self._frame(request)
        try:
            demand(request, action.right)
            document = await self._show(request, _planned(action), words)
        except HooklineError as error:
            if problem is not None or error.code in ("access_denied", "not_found", "credentials_missing"):
                return self._pages.failed(error, frame, tab=action.tab)
            document = {"plan": None}
            problem = error.detail
        in_dialog = request.headers.get("hx-target") == "dialog"
        context = {
            **document,
            "in_dialog": in_dialog,
            "problem": problem,
            "address": request.url.path,
            "back": action.back(words),
            "words": words,
            "needs_reason": action.needs_reason,
            "title": getattr(document.get("plan"), "heading", "This cannot be done"),
        }
        template = "parts/action.html" if in_dialog else "action.html"
        text = self._renderer.page(template, context, frame=frame, title="", tab=action.tab)
        status = _BAD if problem is not None and not in_dialog else 200
        return HTMLResponse(text, status_code=status, headers={"vary": "HX-Target, Cookie"})

    async def _try(self, request: Request) -> Response:
        frame = self._frame(request)
        try:
            demand(request, Right.VIEW)
            document = await self._show(request, tried_page, await form_of(request))
        except HooklineError as error:
            return self._pages.failed(error, frame, tab="routes")
        text = self._renderer.page("routes.html", document, frame=frame, title="Routes", tab="routes")
        return HTMLResponse(text)


def _path(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in request.path_params.items()}


def _reason(words: Mapping[str, str], action: Action) -> str | None:
    reason = words.get("reason", "").strip()[:_LONGEST_REASON]
    if action.needs_reason and not reason:
        raise Rejected("reason_missing", "Give a reason: it is kept in the audit log.")
    return reason or None


def _planned(action: Action) -> Callable[[ControlRoom, Mapping[str, str]], Mapping[str, object]]:
    return lambda room, words: {"plan": planned(room, action, words)}


def _begun(action: Action, reason: str | None) -> Callable[[ControlRoom, Mapping[str, str]], Mapping[str, object]]:
    return lambda room, words: {"run": begun(room, action, words, reason, wait=_PATIENCE)}
