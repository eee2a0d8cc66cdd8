"""The live tail by long polls: each call waits some seconds for new events, and continues where the last one ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from hookline.dashboard.problems import problem_response
from hookline.dashboard.rights import demand
from hookline.dashboard.views.tail import Watches, tail_of
from hookline.domain.access import ANYONE, PRINCIPAL, Right
from hookline.errors import HooklineError, UnavailableError

if TYPE_CHECKING:
    from starlette.requests import Request

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.views.tail import Watching
    from hookline.dashboard.worker import Worker

__all__ = ["TailPolls"]

_EVERY: Final = {"embedded": 0.5, "aws": 2.0}
"""Seconds between two reads of the storage."""

_LOOKS: Final = {"embedded": 20, "aws": 5}
"""How often one call reads the storage at most, before it answers without new events."""

_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class TailPolls:
    """Answers the polls. All callers share ``room``; each sees it with its own rights."""

    def __init__(self, room: ControlRoom, worker: Worker) -> None:
        self._room = room
        self._worker = worker
        self._watches = Watches()

    def routes(self) -> list[Route]:
        """The one address of the polls."""
        return [Route("/tail/next", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        try:
            demand(request, Right.VIEW)
            seen = self._room.seen_by(request.scope.get(PRINCIPAL, ANYONE))
            seen.check(Right.VIEW)
            words = dict(request.query_params)
            watching = self._watches.found(words.get("watch", ""), seen.caller)
            if watching is None:
                made = await self._worker.run(tail_of, seen, words)
                return _document(self._watches.begin(made, seen.caller), [])
            return _document(watching, await self._lines(watching))
        except HooklineError as error:
            return problem_response(error)

    async def _lines(self, watching: Watching) -> list[object]:
        """The new events, as soon as there are any."""
        for _ in range(_LOOKS[self._room.home]):
            watching.touch()
            try:
                found = await self._worker.run(watching.tail.look)
            except UnavailableError:  # a storage that cannot be read now is read again later
                found = []
            if found:
                return [dict(line.document) for line in found]
            await asyncio.sleep(_EVERY[self._room.home])
        return []


def _document(watching: Watching, lines: list[object]) -> Response:
    body = orjson.dumps({"watch": watching.id, "lines": lines})
    return Response(body, media_type="application/json", headers=_HEADERS)
