"""PayPal: https://developer.paypal.com/docs/api/webhooks/v1/#webhooks-events_list, which goes back 30 days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from hookline.domain.sender_call import SenderCall
from hookline.providers.primitives import written_time
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

_PATH: Final = "/v1/notifications/webhooks-events"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_QUERY: Final = re.compile(r"[A-Za-z0-9_=&%.:~+-]{1,2000}")
_PAGE: Final = 100


@record
class _PaypalEvents:
    says_delivered: bool = False
    newest_first: bool = False
    has_events: bool = True
    note: str = (
        "PayPal lists the events of all webhooks of the application: name the types that this one gets with --type"
    )

    def first(self, window: Window) -> str:
        since, until = (written_time(moment, "rfc3339") for moment in (window.since, window.until))
        return urlencode({"page_size": str(_PAGE), "start_time": since, "end_time": until})

    def page(self, query: str) -> SenderCall:
        return SenderCall(path=f"{_PATH}?{query}")

    def read(self, query: str, answer: SenderAnswer) -> Page:  # noqa: ARG002 -- its answer has the whole next query
        document = as_object(document_of(answer.body), "the answer")
        events = [_sent(one) for one in as_list(document.get("events", []), "events")]
        return Page(events=events, next=_next(document) if events else None)

    def one(self, sent: Sent) -> SenderCall:
        return SenderCall(path=f"{_PATH}/{sent.key}")

    def delivery(self, sent: Sent, answer: SenderAnswer) -> tuple[Mapping[str, str], bytes]:
        if as_object(document_of(answer.body), "the event").get("id") != sent.key:
            raise ListingError("the answer has another event")
        return {"content-type": "application/json"}, answer.body

    def again(self, sent: Sent) -> SenderCall | None:
        return SenderCall(path=f"{_PATH}/{sent.key}/resend", method="POST", body=b"{}")


def of(hook: str | None) -> _PaypalEvents:
    """PayPal's list, which is one for all webhooks of an application."""
    if hook is not None:
        raise ListingError("PayPal has one list for all webhooks of an application: --hook cannot be used")
    return _PaypalEvents()


def _sent(value: Json) -> Sent:
    event = as_object(value, "an event")
    key = as_text(event.get("id"), "the id of an event")
    if not _ID.fullmatch(key):
        raise ListingError("the id of an event does not have PayPal's form")
    type_ = as_text(event.get("event_type"), "the type of an event")
    return Sent(key=key, type=type_, at=as_moment(event.get("create_time"), "the time of an event"), document=event)


def _next(document: Mapping[str, Json]) -> str | None:
    """The query of the link to the next page; a link to any other place is refused."""
    for value in as_list(document.get("links", []), "links"):
        link = as_object(value, "a link")
        if link.get("rel") != "next":
            continue
        href = link.get("href")
        try:
            where = urlsplit(href if isinstance(href, str) else "")
        except ValueError:
            where = urlsplit("")
        if where.path.rstrip("/") != _PATH or not _QUERY.fullmatch(where.query):
            raise ListingError("the link to the next page is not a page of this list")
        return where.query
    return None
