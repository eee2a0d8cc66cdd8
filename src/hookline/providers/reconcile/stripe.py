"""Stripe: https://docs.stripe.com/api/events/list, which goes back 30 days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from hookline.domain.sender_call import SenderCall
from hookline.providers.reconcile.listing import (
    ListingError,
    Page,
    Sent,
    as_list,
    as_moment,
    as_object,
    as_text,
    document_of,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json
    from hookline.domain.sender_call import SenderAnswer
    from hookline.providers.reconcile.listing import Window

__all__ = ["of"]

_PATH: Final = "/v1/events"
_ID: Final = re.compile(r"[A-Za-z0-9_]{1,255}")
_PAGE: Final = 100
_AFTER: Final = "&starting_after="


@record
class _StripeEvents:
    says_delivered: bool = True
    newest_first: bool = True
    has_events: bool = True
    note: str = "Stripe lists the events of the whole account: name the types that its endpoint sends with --type, or take --undelivered"

    def first(self, window: Window) -> str:
        since, until = (int(moment.timestamp()) for moment in (window.since, window.until))
        words = {"limit": str(_PAGE), "created[gte]": str(since), "created[lt]": str(until)}
        return urlencode(words | ({"delivery_success": "false"} if window.undelivered else {}))

    def page(self, query: str) -> SenderCall:
        return SenderCall(path=f"{_PATH}?{query}")

    def read(self, query: str, answer: SenderAnswer) -> Page:
        document = as_object(document_of(answer.body), "the answer")
        events = [_sent(one) for one in as_list(document.get("data"), "data")]
        more = document.get("has_more")
        if not isinstance(more, bool):
            raise ListingError("has_more is neither true nor false")
        next_ = f"{query.partition(_AFTER)[0]}{_AFTER}{quote(events[-1].key)}" if more and events else None
        return Page(events=events, next=next_)

    def one(self, sent: Sent) -> SenderCall:
        return SenderCall(path=f"{_PATH}/{quote(sent.key, safe='')}")

    def delivery(self, sent: Sent, answer: SenderAnswer) -> tuple[Mapping[str, str], bytes]:
        if as_object(document_of(answer.body), "the event").get("id") != sent.key:
            raise ListingError("the answer has another event")
        return {"content-type": "application/json"}, answer.body

    def again(self, sent: Sent) -> SenderCall | None:  # noqa: ARG002 -- as for other senders
        """None: only Stripe's dashboard and command line can do it."""
        return None


def of(hook: str | None) -> _StripeEvents:
    """Stripe's list, which is one for the whole account."""
    if hook is not None:
        raise ListingError("Stripe has one list for the whole account: --hook cannot be used")
    return _StripeEvents()


def _sent(value: Json) -> Sent:
    event = as_object(value, "an event")
    key = as_text(event.get("id"), "the id of an event")
    if not _ID.fullmatch(key):
        raise ListingError("the id of an event does not have Stripe's form")
    type_ = as_text(event.get("type"), "the type of an event")
    waiting = event.get("pending_webhooks")
    delivered = waiting == 0 if isinstance(waiting, int) and not isinstance(waiting, bool) else None
    at = as_moment(event.get("created"), "the time of an event")
    return Sent(key=key, type=type_, at=at, delivered=delivered, document=event)
