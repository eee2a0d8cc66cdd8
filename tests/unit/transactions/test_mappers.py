"""Each sender's events in the canonical shape, from the samples of the senders' own documentation."""

from __future__ import annotations

import orjson
import pytest

from hookline.domain.transaction import Kind, Transaction
from hookline.providers.transactions import MAPPED, mapper_of
from unit.transactions.samples import SAMPLES, changed, mapped, mapper, sample

PAYMENT, REFUND, DISPUTE = Kind.PAYMENT, Kind.REFUND, Kind.DISPUTE

CHARGE = "ch_3MmlLrLkdIwHu7ix0snN0B15"
SQUARE_REFUND = "KkAkhdMsgzn59SM8A89WgKwekxLZY_ptNBVqHYxt5gAdfcobBe4u1AZsXhoz06KTtuq9Ls24P"
STRIPE_REFUND = "re_1Nispe2eZvKYlo2Cd31jOCgZ"
STRIPE_DISPUTE = "du_1MtJUT2eZvKYlo2CNaw2HvEv"
ADYEN = "QFQTPCQ8HXSKGK82"
RAZORPAY_DISPUTE = "disp_EsIAlDcoUr8CaQ"
ADJUSTMENT = "adj_01hvgf2s84dr6reszzg29zbvc"
NEW_YEAR = "2021-01-01T01:00:00+01:00"
EXPECTED = {
    ("stripe", "charge.succeeded"): (PAYMENT, "10.99", "USD", CHARGE, "2023-03-17T22:02:20Z"),
    ("stripe", "charge.captured"): (PAYMENT, "10.99", "USD", CHARGE, "2023-03-17T22:03:20Z"),
    ("stripe", "payment_intent.succeeded"): (
        PAYMENT,
        "20.00",
        "USD",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "2023-04-06T17:01:46Z",
    ),
    ("stripe", "charge.refunded"): (REFUND, "10.99", "USD", CHARGE, "2023-03-17T22:10:00Z"),
    ("stripe", "refund.created"): (REFUND, "10.00", "USD", STRIPE_REFUND, "2023-08-25T05:45:18Z"),
    ("stripe", "refund.updated"): (REFUND, "10.00", "USD", STRIPE_REFUND, "2023-08-26T05:45:18Z"),
    ("stripe", "charge.dispute.created"): (DISPUTE, "10.00", "USD", STRIPE_DISPUTE, "2023-04-04T23:42:18Z"),
    ("stripe", "charge.dispute.updated"): (DISPUTE, "10.00", "USD", STRIPE_DISPUTE, "2023-04-05T23:42:18Z"),
    ("stripe", "charge.dispute.funds_withdrawn"): (DISPUTE, "10.00", "USD", STRIPE_DISPUTE, "2023-04-04T23:42:19Z"),
    ("stripe", "charge.dispute.funds_reinstated"): (DISPUTE, "10.00", "USD", STRIPE_DISPUTE, "2023-04-25T00:00:00Z"),
    ("stripe", "charge.dispute.closed"): (DISPUTE, "10.00", "USD", STRIPE_DISPUTE, "2023-04-25T00:00:01Z"),
    ("adyen", "AUTHORISATION"): (PAYMENT, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "REFUND"): (REFUND, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "REFUND_WITH_DATA"): (REFUND, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "CANCEL_OR_REFUND"): (REFUND, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "REQUEST_FOR_INFORMATION"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "NOTIFICATION_OF_CHARGEBACK"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "INFORMATION_SUPPLIED"): (DISPUTE, "100.00", "USD", "9915555555555555", "2025-05-17T09:35:14+02:00"),
    ("adyen", "ISSUER_COMMENTS"): (DISPUTE, "10.00", "EUR", "9915555555555555", "2025-05-17T09:35:14+02:00"),
    ("adyen", "CHARGEBACK"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "CHARGEBACK_REVERSED"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "SECOND_CHARGEBACK"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "DISPUTE_DEFENSE_PERIOD_ENDED"): (
        DISPUTE,
        "10.00",
        "EUR",
        "9915555555555555",
        "2024-11-11T01:30:57+01:00",
    ),
    ("adyen", "ISSUER_RESPONSE_TIMEFRAME_EXPIRED"): (
        DISPUTE,
        "100.00",
        "USD",
        "9915555555555555",
        "2021-05-19T09:35:14+02:00",
    ),
    ("adyen", "PREARBITRATION_WON"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("adyen", "PREARBITRATION_LOST"): (DISPUTE, "10.00", "EUR", ADYEN, NEW_YEAR),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED"): (
        PAYMENT,
        "5.00",
        "USD",
        "27M47624FP291604U",
        "2019-02-14T21:50:07.940Z",
    ),
    ("paypal", "PAYMENT.SALE.COMPLETED"): (PAYMENT, "20.00", "USD", "2FY57107YS3937627", "2015-06-01T20:21:13Z"),
    ("paypal", "PAYMENT.CAPTURE.REFUNDED"): (REFUND, "0.99", "USD", "1Y107995YT783435V", "2018-08-15T19:14:04.543Z"),
    ("paypal", "PAYMENT.SALE.REFUNDED"): (REFUND, "0.01", "USD", "6YX43824R4443062K", "2014-10-31T15:42:24Z"),
    ("paypal", "CUSTOMER.DISPUTE.CREATED"): (DISPUTE, "3.00", "USD", "PP-000-042-663-135", "2018-06-21T13:36:33.000Z"),
    ("paypal", "CUSTOMER.DISPUTE.UPDATED"): (DISPUTE, "3.00", "USD", "PP-000-042-663-135", "2018-06-21T14:05:12.000Z"),
    ("paypal", "CUSTOMER.DISPUTE.RESOLVED"): (DISPUTE, "3.00", "USD", "PP-000-042-663-135", "2018-06-21T15:05:58.000Z"),
    ("square", "payment.created"): (
        PAYMENT,
        "10.00",
        "USD",
        "KkAkhdMsgzn59SM8A89WgKwekxLZY",
        "2020-02-06T21:27:30.792Z",
    ),
    ("square", "payment.updated"): (
        PAYMENT,
        "10.00",
        "USD",
        "KkAkhdMsgzn59SM8A89WgKwekxLZY",
        "2020-02-06T21:27:34.308Z",
    ),
    ("square", "refund.created"): (REFUND, "10.00", "USD", SQUARE_REFUND, "2020-02-06T21:27:42.000Z"),
    ("square", "refund.updated"): (REFUND, "10.00", "USD", SQUARE_REFUND, "2020-02-06T22:14:16.421Z"),
    ("square", "dispute.created"): (DISPUTE, "88.01", "USD", "ORSEVtZAJxb37RA1EiGw", "2020-02-19T21:24:53.400Z"),
    ("square", "dispute.state.updated"): (DISPUTE, "88.01", "USD", "ORSEVtZAJxb37RA1EiGw", "2020-02-19T21:34:41.851Z"),
    ("razorpay", "payment.captured"): (PAYMENT, "1.00", "INR", "pay_DESlfW9H8K9uqM", "2019-09-05T09:10:06Z"),
    ("razorpay", "refund.processed"): (REFUND, "500.00", "INR", "rfnd_FS8TWyPrCsa0OB", "2020-08-18T07:01:11Z"),
    ("razorpay", "payment.dispute.created"): (DISPUTE, "390.00", "INR", RAZORPAY_DISPUTE, "2020-05-19T17:06:17Z"),
    ("razorpay", "payment.dispute.under_review"): (DISPUTE, "390.00", "INR", RAZORPAY_DISPUTE, "2020-05-20T17:06:17Z"),
    ("razorpay", "payment.dispute.action_required"): (
        DISPUTE,
        "390.00",
        "INR",
        RAZORPAY_DISPUTE,
        "2020-05-21T17:06:17Z",
    ),
    ("razorpay", "payment.dispute.won"): (DISPUTE, "390.00", "INR", RAZORPAY_DISPUTE, "2020-05-22T17:06:17Z"),
    ("razorpay", "payment.dispute.lost"): (DISPUTE, "390.00", "INR", RAZORPAY_DISPUTE, "2020-05-22T17:06:17Z"),
    ("razorpay", "payment.dispute.closed"): (DISPUTE, "390.00", "INR", RAZORPAY_DISPUTE, "2020-05-22T17:06:17Z"),
    ("paddle", "transaction.completed"): (
        PAYMENT,
        "652.15",
        "USD",
        "txn_01hv8wptq8987qeep44cyrewp9",
        "2024-04-12T10:18:50.155553Z",
    ),
    ("paddle", "adjustment.created.refund"): (REFUND, "1.00", "USD", f"{ADJUSTMENT}m", "2024-04-15T08:48:21.360160Z"),
    ("paddle", "adjustment.updated.refund"): (REFUND, "1.00", "USD", f"{ADJUSTMENT}m", "2024-04-15T08:54:11.773271Z"),
    ("paddle", "adjustment.created.chargeback"): (
        DISPUTE,
        "1.00",
        "USD",
        f"{ADJUSTMENT}n",
        "2024-05-02T09:00:01.000000Z",
    ),
    ("paddle", "adjustment.created.chargeback_reverse"): (
        DISPUTE,
        "1.00",
        "USD",
        f"{ADJUSTMENT}p",
        "2024-06-03T09:00:01.000000Z",
    ),
    ("gocardless", "payments.confirmed"): (PAYMENT, None, None, "PM123", "2019-09-16T11:45:03.927Z"),
    ("gocardless", "refunds.paid"): (REFUND, None, None, "RF000099999999", "2017-06-27T10:00:26.278Z"),
    ("gocardless", "payments.charged_back"): (DISPUTE, None, None, "PM123", "2014-08-04T12:00:00.000Z"),
    ("gocardless", "payments.chargeback_cancelled"): (DISPUTE, None, None, "PM123", "2014-08-10T12:00:00.000Z"),
    ("gocardless", "payments.chargeback_settled"): (DISPUTE, None, None, "PM123", "2014-08-12T12:00:00.000Z"),
}


