"""GitHub: https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook, which goes back a few days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

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
    member_text,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json
    from hookline.domain.sender_call import SenderAnswer
    from hookline.providers.reconcile.listing import Window

__all__ = ["of"]

_HOOK: Final = re.compile(r"(?:repos/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+|orgs/[A-Za-z0-9_.-]+)/hooks/[0-9]{1,20}")
_DOTS: Final = frozenset({".", ".."})
_NEXT: Final = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="next"')
_CURSOR: Final = re.compile(r"[A-Za-z0-9_:=.-]{1,200}")
_PAGE: Final = 100
_SUCCESS: Final = range(200, 300)


@record
class _GithubDeliveries:
    hook: str
    says_delivered: bool = True
    newest_first: bool = True
    has_events: bool = True
    note: str = ""

    def first(self, window: Window) -> str:  # noqa: ARG002 -- the list has no filter by time: it begins with the newest
        return urlencode({"per_page": _PAGE})

    def page(self, query: str) -> SenderCall:
        return SenderCall(path=f"/{self.hook}/deliveries?{query}")

    def read(self, query: str, answer: SenderAnswer) -> Page:  # noqa: ARG002 -- a header has the cursor of the next page
        events = [_sent(one) for one in as_list(document_of(answer.body), "the answer")]
        found = _NEXT.search(answer.headers.get("link", ""))
        return Page(events=events, next=_query(found[1]) if found and events else None)

    def one(self, sent: Sent) -> SenderCall:
        return SenderCall(path=f"/{self.hook}/deliveries/{sent.key}")

    def delivery(self, sent: Sent, answer: SenderAnswer) -> tuple[Mapping[str, str], bytes]:
        """The payload is an object in the list; GitHub's own headers are as they were sent."""
        request = as_object(as_object(document_of(answer.body), "the delivery").get("request"), "request")
        given = as_object(request.get("headers"), "request.headers")
        headers = {name.lower(): value for name, value in given.items() if isinstance(value, str) and value.isascii()}
        own = {name: value for name, value in headers.items() if name.startswith("x-github-") and value.isprintable()}
        return own | dict(sent.headers) | {"content-type": "application/json"}, member_text(
            answer.body, "request", "payload"
        )

    def again(self, sent: Sent) -> SenderCall | None:
        return SenderCall(path=f"/{self.hook}/deliveries/{sent.key}/attempts", method="POST", body=b"")


def of(hook: str | None) -> _GithubDeliveries:
    """The deliveries of one webhook."""
    if hook is None:
        raise ListingError("GitHub lists the deliveries of one webhook: name it, as --hook repos/OWNER/REPO/hooks/ID")
    if not _HOOK.fullmatch(hook) or not _DOTS.isdisjoint(hook.split("/")):
        raise ListingError("a webhook of GitHub is repos/OWNER/REPO/hooks/ID or orgs/ORG/hooks/ID")
    return _GithubDeliveries(hook=hook)


def _sent(value: Json) -> Sent:
    delivery = as_object(value, "a delivery")
    number, status = delivery.get("id"), delivery.get("status_code")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ListingError("the id of a delivery is not a number")
    event, guid = as_text(delivery.get("event"), "the event of a delivery"), as_text(delivery.get("guid"), "its guid")
    return Sent(
        key=str(number),
        type=event,
        at=as_moment(delivery.get("delivered_at"), "the time of a delivery"),
        delivered=status in _SUCCESS if isinstance(status, int) and not isinstance(status, bool) else None,
        headers={"x-github-delivery": guid, "x-github-event": event},
    )


def _query(link: str) -> str:
    """The query of the next page, made only from the link's cursor."""
    try:
        found = parse_qs(urlsplit(link).query).get("cursor", [""])[0]
    except ValueError:
        found = ""
    if not _CURSOR.fullmatch(found):
        raise ListingError("the link to the next page has no cursor")
    return urlencode({"per_page": _PAGE, "cursor": found}, quote_via=quote)
