"""The calls to senders' APIs, and the use of their answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from contract.builders import START
from hookline.domain.request import Headers, Request
from hookline.domain.transaction import attributes_of
from hookline.providers import PROVIDERS
from hookline.providers.fetches import APIS, api_of
from hookline.providers.transactions import mapper_of
from hookline.providers.transactions.reading import exact

if TYPE_CHECKING:
    from hookline.providers.fetches.sender_api import SenderApi


def api(scheme: str) -> SenderApi:
    """The sender's API."""
    found = api_of(scheme)
    assert found is not None
    return found


def request(body: bytes = b"{}", media_type: str = "application/json") -> Request:
    """A call with this body."""
    headers = Headers.of(content_type=media_type)
    return Request(method="POST", path="/", query="", headers=headers, body=body, received_at=START)


def wanted(scheme: str, document: dict[str, Any]) -> object:
    """The call for an event."""
    return api(scheme).find(request(json.dumps(document).encode()), document)


def notice(topic: object = "payment", id_: object = "1") -> dict[str, Any]:
    """Mercado Pago's notification."""
    return {"type": topic, "data": {"id": id_}}


def gocardless(action: str = "confirmed", resource: str = "payments", **links: str) -> dict[str, Any]:
    """GoCardless's call with one event."""
    event = {
        "id": "EV1",
        "created_at": "2026-01-02T03:04:05.000Z",
        "resource_type": resource,
        "action": action,
        "links": links,
    }
    return {"events": [event]}


def mollie(name: str = "payment.paid", id_: str = "tr_1", **more: Any) -> dict[str, Any]:
    """Mollie's next-generation event."""
    return {"resource": "event", "type": name, "entityId": id_, "createdAt": "2026-01-02T03:04:05.0Z", **more}


@pytest.mark.parametrize("scheme", sorted(APIS))
def test_an_api_belongs_to_a_sender_and_says_where_it_is_documented(scheme: str) -> None:
    """A reader can check an API only with its documentation."""
    assert scheme in PROVIDERS
    assert api(scheme).documentation.startswith("https://")
    assert api(scheme).root.startswith("/")
    assert api(scheme).root.endswith("/")
    assert "authorization" not in {name.lower() for name in api(scheme).headers}


def test_no_other_sender_has_one() -> None:
    """The configuration uses this answer to accept or refuse ``fetch``."""
    assert api_of("stripe") is None
    assert api_of("../stripe") is None


@pytest.mark.parametrize(
    ("scheme", "document", "expected"),
    [
        ("mercado-pago", notice(), "payments/1"),
        ("mercado-pago", notice(id_=20359978), "payments/20359978"),
        ("mercado-pago", notice("topic_chargebacks_wh", "217000087654321000"), "chargebacks/217000087654321000"),
        ("mercado-pago", notice("subscription_preapproval"), None),
        ("mercado-pago", notice(["payment"]), None),
        ("mercado-pago", {"type": "payment"}, None),
        ("gocardless", gocardless(payment="PM1"), "payments/PM1"),
        ("gocardless", gocardless("paid", "refunds", refund="RF1"), "refunds/RF1"),
        ("gocardless", gocardless("charged_back", payment="PM1"), "payments/PM1"),
        ("gocardless", gocardless("created", payment="PM1"), None),
        ("gocardless", gocardless("paid", "payouts", payout="PO1"), None),
        ("gocardless", {"events": [*gocardless(payment="PM1")["events"]] * 2}, None),
        ("mollie", mollie(), "payments/tr_1"),
        ("mollie", mollie(_embedded={"entity": {"id": "tr_1"}}), None),
        ("mollie", mollie("refund.refunded", "re_1"), None),
    ],
)
def test_only_what_an_event_needs_is_asked_for(scheme: str, document: dict[str, Any], expected: object) -> None:
    """An event that says everything about a payment, or is about none, costs no call."""
    assert wanted(scheme, document) == expected


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "0",
        "01",
        "1/../2",
        "1?a=b",
        "1#",
        "1 ",
        " 1",
        "\uff11",
        "1\n",
        "-1",
        "1.0",
        "1" * 30,
        "%31",
        True,
        1.5,
        None,
        [],
    ],
)
def test_an_id_with_anything_else_in_it_is_asked_for_by_nobody(id_: object) -> None:
    """It would become a part of the path, in a call with the token."""
    assert wanted("mercado-pago", notice(id_=id_)) is None
    assert wanted("gocardless", gocardless(payment=f"PM{id_}/")) is None
    assert wanted("mollie", mollie(id_=f"tr_{id_}/")) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"id=tr_5B8cwPMGnU", "payments/tr_5B8cwPMGnU"),
        (b"id=tr%5F1", "payments/tr_1"),
        (b"id=tr_1&testByMollie=1", "payments/tr_1"),
        (b"id=tr_1&id=tr_1", None),
        (b"id=ord_1", None),
        (b"id=tr_", None),
        (b"id=tr_1%00", None),
        (b"id=tr_1%2F..", None),
        (b"id=tr_" + b"a" * 65, None),
        (b"", None),
        (b'{"id": "tr_1"}', None),
        (b"&" * 1000, None),
    ],
)
def test_a_classic_call_names_one_payment(body: bytes, expected: str | None) -> None:
    """The form has nothing else that could be looked at."""
    sent = request(body, "application/x-www-form-urlencoded")

    assert api("mollie-classic").find(sent, None) == expected


