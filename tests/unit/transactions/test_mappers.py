"""Each sender's events in the canonical shape.

The samples are shortened from the senders' documentation, or put together from its schemas where it has no example. ``expected.tsv``
was printed by the mappers and read through against them: it notices a mapping that changes. That amounts are right is also
tested by the sums in test_the_sum.py, and rows of each sender were worked out a second time from the sample alone (WORKED_OUT).
"""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pytest

from hookline.domain.transaction import Kind, Stage, Transaction
from hookline.providers.transactions import MAPPED, mapper_of
from unit.transactions.samples import SAMPLES, changed, every_type, mapped, sample

with (Path(__file__).parent / "expected.tsv").open() as table:
    EXPECTED = [
        {name: None if value == "-" else value for name, value in row.items()}
        for row in csv.DictReader(table, delimiter="\t")
    ]


def chosen(row: dict[str, str | None]) -> dict[str, str]:
    """The options that the row is for."""
    option, _, value = (row["choice"] or "").partition("=")
    return {option: value} if option else {}


WORKED_OUT = [  # type, kind, amount, currency, reference, payment
    # captured 1099 cents, of which amount_refunded was 0 before and is 1099 now
    (
        "stripe",
        "charge.refunded",
        "refund",
        "10.99",
        "USD",
        "ch_3MmlLrLkdIwHu7ix0snN0B15:1099",
        "pi_3MmlLrLkdIwHu7ix0Yd3Sh6b",
    ),
    # 500 of 1099 cents were captured later
    (
        "stripe",
        "charge.updated",
        "payment",
        "5.00",
        "USD",
        "pi_3MmlLrLkdIwHu7ix0Yd3Sh6b",
        "pi_3MmlLrLkdIwHu7ix0Yd3Sh6b",
    ),
    # won: the 1000 cents came back; an old charge without a payment intent
    (
        "stripe",
        "charge.dispute.funds_reinstated",
        "dispute",
        "0.00",
        "USD",
        "du_1MtJUT2eZvKYlo2CNaw2HvEv",
        "ch_1AZtxr2eZvKYlo2CJDX8whov",
    ),
    # value 1000, EUR has two digits
    ("adyen", "CHARGEBACK", "dispute", "10.00", "EUR", "QFQTPCQ8HXSKGK82", "9913140798220028"),
    # what expired takes back 1000 of the authorised amount, as a movement of its own
    ("adyen", "EXPIRE", "payment", "-10.00", "EUR", "QFQTPCQ8HXSKGK82:expired", "QFQTPCQ8HXSKGK82"),
    # the gross amount that went back, of the capture that the link "up" names
    ("paypal", "PAYMENT.CAPTURE.REFUNDED", "refund", "0.99", "USD", "1Y107995YT783435V", "0JF852973C016714D"),
    # RESOLVED_BUYER_FAVOUR with amount_refunded 3.00
    ("paypal", "CUSTOMER.DISPUTE.RESOLVED", "dispute", "3.00", "USD", "00D10444LD479031K", "00D10444LD479031K"),
    # 8801 cents, withdrawn when evidence is asked for
    ("square", "dispute.created", "dispute", "88.01", "USD", "ORSEVtZAJxb37RA1EiGw", "fbmsaEOpoARDKxiSGH1fqPuqoqFZY"),
    # 50000 paise of the refund itself; the payment's own 190000 are all its refunds
    ("razorpay", "refund.processed", "refund", "500.00", "INR", "rfnd_FS8TWyPrCsa0OB", "pay_FPoJKWQQ8lK13n"),
    # amount_deducted 39000 paise
    ("razorpay", "payment.dispute.lost", "dispute", "390.00", "INR", "disp_EsIAlDcoUr8CaQ", "pay_EFtmUsbwpXwBHI"),
    # grand_total 65215 cents, not subtotal 59900 and not earnings 56589
    (
        "paddle",
        "transaction.completed",
        "payment",
        "652.15",
        "USD",
        "txn_01hv8wptq8987qeep44cyrewp9",
        "txn_01hv8wptq8987qeep44cyrewp9",
    ),
    # a reversal has an id of its own, so it gives back what the chargeback took: 100 cents
    (
        "paddle",
        "adjustment.created.chargeback_reverse",
        "dispute",
        "-1.00",
        "USD",
        "adj_01hvgf2s84dr6reszzg29zbvcp",
        "txn_01hvcc93znj3mpqt1tenkjb04y",
    ),
    # GoCardless sends no amounts, and of a refund's event no payment
    ("gocardless", "refunds.paid", "refund", None, None, "RF000099999999", None),
]


@pytest.mark.parametrize("row", WORKED_OUT, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_that_was_worked_out_from_the_sample_alone_agrees(row: tuple[str | None, ...]) -> None:
    """A table that the mapper printed agrees with the mapper whatever it does: these rows were reasoned from the sender's fields."""
    provider, name, *expected = row

    found = mapped(str(provider), sample(str(provider), str(name)))

    assert found is not None
    assert [found.kind.value, found.amount, found.currency, found.reference, found.payment] == expected


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['provider']} {row['type']} {row['choice']}")
def test_a_documented_sample_is_mapped_whole(row: dict[str, str | None]) -> None:
    """Every field stands in expected.tsv: a mapping that drifts moves money to the wrong place."""
    provider, name = str(row["provider"]), str(row["type"])

    assert mapped(provider, sample(provider, name), **chosen(row)) == Transaction(
        kind=Kind(str(row["kind"])),
        reference=str(row["reference"]),
        occurred_at=row["time"],
        original_type=name,
        amount=row["amount"],
        currency=row["currency"],
        payment=row["payment"],
        stage=None if row["status"] is None else Stage(row["status"]),
        claimed=row["claimed"],
        is_id_only=row["idonly"] == "true",
    )


