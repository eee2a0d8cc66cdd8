"""Subscriptions that are confirmed by fetching a URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.handshake import Reply
from hookline.providers.handshakes.handshake import Kind, invalid, member
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["SubscriptionConfirmation"]

_URL = re.compile(r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?/\?[A-Za-z0-9_.~%&=:+/-]{1,2048}")
"""The host and nothing but the host: no user before it, no port behind it, no path but the service's own."""


@record
class SubscriptionConfirmation(Kind):
    """Amazon SNS: a signed message of this type, confirmed by a GET of its ``SubscribeURL``, which must be the service's own.

    https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    """

    is_signed: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The type and the URL."""
        return (("Type",), ("SubscribeURL",))

    def is_one(self, request: Request) -> bool:
        """A message of type ``SubscriptionConfirmation``."""
        return b"SubscriptionConfirmation" in request.body and member(request, "Type") == "SubscriptionConfirmation"

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- the Handshake protocol's shape
        """Nothing, once the URL was fetched."""
        url = member(request, "SubscribeURL")
        if not isinstance(url, str) or not _URL.fullmatch(url) or "Action=ConfirmSubscription" not in url:
            raise invalid("SubscribeURL is not one of Amazon SNS")
        return Reply(fetch_url=url)