@pytest.mark.parametrize(("provider", "name"), EXPECTED, ids=str)
def test_a_documented_sample_is_mapped_whole(provider: str, name: str) -> None:
    """Every field is written down here by hand: a mapping that drifts moves money to the wrong place."""
    kind, amount, currency, reference, occurred_at = EXPECTED[provider, name]

    assert mapped(provider, sample(provider, name)) == Transaction(
        kind=kind,
        reference=reference,
        occurred_at=occurred_at,
        original_type=name,
        amount=amount,
        currency=currency,
    )


def test_every_mapped_type_has_a_sample_and_every_sample_a_type() -> None:
    """A type without a sample is one that nobody has seen; `hookline send` offers exactly these."""
    types = {(provider, name) for provider in MAPPED for name in mapper(provider).types}
    samples = {(path.parent.name, path.stem) for path in SAMPLES.glob("*/*.json") if path.parent.name in MAPPED}

    assert samples == types == set(EXPECTED)


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_every_type_names_its_source_and_every_other_its_reason(provider: str) -> None:
    """A mapping without a source is a guess."""
    found = mapper(provider)

    assert all(mapped_type.source.startswith("https://") for mapped_type in found.types.values())
    assert all(found.not_mapped.values())
    assert found.types.keys() & found.not_mapped.keys() == set()