@pytest.mark.parametrize(
    ("scheme", "answer", "what", "is_it"),
    [
        ("mercado-pago", {"id": 1}, "payments/1", True),
        ("mercado-pago", {"id": "1"}, "chargebacks/1", True),
        ("mercado-pago", {"id": 2}, "payments/1", False),
        ("mercado-pago", {"id": True}, "payments/1", False),
        ("mercado-pago", {}, "payments/1", False),
        ("mercado-pago", [1], "payments/1", False),
        ("mollie", {"resource": "payment", "id": "tr_1"}, "payments/tr_1", True),
        ("mollie", {"resource": "refund", "id": "tr_1"}, "payments/tr_1", False),
        ("mollie", {"resource": "payment", "id": "tr_2"}, "payments/tr_1", False),
        ("gocardless", {"payments": {"id": "PM1"}}, "payments/PM1", True),
        ("gocardless", {"refunds": {"id": "RF1"}}, "refunds/RF1", True),
        ("gocardless", {"payments": {"id": "PM2"}}, "payments/PM1", False),
        ("gocardless", {"refunds": {"id": "PM1"}}, "payments/PM1", False),
    ],
)
def test_an_answer_about_something_else_is_none(scheme: str, answer: Any, what: str, *, is_it: bool) -> None:
    """A cache that mixes answers up would put another customer's amount on the queue."""
    assert api(scheme).is_about(answer, what) is is_it


@pytest.mark.parametrize(
    ("event", "answer", "expected"),
    [
        (gocardless(payment="PM1"), {"payments": {"amount": 1000, "currency": "GBP"}}, ("10.00", None)),
        (gocardless("failed", payment="PM1"), {"payments": {"amount": 1000, "currency": "GBP"}}, ("0.00", None)),
        (
            gocardless("paid", "refunds", refund="RF1"),
            {"refunds": {"amount": 500, "currency": "GBP"}},
            ("5.00", None),
        ),
        (gocardless("charged_back", payment="PM1"), {"payments": {"amount": 1, "currency": "GBP"}}, ("0.01", "0.01")),
        (
            gocardless("chargeback_cancelled", payment="PM1"),
            {"payments": {"amount": 1, "currency": "GBP"}},
            ("0.00", "0.01"),
        ),
    ],
)
def test_gocardlesss_amounts_complete_its_events(
    event: dict[str, Any], answer: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    """The event itself has the kind, the status and the time."""
    mapper = mapper_of("gocardless")
    assert mapper is not None
    known = mapper(event)
    assert known is not None

    (found,) = api("gocardless").movements(exact(json.dumps(answer).encode()), attributes_of(known))

    assert (found.amount, found.claimed, found.currency) == (*expected, "GBP")
    assert (found.kind, found.stage, found.reference, found.occurred_at, found.original_type, found.payment) == (
        known.kind,
        known.stage,
        known.reference,
        known.occurred_at,
        known.original_type,
        known.payment,
    )


@pytest.mark.parametrize("scheme", sorted(APIS))
@pytest.mark.parametrize("answer", [None, [], {}, {"payments": []}, {"id": {}}, {"resource": []}, "text", 1])
def test_no_answer_raises(scheme: str, answer: Any) -> None:
    """The sender's host may answer with anything."""
    assert api(scheme).is_about(answer, "payments/1") is False
    assert api(scheme).movements(answer, {}) == ()
