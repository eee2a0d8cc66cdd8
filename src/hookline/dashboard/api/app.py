"""Answers the API: finds the operation, checks the caller and the parameters, and runs it on the worker."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hookline.dashboard.api.openapi import openapi_document
from hookline.dashboard.api.operation import Call, Stream
from hookline.dashboard.api.parameters import LARGEST_BODY, Router, read_body, read_query
from hookline.dashboard.api.streamed_response import StreamedResponse
from hookline.dashboard.api.table import OPERATIONS
from hookline.dashboard.problems import problem_response
from hookline.domain.access import ANYONE, PRINCIPAL, Principal
from hookline.errors import HooklineError, Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

    from hookline.dashboard.api.operation import Operation
    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.worker import Worker

__all__ = ["OPENAPI_PATH", "Api"]

OPENAPI_PATH: Final = "/api/openapi.json"

_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_logger = logging.getLogger(__name__)


class Api:
    """The application under ``/api/``."""

    def __init__(self, room: ControlRoom, worker: Worker, operations: Sequence[Operation] = OPERATIONS) -> None:
        self._room = room
        self._worker = worker
        self._router = Router(operations)
        self._document = orjson.dumps(openapi_document(operations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except HooklineError as error:
            response = problem_response(error)
        except Exception:
            _logger.exception("a call of the API failed")
            response = problem_response(UnavailableError("internal_fault", "see the log"))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path == OPENAPI_PATH and request.method in ("GET", "HEAD"):
            return Response(self._document, media_type="application/json", headers=_HEADERS)
        operation, values = self._router.find(request.method, request.scope["raw_path"])
        room = self._room.seen_by(_caller(request))
        room.check(operation.right, values.get("queue"))
        values |= read_query(operation, request.scope["query_string"])
        call = Call(room=room, values=values, body=read_body(operation, await _body(request)))
        found = await self._worker.run(lambda: _made(operation, call))
        if isinstance(found, Stream):
            found.open()  # closed here, because a caller whose deadline has passed would never close it
            return StreamedResponse(found, self._worker)
        return Response(found, media_type="application/json", headers=_HEADERS)


def _caller(request: Request) -> Principal:
    """The caller. Raises Rejected where it is not authenticated."""
    principal = request.scope.get(PRINCIPAL, ANYONE)
    if not isinstance(principal, Principal):
        raise Rejected("credentials_missing", "sign in with an access key, or log in")
    return principal


def _made(operation: Operation, call: Call) -> bytes | Stream:
    """The document as JSON, encoded on a thread, so that other callers do not wait."""
    found = operation.act(call)
    return found if isinstance(found, Stream) else orjson.dumps(found)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Rejected("body_too_large", f"the request is over {LARGEST_BODY} bytes")
    return bytes(body)