@pytest.mark.parametrize("scheme", ["hmac", "standard-webhooks", "none", "github", "stripe/../adyen", ""])
def test_other_senders_have_no_mapper(scheme: str) -> None:
    """What nobody proved is not mapped."""
    assert mapper_of(scheme) is None


REFUSED = [
    ("stripe", "charge.succeeded", "/data/object/captured", False),  # an authorisation
    ("stripe", "charge.succeeded", "/data/object/amount", 1099.0),
    ("stripe", "charge.succeeded", "/data/object/amount", 10.99),
    ("stripe", "charge.succeeded", "/data/object/amount", "1099"),
    ("stripe", "charge.succeeded", "/data/object/amount", True),
    ("stripe", "charge.succeeded", "/data/object/amount", -1),
    ("stripe", "charge.succeeded", "/data/object/amount", 2**63),
    ("stripe", "charge.succeeded", "/data/object/amount", None),
    ("stripe", "charge.succeeded", "/data/object/currency", "usdc"),
    ("stripe", "charge.succeeded", "/data/object/currency", "u\u017fd"),  # capitals make USD of it
    ("stripe", "charge.succeeded", "/data/object/currency", "xau"),
    ("stripe", "charge.succeeded", "/data/object/id", "ch 1"),
    ("stripe", "charge.succeeded", "/data/object/id", "ch_\n"),
    ("stripe", "charge.succeeded", "/data/object/id", "c" * 201),
    ("stripe", "charge.succeeded", "/data/object/id", 17),
    ("stripe", "charge.succeeded", "/created", "1679090540"),
    ("stripe", "charge.succeeded", "/created", 1679090540.5),
    ("stripe", "charge.succeeded", "/created", 253_402_300_800),
    ("stripe", "charge.succeeded", "/type", "charge.pending"),
    ("stripe", "charge.succeeded", "/type", None),
    ("stripe", "charge.captured", "/data/object/amount_captured", None),
    ("stripe", "charge.refunded", "/data/previous_attributes/amount_refunded", 2000),  # a refund of less than nothing
    ("stripe", "charge.refunded", "/data/previous_attributes/amount_refunded", 0.0),
    ("stripe", "refund.created", "/data/object/status", "pending"),
    ("stripe", "refund.updated", "/data/object/status", "failed"),
    ("stripe", "refund.updated", "/data/previous_attributes", {"metadata": {}}),  # the same refund again
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/success", True),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/amount/value", 1000.5),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/amount/currency", "eur"),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/eventDate", "2021-01-01T01:00:00"),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem", "text"),
    ("adyen", "REFUND", "/notificationItems", []),
    ("adyen", "REFUND", "/notificationItems", {}),
    (
        "adyen",
        "CANCEL_OR_REFUND",
        "/notificationItems/0/NotificationRequestItem/additionalData/modification.action",
        "cancel",
    ),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", 5.0),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "-5.00"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "5,00"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "1e3"),
    ("paypal", "PAYMENT.SALE.REFUNDED", "/resource/amount/total", "--0.01"),
    ("square", "payment.updated", "/data/object/payment/status", "APPROVED"),
    ("square", "refund.created", "/data/object/refund/status", "PENDING"),
    ("square", "payment.updated", "/data/object/payment/total_money", None),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", ""),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "."),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "0-5.00"),
    ("razorpay", "refund.processed", "/payload/payment/entity/captured", False),  # never taken, given back by itself
    ("razorpay", "payment.captured", "/payload/payment/entity/amount", "100"),
    ("razorpay", "payment.captured", "/event", "payment.authorized"),
    ("paddle", "adjustment.created.refund", "/data/status", "pending_approval"),
    ("paddle", "adjustment.updated.refund", "/data/status", "rejected"),
    ("paddle", "adjustment.created.refund", "/data/action", "credit"),
    ("paddle", "adjustment.created.refund", "/data/action", None),
    ("paddle", "adjustment.created.refund", "/data/totals/total", 100),
    ("paddle", "adjustment.created.refund", "/data/totals/total", "1.00"),
    ("paddle", "adjustment.created.refund", "/data/totals/total", "-100"),
    ("paddle", "transaction.completed", "/data/details/totals/grand_total", "1e3"),
    ("gocardless", "payments.confirmed", "/events/0/action", "submitted"),
    ("gocardless", "payments.confirmed", "/events/0/links", {"mandate": "MD1"}),
    ("gocardless", "payments.confirmed", "/events/0/created_at", "2014-04-08T17:01::06.000Z"),
]


@pytest.mark.parametrize(("provider", "name", "pointer", "value"), REFUSED)
def test_what_is_not_as_documented_is_not_mapped(provider: str, name: str, pointer: str, value: object) -> None:
    """A payment that did not happen, or a number that is not exact, must not look like money."""
    assert mapped(provider, changed(provider, name, pointer, value)) is None  # type: ignore[arg-type]  # JSON, all of it


@pytest.mark.parametrize(
    ("provider", "name", "list_name"),
    [("adyen", "REFUND", "notificationItems"), ("gocardless", "refunds.paid", "events")],
)
def test_several_events_in_one_call_are_not_mapped(provider: str, name: str, list_name: str) -> None:
    """One record cannot stand for two refunds, and one of them would be lost from the books."""
    document = orjson.loads(sample(provider, name))
    document[list_name] *= 2

    assert mapped(provider, sample(provider, name)) is not None
    assert mapped(provider, orjson.dumps(document)) is None
