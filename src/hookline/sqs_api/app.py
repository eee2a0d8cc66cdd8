"""The protocol around the actions: AWS JSON 1.0 over HTTP."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hookline.domain.access import ANYONE, CALLER
from hookline.errors import NotFoundError, Rejected, UnavailableError
from hookline.sqs_api.actions import ACTIONS, Call, Service
from hookline.sqs_api.parameters import Parameters
from hookline.sqs_api.rights import check_right
from hookline.sqs_api.served_queues import ServedQueues
from hookline.sqs_api.waiting import Waits
from hookline.sqs_api.wire_errors import (
    ACCESS_DENIED,
    BODY_TOO_LARGE,
    MEDIA_TYPE,
    METHOD,
    NO_SUCH_PATH,
    UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION,
    SqsError,
    as_sqs_error,
    unforeseen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Receive, Scope, Send

    from hookline.domain.queue import Queue
    from hookline.ports.queues import Queues
    from hookline.sqs_api.actions import Action, Answer

__all__ = ["LARGEST_BODY", "refusal", "speaks_sqs", "sqs_app"]

_MEDIA_TYPE = "application/x-amz-json-1.0"
_MEDIA_TYPES = (_MEDIA_TYPE, "application/x-www-form-urlencoded")
_TARGET = "AmazonSQS."
LARGEST_BODY = 256 * 1024
"""Bytes of a request."""

_logger = logging.getLogger(__name__)


def sqs_app(
    queues: Queues,
    declared: Sequence[Queue],
    *,
    account: str = "000000000000",
    region: str = "us-east-1",
    most_waits: int = 256,
    stopping: Callable[[], bool] = lambda: False,
) -> Starlette:
    """An application that answers SQS consumers of ``declared`` queues and of their dead-letter queues.

    It verifies no signature. It takes the caller that ``CALLER`` in the scope names, and anyone where that is not there: mount it behind
    code that puts it there, or where only trusted clients reach it. At most ``most_waits`` long polls wait at a time; all
    end within a tenth of a second once ``stopping`` answers True. Opens nothing, and has nothing to close.
    """
    service = Service(
        queues=queues,
        served=ServedQueues.of(declared, account=account, region=region),
        waits=Waits(most=most_waits, stopping=stopping),
    )
    return Starlette(
        routes=[Route("/{path:path}", endpoint=_Endpoint(service=service))], exception_handlers={404: _no_such_path}
    )


def speaks_sqs(scope: Scope) -> bool:
    """Whether the caller of this request reads answers of SQS, as SDKs do, and not problem documents."""
    headers = Headers(scope=scope)
    return "x-amz-target" in headers or _media_type(headers) in _MEDIA_TYPES


def refusal(refused: Rejected | UnavailableError) -> Response:
    """The answer to a call that is refused before its action is looked at, as SDKs read it."""
    return _failure(as_sqs_error(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    """Answers every path alike: SDKs post to the endpoint's root or to the queue's URL, and the body names the queue."""

    service: Service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return _success(await self._act(request))
        except ClientDisconnect:
            return Response()  # nobody reads it
        except (SqsError, NotFoundError, Rejected, UnavailableError) as error:
            return _failure(as_sqs_error(error))
        except Exception:
            _logger.exception("an SQS call failed")
            return _failure(unforeseen())

    async def _act(self, request: Request) -> Answer:
        caller = request.scope.get(CALLER, ANYONE)
        if caller is None:
            raise Rejected("credentials_missing", "the request is missing Authentication Token")
        name, action = _action(request)
        check_right(caller, name)
        parameters = Parameters.parse(await _body(request))
        call = Call(
            parameters=parameters,
            caller=caller,
            host=request.headers.get("host", ""),
            prefix=request.scope.get("root_path", ""),
            gone=request.is_disconnected,
        )
        return await action(replace(self.service, served=self.service.served.seen_by(caller)), call)


def _no_such_path(_request: Request, _error: Exception) -> Response:
    # Starlette's path patterns stop at a line feed.
    return _failure(SqsError(NO_SUCH_PATH, "Post to the endpoint itself or to a queue's URL."))


def _action(request: Request) -> tuple[str, Action]:
    if request.method != "POST":
        raise SqsError(METHOD, "Only POST is answered here.")
    if "origin" in request.headers:
        # Every browser sends Origin with a POST and no SDK does: without this, any page could reach a loopback port by DNS rebinding.
        raise SqsError(ACCESS_DENIED, "Requests from web pages are not answered here.")
    if _media_type(request.headers) != _MEDIA_TYPE:
        raise SqsError(
            MEDIA_TYPE,
            f"Only AWS JSON 1.0 ({_MEDIA_TYPE}) is spoken here, not the older query protocol: use a current AWS SDK.",
        )
    return _named(request.headers.get("x-amz-target", ""))


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _named(target: str) -> tuple[str, Action]:
    if not target.startswith(_TARGET):
        raise SqsError(UNKNOWN_OPERATION, f"The X-Amz-Target header must be {_TARGET} and the name of an action.")
    name = target.removeprefix(_TARGET)
    action = ACTIONS.get(name)
    if action is None:
        raise SqsError(UNSUPPORTED_OPERATION, f"There is no such action here; there are {', '.join(ACTIONS)}.")
    return name, action


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise SqsError(BODY_TOO_LARGE, f"The request is over {LARGEST_BODY} bytes.")
    return bytes(body)


def _success(answer: Answer) -> Response:
    return Response(orjson.dumps(answer), headers=_headers(), media_type=_MEDIA_TYPE)


def _failure(error: SqsError) -> Response:
    headers = _headers()
    headers["x-amzn-query-error"] = f"{error.kind.code};{error.kind.blame}"
    if error.kind is METHOD:
        headers["allow"] = "POST"
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    content = orjson.dumps({"__type": error.kind.shape, "message": error.detail})
    return Response(content, status_code=error.kind.status, headers=headers, media_type=_MEDIA_TYPE)


def _headers() -> dict[str, str]:
    return {"x-amzn-requestid": str(uuid4())}
