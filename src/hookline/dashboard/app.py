"""The control room as one ASGI application, which the admin port mounts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from hookline.dashboard.api.app import Api
from hookline.dashboard.entrance import frame_of
from hookline.dashboard.pages.action_routes import ActionRoutes
from hookline.dashboard.pages.page_routes import PageRoutes
from hookline.dashboard.pages.rendering import Renderer
from hookline.dashboard.pages.static_files import StaticFiles
from hookline.dashboard.pages.table import PAGES
from hookline.dashboard.pages.tail_polls import TailPolls
from hookline.dashboard.worker import Worker
from hookline.domain.access import ANYONE, PRINCIPAL, Right

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.pages.page import View
    from hookline.dashboard.pages.rendering import Frame

__all__ = ["control_room_app"]


def control_room_app(room: ControlRoom) -> ASGIApp:
    """Pages and API over one home. The caller is in the scope under ``PRINCIPAL``, by default ``ANYONE``.

    Routes of pages are added to ``pages``: a page's view runs on the same worker as the operations of the API.
    """
    worker = Worker()
    api = Api(room, worker)
    static = StaticFiles()
    renderer = Renderer(now=room.now, static=static)

    async def show(request: Request, view: View, parameters: Mapping[str, str]) -> Mapping[str, object]:
        seen = room.seen_by(request.scope.get(PRINCIPAL, ANYONE))
        seen.check(Right.VIEW)
        document = await worker.run(view, seen, parameters)
        run = parameters.get("run")
        if not run or "run" in document:
            return document
        return {**document, "run": seen.runs.shown(run, seen.caller, may_operate=seen.may_operate)}

    frame = partial(_frame, room)
    drawn = PageRoutes(renderer, static, show=show, frame=frame)
    acting = ActionRoutes(renderer, drawn, show=show, frame=frame)
    polls = TailPolls(room, worker)
    pages = Starlette(
        routes=[*acting.routes(), *polls.routes(), *drawn.routes(PAGES)], exception_handlers={404: drawn.no_such_page}
    )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        app = api if scope["path"].startswith("/api") else pages
        await app(scope, receive, send)

    return answer


def _frame(room: ControlRoom, request: Request) -> Frame:
    home = "Embedded" if room.home == "embedded" else "AWS"
    return frame_of(request, home=home, place=room.place)
