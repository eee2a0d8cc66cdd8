"""What senders' APIs answer about what they have sent: every answer becomes an event, a page, or a ListingError."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.sender_call import SenderAnswer
from hookline.providers import PROVIDERS
from hookline.providers.reconcile import COMPARABLE, NOT_COMPARABLE, REPORTED, sent_events
from hookline.providers.reconcile.listing import ListingError, Sent, Window, as_moment, member_text
from sent_events import github_delivery, github_detail, paypal_event, stripe_event

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOOK = "repos/acme/shop/hooks/42"
LISTS = {name: sent_events(name, HOOK if name == "github" else None) for name in COMPARABLE}
every_list = pytest.mark.parametrize("name", COMPARABLE)
simple = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
documents = st.recursive(
    simple, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
MEMBERS = (
    "id",
    "guid",
    "type",
    "event",
    "event_type",
    "created",
    "create_time",
    "delivered_at",
    "status_code",
    "data",
    "events",
    "links",
    "has_more",
    "request",
    "headers",
    "payload",
    "rel",
    "href",
)
likely = st.recursive(
    simple
    | st.sampled_from(
        ["evt_1", "next", "2026-01-02T03:04:05Z", "https://api-m.paypal.com/v1/notifications/webhooks-events?a=b"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6),
    max_leaves=20,
)


def answer(document: object, **headers: str) -> SenderAnswer:
    """An answer with this document."""
    return SenderAnswer(status=200, body=json.dumps(document).encode(), headers=headers)


@every_list
@given(document=documents | likely, link=st.text(max_size=40))
def test_a_page_is_read_or_refused(name: str, document: object, link: str) -> None:
    """No other error may be raised: a sender's bug must not look like a bug of hookline."""
    try:
        page = LISTS[name].read("limit=100", answer(document, link=f'<{link}>; rel="next"'))
    except ListingError:
        return
    assert all(sent.at.tzinfo is not None and sent.key.isprintable() for sent in page.events)
    assert page.next is None or page.next.isascii()