def test_every_mapped_type_has_a_sample_and_every_sample_a_type() -> None:
    """A type without a sample is one that nobody has seen; `hookline send` offers exactly these."""
    types = {(provider, name) for provider in MAPPED for name in every_type(provider)}
    samples = {(path.parent.name, path.stem) for path in SAMPLES.glob("*/*.json") if path.parent.name in MAPPED}

    assert samples == types == {(row["provider"], row["type"]) for row in EXPECTED}


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_every_type_names_its_source(provider: str) -> None:
    """A mapping without a source is a guess."""
    assert all(mapped_type.source.startswith("https://") for mapped_type in every_type(provider).values())


@pytest.mark.parametrize("scheme", ["hmac", "standard-webhooks", "none", "github", "stripe/../adyen", ""])
def test_other_senders_have_no_mapper(scheme: str) -> None:
    """What nobody proved is not mapped."""
    assert mapper_of(scheme) is None


RELEASED = {"id": "ch_1", "amount": 2000, "amount_captured": 700, "captured": True, "currency": "usd"}
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
    ("stripe", "charge.refunded", "/data/object/captured", False),  # a voided authorisation
    (
        "stripe",
        "charge.refunded",
        "/data/object",
        RELEASED | {"amount_refunded": 1300},
    ),  # the rest after a part was captured
    ("stripe", "charge.captured", "/data/object/captured", False),
    ("stripe", "charge.updated", "/data/previous_attributes", {"balance_transaction": None}),  # no capture
    ("stripe", "refund.created", "/data/object/status", "reversed"),
    ("stripe", "charge.dispute.closed", "/data/object/status", "settled"),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "REFUND", "/notificationItems/0/NotificationRequestItem/success", True),
    ("adyen", "AUTHORISATION", "/notificationItems/0/NotificationRequestItem/amount/value", 0),  # the check of a card
    ("adyen", "AUTHORISATION", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "REFUND_FAILED", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "CHARGEBACK_REVERSED", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "SECOND_CHARGEBACK", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("adyen", "CANCELLATION", "/notificationItems/0/NotificationRequestItem/success", "false"),
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
        "unknown",
    ),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "000"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", 5.0),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "-5.00"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "5,00"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "1e3"),
    ("paypal", "PAYMENT.SALE.REFUNDED", "/resource/amount/total", "--0.01"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/status", "PENDING"),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/status", "DECLINED"),
    ("paypal", "PAYMENT.SALE.COMPLETED", "/resource/state", "pending"),
    ("paypal", "PAYMENT.CAPTURE.REFUNDED", "/resource/status", "PENDING"),
    ("paypal", "PAYMENT.CAPTURE.REFUNDED", "/resource/status", "FAILED"),
    ("paypal", "PAYMENT.CAPTURE.REFUNDED", "/resource/status", "CANCELLED"),
    ("paypal", "PAYMENT.CAPTURE.REFUNDED", "/resource/status", None),
    ("paypal", "PAYMENT.SALE.REFUNDED", "/resource/state", "failed"),
    ("paypal", "PAYMENT.CAPTURE.REVERSED", "/resource/status", "PENDING"),
    ("paypal", "PAYMENT.CAPTURE.REVERSED", "/resource/links", []),
    ("paypal", "CUSTOMER.DISPUTE.RESOLVED", "/resource/dispute_outcome/outcome_code", "UNHEARD_OF"),
    ("square", "payment.updated", "/data/object/payment/status", "APPROVED"),
    ("square", "payment.updated", "/data/object/payment/status", "CANCELED"),
    ("square", "payment.updated", "/data/object/payment/total_money/amount", 0),
    ("square", "refund.created", "/data/object/refund/status", "PENDING"),
    ("square", "refund.created", "/data/object/refund/status", "FAILED"),
    ("square", "refund.updated", "/data/object/refund/status", "PENDING"),
    ("square", "dispute.state.updated", "/data/object/dispute/state", "UNHEARD_OF"),
    ("square", "payment.updated", "/data/object/payment/total_money", None),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", ""),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "."),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount/value", "0-5.00"),
    ("razorpay", "refund.processed", "/payload/payment/entity/captured", False),  # never taken, given back by itself
    ("razorpay", "refund.failed", "/payload/payment/entity/captured", False),
    ("razorpay", "refund.processed", "/payload/refund/entity/status", "pending"),
    ("razorpay", "payment.captured", "/payload/payment/entity/status", "failed"),
    ("razorpay", "payment.captured", "/payload/payment/entity/amount", "100"),
    ("razorpay", "payment.captured", "/event", "payment.authorized"),
    ("paddle", "adjustment.created.refund", "/data/status", "pending_approval"),
    ("paddle", "adjustment.updated.refund", "/data/status", "pending_approval"),
    ("paddle", "adjustment.created.refund", "/data/status", "rejected"),
    ("paddle", "adjustment.created.chargeback", "/data/status", "pending_approval"),
    ("paddle", "transaction.completed", "/data/details/totals/grand_total", "0"),  # a free trial
    ("paddle", "transaction.completed", "/data/status", "billed"),
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
