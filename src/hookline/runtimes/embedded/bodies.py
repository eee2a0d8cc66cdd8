"""Serves the bodies of events to consumers whose messages are too large to contain them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from hookline.domain.access import PRINCIPAL, Right
from hookline.domain.erasure import is_erased
from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.embedded.admin_guard import as_response
from hookline.sqs_api import BODIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from hookline.domain.access import Principal
    from hookline.domain.event import Event
    from hookline.ports.queues import PeekableQueues

__all__ = ["bodies_route"]

_NEVER_SHOWN = {
    "content-disposition": "attachment",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""The sender chose the media type and the body, so a browser must not show the body as a page of the admin port."""


def bodies_route(find: Callable[[str], Event | None], queues: PeekableQueues) -> Route:
    """``GET /bodies/{event id}``: the received bytes with the sender's media type.

    ``find`` returns an event as long as it is kept or a message of it is on a queue.
    A caller with an access key needs the right ``consume`` for a queue with a message of the event.
    """

    async def body(request: Request) -> Response:
        try:
            event = await run_in_threadpool(
                _event, find, queues, request.path_params["event_id"], request.scope[PRINCIPAL]
            )
        except (Rejected, UnavailableError) as refused:
            return as_response(refused)
        digest = base64.b64encode(event.body_sha256).decode()
        headers = {**_NEVER_SHOWN, "content-type": event.content_type, "repr-digest": f"sha-256=:{digest}:"}
        return Response(event.body, headers=headers)

    return Route(f"{BODIES}{{event_id:path}}", body, methods=["GET"])


def _event(find: Callable[[str], Event | None], queues: PeekableQueues, event_id: str, principal: Principal) -> Event:
    """The event, if the caller may have its body. Raises Rejected."""
    if not principal.may(Right.CONSUME):
        raise Rejected("access_denied", f"the access key {principal} needs the right consume here")
    if principal.key_id is not None and not any(map(principal.reaches, queues.holding(event_id))):
        raise Rejected(
            "access_denied",
            f"the access key {principal} may not use a queue that holds this event, or there is no such event",
        )
    event = find(event_id)
    if event is None:
        raise Rejected("event_not_found", "no event of this id is stored, or it has expired")
    if is_erased(event):
        raise Rejected("event_erased", "the content of this event was erased")
    return event
