"""The control room as one ASGI application, which the admin port mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from hookline.dashboard.api.app import Api
from hookline.dashboard.problems import problem_response
from hookline.dashboard.worker import Worker
from hookline.errors import Rejected

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["control_room_app"]


def control_room_app(room: ControlRoom) -> ASGIApp:
    """Pages and API over one home. Who calls is in the scope under ``PRINCIPAL``, ``ANYONE`` where nothing put it there.

    Routes of pages are added to ``pages``: a page's view runs on the same worker as the operations of the API.
    """
    worker = Worker()
    api = Api(room, worker)
    pages = Starlette(routes=[], exception_handlers={404: _no_such_page})

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        app = api if scope["path"].startswith("/api") else pages
        await app(scope, receive, send)

    return answer


def _no_such_page(_request: Request, _error: Exception) -> Response:
    return problem_response(Rejected("unknown_path", "there is no such page"))
