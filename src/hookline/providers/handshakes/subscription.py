"""Subscriptions that are confirmed: by fetching a URL, or by agreeing to a topic or an origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.domain.handshake import Reply
from hookline.errors import Rejected
from hookline.providers.bodies import find, objects_in
from hookline.providers.handshakes.handshake import (
    Kind,
    check_token,
    echoed,
    invalid,
    json_reply,
    member,
    parameter,
    parameters,
    text_reply,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Json
    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["AllowedOrigin", "SubscriptionConfirmation", "SubscriptionValidation", "WebSub"]

_MODES: Final = frozenset({"denied", "subscribe", "unsubscribe"})
_ORIGIN = re.compile(r"[A-Za-z0-9.-]{1,253}")
_VALIDATION: Final = "Microsoft.EventGrid.SubscriptionValidationEvent"

_URL = re.compile(r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?/\?[A-Za-z0-9_.~%&=:+/-]{1,2048}")
"""The URLs that may be fetched: with a host of the service, without user and port, and with only the service's own path."""


@record
class SubscriptionConfirmation(Kind):
    """Amazon SNS: a signed message of this type, confirmed by a GET of its ``SubscribeURL``, which must be the service's own.

    https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    """

    is_signed: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The members with the type and the URL."""
        return (("Type",), ("SubscribeURL",))

    def is_one(self, request: Request) -> bool:
        """Whether it is a message of type ``SubscriptionConfirmation``."""
        return b"SubscriptionConfirmation" in request.body and member(request, "Type") == "SubscriptionConfirmation"

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An empty answer, once the URL was fetched."""
        url = member(request, "SubscribeURL")
        if not isinstance(url, str) or not _URL.fullmatch(url) or "Action=ConfirmSubscription" not in url:
            raise invalid("SubscribeURL is not one of Amazon SNS")
        return Reply(fetch_url=url)


@record
class WebSub(Kind):
    """WebSub: a hub asks whether a subscription was intended (https://www.w3.org/TR/websub/#hub-verifies-intent).

    The source wants only ``topics``: subscriptions to them are confirmed, and the end of a subscription to any other topic is confirmed
    too. ``token`` is the place of a token that older hubs repeat.
    """

    method: str = "GET"
    topics: tuple[str, ...]
    token: str = ""

    def is_one(self, request: Request) -> bool:
        """A question about a subscription, or the message that it was denied."""
        return parameter(request, "hub.mode") in _MODES

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The challenge; an empty answer to a denial, which expects none. Any other topic is answered with 404."""
        query = parameters(request)
        if self.token:
            check_token(request, self.token, secrets)
        if query["hub.mode"] == "denied":
            return Reply()
        if (query["hub.mode"] == "subscribe") is not (query.get("hub.topic") in self.topics):
            raise Rejected("handshake_unknown", f"hub.mode {query['hub.mode']} was not asked for, for this hub.topic")
        return text_reply(echoed(query.get("hub.challenge"), "hub.challenge"))


@record
class AllowedOrigin(Kind):
    """CloudEvents: a sender asks with OPTIONS whether it may deliver.

    https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection. ``origins`` are the senders that may,
    ``*`` for any; ``rate`` is how many requests a minute, None for no limit.
    """

    method: str = "OPTIONS"
    origins: tuple[str, ...]
    rate: int | None = None

    def is_one(self, request: Request) -> bool:
        """A call that names its origin."""
        return request.headers.get("webhook-request-origin") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An answer with the origin and the rate."""
        origin = request.headers.get("webhook-request-origin") or ""
        if not _ORIGIN.fullmatch(origin):
            raise invalid("WebHook-Request-Origin is not a DNS name")
        if not {"*", origin.lower()}.intersection(self.origins):
            raise Rejected("handshake_refused", "this origin may not deliver here")
        rate = "*" if self.rate is None else str(self.rate)
        named = (("allow", "OPTIONS, POST"), ("webhook-allowed-origin", origin))
        return Reply(headers=(*named, ("webhook-allowed-rate", rate)))


@record
class SubscriptionValidation(Kind):
    """Azure Event Grid: the first event of a subscription, whose code is returned.

    https://learn.microsoft.com/en-us/azure/event-grid/end-point-validation-event-grid-events-schema. The call is verified as events are.
    """

    is_signed: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The type and the code; an array is not a step of a path."""
        return (("eventType",), ("data", "validationCode"))

    def is_one(self, request: Request) -> bool:
        """A list of one event of this type."""
        return _VALIDATION.encode() in request.body and find(_only_event(request), "eventType") == _VALIDATION

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An answer with the code."""
        code = find(_only_event(request), "data", "validationCode")
        return json_reply({"validationResponse": echoed(code, "data.validationCode")})


def _only_event(request: Request) -> Json:
    events = objects_in(member(request))
    return events[0] if len(events) == 1 else None