@every_list
@given(body=st.binary(max_size=60) | likely.map(lambda one: json.dumps(one).encode()))
def test_a_delivery_is_read_or_refused(name: str, body: bytes) -> None:
    """An answer with one event is either read, or refused without another error."""
    sent = Sent(key="evt_1", type="t", at=NOW)
    try:
        headers, _ = LISTS[name].delivery(sent, SenderAnswer(status=200, body=body))
    except ListingError:
        return
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@given(inner=documents, before=documents, after=documents, spaces=st.text(" \n\t\r", max_size=3))
def test_a_member_comes_out_as_it_is_written(inner: object, before: object, after: object, spaces: str) -> None:
    """The text of the member keeps each of its characters."""
    text = f"{spaces}{json.dumps(inner)}{spaces}".strip()
    request = f'{{"x": 1,"payload"{spaces}:{spaces}{text}{spaces}}}'
    body = f'{{"before": {json.dumps(before)},{spaces}"request":{spaces}{request}, "after": {json.dumps(after)}}}'

    assert member_text(body.encode(), "request", "payload") == text.encode()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"request": 1}', b'{"request": {"payload": ', b"\xff", b'{"request": [{"payload": 1}]}'],
)
def test_a_member_that_is_not_there_is_refused(body: bytes) -> None:
    """Broken JSON is refused in the same way."""
    with pytest.raises(ListingError):
        member_text(body, "request", "payload")


@pytest.mark.parametrize(
    "value", [True, -1, 10**30, 1.5, "yesterday", "2026-01-02", None, [], "0001-01-01T00:00:00+23:59"]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    """The times decide which events are in the window."""
    with pytest.raises(ListingError):
        as_moment(value, "it")  # type: ignore[arg-type]  # any JSON value


def test_the_documented_answers_are_read() -> None:
    """Each answer is the one of the sender's documentation."""
    stripe = LISTS["stripe"].read("q", answer({"object": "list", "has_more": True, "data": [stripe_event(7, NOW)]}))
    paypal = LISTS["paypal"].read("q", answer({"events": [paypal_event(7, NOW)], "count": 1, "links": []}))
    delivery = github_delivery(9, "0b989ba4", NOW)
    github = LISTS["github"].read("q", answer([delivery]))

    assert [(one.type, one.at, one.delivered) for one in (*stripe.events, *paypal.events, *github.events)] == [
        ("charge.succeeded", NOW, False),
        ("PAYMENT.CAPTURE.COMPLETED", NOW, None),
        ("issues", NOW, False),
    ]
    assert stripe.next == f"q&starting_after={stripe.events[0].key}"
    assert (paypal.next, github.next) == (None, None)
    headers, body = LISTS["github"].delivery(
        github.events[0], SenderAnswer(status=200, body=github_detail(delivery, '{"a": 1.10}'))
    )
    assert (headers["x-github-event"], headers["x-github-hook-id"], body) == ("issues", "42", b'{"a": 1.10}')
    assert "x-hub-signature-256" not in headers


def test_the_window_is_asked_for_where_the_api_can() -> None:
    """Fewer pages are read, and the sender's own clock decides which events are in the window."""
    window = Window(since=NOW - timedelta(hours=1), until=NOW, undelivered=True)

    assert LISTS["stripe"].first(window) == (
        "limit=100&created%5Bgte%5D=1772362800&created%5Blt%5D=1772366400&delivery_success=false"
    )
    assert "start_time=2026-03-01T11%3A00%3A00" in LISTS["paypal"].first(window)
    assert LISTS["github"].first(window) == "per_page=100"


@pytest.mark.parametrize(
    ("name", "hook"),
    [
        ("github", None),
        ("github", "repos/a/../hooks/1"),
        ("github", "repos/a/b/hooks/1/x"),
        ("github", "/repos/a/b/hooks/1"),
        ("stripe", HOOK),
        ("paypal", HOOK),
    ],
)
def test_a_webhook_that_is_named_wrong_is_refused(name: str, hook: str | None) -> None:
    """The name becomes a part of the path."""
    with pytest.raises(ListingError):
        sent_events(name, hook)


def test_every_name_is_a_sender_of_the_catalogue() -> None:
    """A scheme that is misspelt here could not be compared, and nobody would know why."""
    assert {*COMPARABLE, *NOT_COMPARABLE} <= set(PROVIDERS)
    assert NOT_COMPARABLE.keys().isdisjoint(COMPARABLE)
    assert REPORTED.keys() <= set(COMPARABLE)


HEAD = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Booking Date,TimeZone,Record Type"
)


def report(*rows: str, head: str = HEAD) -> SenderAnswer:
    """A part of a payment accounting report."""
    return SenderAnswer(status=200, body="\r\n".join([head, *rows, ""]).encode(), headers={"next": "77"})


def test_a_report_of_adyen_says_what_was_authorised() -> None:
    """It is read in its own time zone, and with the result that the notification has; other lines are ignored."""
    page = LISTS["adyen"].read(
        "0",
        report(
            'Co,Shop,7914073381342284,"Order, 1",visa,2026-03-01 13:00:00,CET,Received',
            'Co,Shop,7914073381342284,"Order, 1",visa,2026-03-01 13:00:00,CET,Authorised',
            "Co,Shop,8814073381342285,Order 2,mc,2026-03-01 04:00:00,PST,Refused",
            "Co,Shop,7914073381342284,Order 1,visa,2026-03-01 14:00:00,CET,SentForSettle",
        ),
    )

    assert [(one.type, one.at, one.document) for one in page.events] == [
        (
            "AUTHORISATION",
            NOW,
            {
                "notificationItems": [
                    {
                        "NotificationRequestItem": {
                            "pspReference": reference,
                            "eventCode": "AUTHORISATION",
                            "success": success,
                        }
                    }
                ]
            },
        )
        for reference, success in (("7914073381342284", "true"), ("8814073381342285", "false"))
    ]
    assert page.next == "77"


@pytest.mark.parametrize(
    "answered",
    [
        report(head="Company Account,Psp Reference"),
        report("Co,Shop,../../x,O,visa,2026-03-01 13:00:00,CET,Authorised"),
        report("Co,Shop,,O,visa,2026-03-01 13:00:00,CET,Authorised"),
        report("Co,Shop,791,O,visa,2026-03-01,CET,Authorised"),
        report("Co,Shop,791,O,visa,2026-03-01 13:00:00,XYZ,Authorised"),
        report("Co,Shop,791,O,visa,0001-01-01 00:00:00,CET,Authorised"),
        report('Co,Shop,791,"O,visa,2026-03-01 13:00:00,CET,Authorised'),
        SenderAnswer(status=200, body=b"\xff\xfe"),
        SenderAnswer(status=200, body=b""),
    ],
)
def test_what_is_no_report_is_refused(answered: SenderAnswer) -> None:
    """Another report has other columns, and a time that cannot be read decides nothing."""
    with pytest.raises(ListingError):
        LISTS["adyen"].read("0", answered)
