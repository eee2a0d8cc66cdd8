"""SQS over HTTP: finds the protocol and the action of a request, and answers in the same protocol."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hookline.domain.access import ANYONE, PRINCIPAL
from hookline.errors import NotFoundError, Rejected, UnavailableError
from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.audits import Audits
from hookline.sqs_api.calls import Call, Service
from hookline.sqs_api.json_protocol import JsonProtocol
from hookline.sqs_api.purges import Purges
from hookline.sqs_api.query_protocol import QueryProtocol
from hookline.sqs_api.queue_thread import QueueThread
from hookline.sqs_api.rights import check_right
from hookline.sqs_api.served_queues import ServedQueues
from hookline.sqs_api.waiting import Waits
from hookline.sqs_api.wire_errors import (
    ACCESS_DENIED,
    BODY_TOO_LARGE,
    MEDIA_TYPE,
    METHOD,
    NO_SUCH_PATH,
    SqsError,
    as_sqs_error,
    unforeseen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.domain.queue import Queue
    from hookline.ports.audit import AuditLog
    from hookline.ports.move_tasks import MoveTasks
    from hookline.ports.queues import WatchableQueues

__all__ = ["LARGEST_BODY", "refusal", "speaks_sqs", "sqs_app"]

_Protocol: TypeAlias = "JsonProtocol | QueryProtocol"

_JSON = JsonProtocol()
_QUERY = QueryProtocol()
_PROTOCOLS: Mapping[str, _Protocol] = {_JSON.media_type: _JSON, _QUERY.form: _QUERY}

LARGEST_BODY = 8 * 1024 * 1024
"""The largest request in bytes: enough for the largest message with all characters escaped."""

_FROM_A_BROWSER = ("origin", "sec-fetch-site")
"""Headers that every browser and no SDK sends with a POST: without this check, any page could reach a loopback port by DNS rebinding."""

_logger = logging.getLogger(__name__)


def sqs_app(  # noqa: PLR0913 -- all that it works on, each given by its name
    queues: WatchableQueues,
    declared: Sequence[Queue],
    *,
    account: str = "000000000000",
    region: str = "us-east-1",
    audit: AuditLog | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    most_waits: int = 256,
    purges: Purges | None = None,
    moves: MoveTasks | None = None,
    moves_begun: Callable[[], None] = lambda: None,
    refusal: Callable[[int], UnavailableError | None] = lambda _size: None,
    stopping: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """An application that answers SQS clients of ``declared`` queues and of their dead-letter queues.

    It verifies no signature. It uses the principal in the scope (``PRINCIPAL``, by default ``ANYONE``): mount it behind code that sets it,
    or where only trusted clients reach it. At most ``most_waits`` long polls wait at the same time; all end within a tenth of a second
    after ``stopping`` returns True. ``refusal`` returns why no message of a size in bytes can be stored now. ``audit`` stores the actions
    of clients on whole queues, at the time of ``now``. ``moves_begun`` is called when ``moves`` has a new task.
    It opens no resources, and has none to close.
    """
    service = Service(
        queues=queues,
        thread=QueueThread(queues.together),
        served=ServedQueues.of(declared, account=account, region=region),
        waits=Waits(most=most_waits, stopping=stopping),
        purges=purges or Purges(),
        audits=Audits(log=audit, now=now),
        refusal=refusal,
        moves=moves,
        moves_begun=moves_begun,
    )
    return _Endpoint(service=service)


def speaks_sqs(scope: Scope) -> bool:
    """Whether the caller of this request is an SQS client, which reads SQS errors instead of problem documents."""
    headers = Headers(scope=scope)
    return "x-amz-target" in headers or _protocol_of(headers) is not None


def refusal(refused: Rejected | UnavailableError, scope: Scope) -> Response:
    """The answer, in the call's protocol, to a call that is refused before its action is known."""
    return _failure(as_sqs_error(refused), _protocol_of(Headers(scope=scope)) or _JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    """Answers on every path, because SDKs post to the endpoint's root or to the queue's URL."""

    service: Service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        protocol = _protocol_of(request.headers) or _JSON
        try:
            return await self._act(request, protocol)
        except ClientDisconnect:
            return Response()  # the client has closed the connection
        except (SqsError, NotFoundError, Rejected, UnavailableError) as error:
            return _failure(as_sqs_error(error), protocol)
        except Exception:
            _logger.exception("an SQS call failed")
            return _failure(unforeseen(), protocol)

    async def _act(self, request: Request, protocol: _Protocol) -> Response:
        principal = request.scope.get(PRINCIPAL, ANYONE)
        if principal is None:
            raise Rejected("credentials_missing", "the request is missing Authentication Token")
        _check(request)
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        action, parameters = protocol.read(request.headers, path, await _body(request))
        check_right(principal, action)
        call = Call(
            parameters=parameters,
            principal=principal,
            scheme=_scheme(request),
            host=request.headers.get("host", ""),
            prefix=request.scope.get("root_path", ""),
            trace=request.headers.get("x-amzn-trace-id"),
            gone=request.is_disconnected,
        )
        answer = await ACTIONS[action](self.service.seen_by(principal), call)
        id_ = str(uuid4())
        return Response(
            protocol.success(action, answer, id_),
            headers={"x-amzn-requestid": id_, "content-type": protocol.media_type},
        )


def _protocol_of(headers: Mapping[str, str]) -> _Protocol | None:
    """The protocol of a request; None where it is neither. A request with a target header is JSON, because a form never has one."""
    found = _PROTOCOLS.get(headers.get("content-type", "").partition(";")[0].strip().lower())
    return None if found is _QUERY and "x-amz-target" in headers else found


def _scheme(request: Request) -> str:
    """The client's URL scheme: a proxy in front may terminate TLS. SDKs for JavaScript use a queue's URL as their endpoint."""
    forwarded = request.headers.get("x-forwarded-proto", "")
    return "https" if "https" in (request.scope.get("scheme"), forwarded.strip().lower()) else "http"


def _check(request: Request) -> None:
    if request.method != "POST":
        raise SqsError(METHOD, "Only POST is answered here.")
    if "\n" in request.scope["path"]:
        raise SqsError(NO_SUCH_PATH, "Post to the endpoint itself or to a queue's URL.")
    if any(name in request.headers for name in _FROM_A_BROWSER):
        raise SqsError(ACCESS_DENIED, "Requests from web pages are not answered here.")
    if _protocol_of(request.headers) is None:
        raise SqsError(
            MEDIA_TYPE, f"The Content-Type must be {_JSON.media_type} or, for the older query protocol, {_QUERY.form}."
        )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise SqsError(BODY_TOO_LARGE, f"The request is over {LARGEST_BODY} bytes.")
    return bytes(body)


def _failure(error: SqsError, protocol: _Protocol) -> Response:
    id_ = str(uuid4())
    headers = {"x-amzn-requestid": id_, "content-type": protocol.media_type, **protocol.failure_headers(error)}
    if error.kind is METHOD:
        headers["allow"] = "POST"
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    return Response(protocol.failure(error, id_), status_code=error.kind.status, headers=headers)
