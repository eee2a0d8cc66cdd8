"""Each sender's events in the canonical shape.

The samples are shortened from the senders' documentation, or put together from its schemas where it has no example. ``expected.tsv``
was printed by the mappers and read through against them: it notices a mapping that changes. That amounts are right is also
tested by the sums in test_the_sum.py, and rows of each sender were worked out a second time from the sample only (WORKED_OUT).
"""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import unquote

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
    # the status says that it was sent, and may still not arrive
    ("square", "payout.sent", "payout", None, None, "po_070431e4-e351-11eb-a8bb-02420a140009", None),
    # amount 100 of which 40 pence were given back
    (
        "stripe",
        "application_fee.refunded",
        "fee",
        "-0.40",
        "GBP",
        "fee_1B73DOKbnvuxQXGuhY8Aw0TN:refunded",
        None,
    ),
    # what the receiver gets, without the fee of 0.35
    ("paypal", "PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "payout", "9.87", "USD", "VHBFGN95AWV82", None),
    # the two refunds of 10.00 and 1.35, not the order's total of 29.35
    ("woocommerce", "order.completed", "refund", "11.35", "USD", "727:refunds", "727"),
    ("shopify", "order_transaction.refund", "refund", "209.00", "USD", "179259969", "820982911946154508"),
    # 2050 cents of this capture, which has a name of its own
    (
        "checkout-com",
        "payment_captured",
        "payment",
        "20.50",
        "EUR",
        "act_uqlj3642dyyuroivzdwfg2fysq",
        "pay_vti5layihapu5bhbn5tjtk6eem",
    ),
    # the first of two transactions
    ("braintree", "subscription_charged_successfully", "payment", "49.99", "USD", "def456", "def456"),
    # text of minor units: 5000 kobo
    ("paystack", "refund.processed", "refund", "50.00", "NGN", "132013318360", "T2154954_412829_3be32076_6lcg3"),
    ("chargebee", "payment_refunded", "refund", "4.00", "USD", "txn_ref1", "txn___test__KyVnGlSBWltrtTp"),
    (
        "mollie",
        "chargeback.reversed",
        "dispute",
        "0.00",
        "EUR",
        "chb_xFzwUN4ci8HAmSGUACS4J",
        "tr_5B8cwPMGnU6qLbRvo7qEZo",
    ),
    # the two payments of 12.50 and 7.51, not the price of 20.00
    (
        "coinbase-commerce",
        "charge:confirmed",
        "payment",
        "20.01",
        "USD",
        "2aee9dd1-67b8-43ef-8dfe-977959850f27",
        "2aee9dd1-67b8-43ef-8dfe-977959850f27",
    ),
    # 500 cents went back of an order of 1199
    ("lemon-squeezy", "order_refunded", "refund", "5.00", "USD", "orders/1:refunds", "orders/1"),
    # 500 cents and their tax of 110
    (
        "polar",
        "refund.updated",
        "refund",
        "6.10",
        "USD",
        "9c54dd2c-1f72-4bb5-a7d4-8d5e0dd3f7a5",
        "57107b74-8400-4d80-a2fc-54c2b4239cb3",
    ),
    ("airwallex", "refund.settled", "refund", "5.50", "USD", "rfd_hkdmr7v9rg1j58ky8re", "int_hkdmr7v9rg1j58ky8re"),
    ("adyen-header", "balancePlatform.transfer.updated", "payout", "100.00", "EUR", "6JKRLZ8LOT47J7RY", None),
    # a credit moves money to somebody else
    (
        "modern-treasury",
        "payment_order.completed",
        "payout",
        "10.00",
        "USD",
        "f6c2d8d4-6d3c-4a3c-8b6f-3a1c2f0f1f5e",
        None,
    ),
    ("recurly", "payment.succeeded", "payment", None, None, "rafhdbbf41mc", "rafhdbbf41mc"),
    # GoCardless sends no amounts, and of a refund's event no payment
    ("gocardless", "refunds.paid", "refund", None, None, "RF000099999999", None),
]


@pytest.mark.parametrize("row", WORKED_OUT, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_that_was_worked_out_from_only_the_sample_agrees(row: tuple[str | None, ...]) -> None:
    """These rows were worked out by hand from the sender's fields, so they can show the mapper's mistakes."""
    provider, name, *expected = row

    found = mapped(str(provider), sample(str(provider), str(name)))

    assert found is not None
    assert [found.kind.value, found.amount, found.currency, found.reference, found.payment] == expected


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['provider']} {row['type']} {row['choice']}")
def test_a_documented_sample_is_mapped_whole(row: dict[str, str | None]) -> None:
    """expected.tsv has every field, and a wrong mapping would move money to the wrong place."""
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
    """Nobody has seen a type without a sample; `hookline send` offers exactly these."""
    types = {(provider, name) for provider in MAPPED for name in every_type(provider)}
    samples = {
        (path.parent.name, unquote(path.stem)) for path in SAMPLES.glob("*/*.json") if path.parent.name in MAPPED
    }

    assert samples == types == {(row["provider"], row["type"]) for row in EXPECTED}


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_every_type_names_its_source(provider: str) -> None:
    """A mapping that names no source could be a guess."""
    assert all(mapped_type.source.startswith("https://") for mapped_type in every_type(provider).values())


@pytest.mark.parametrize("scheme", ["hmac", "standard-webhooks", "none", "github", "stripe/../adyen", ""])
def test_other_senders_have_no_mapper(scheme: str) -> None:
    """A body of any other sender may mean something else."""
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
    (
        "razorpay",
        "refund.processed",
        "/payload/payment/entity/captured",
        False,
    ),  # never taken, given back automatically
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
    ("stripe", "payout.paid", "/data/object/status", "lost"),
    ("square", "payout.paid", "/data/object/payout/status", "UNHEARD_OF"),
    ("square", "payout.paid", "/data/object/payout/amount_money/amount", 4.57),
    ("paypal", "PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "/resource/transaction_status", "UNHEARD_OF"),
    ("adyen", "PAYOUT_THIRDPARTY", "/notificationItems/0/NotificationRequestItem/success", "false"),
    ("razorpay", "settlement.processed", "/payload/settlement/entity/status", "failed"),
    ("shopify", "order_transaction.sale", "/kind", "authorization"),
    ("shopify", "order_transaction.sale", "/status", "pending"),
    ("shopify", "order_transaction.capture", "/status", "failure"),
    ("shopify", "order_transaction.sale", "/amount", 403.0),
    ("shopify", "order_transaction.sale", "/admin_graphql_api_id", "gid://shopify/Refund/120560818172775265"),
    ("shopify", "order_transaction.sale", "/id", 120560818172775265.5),
    ("shopify", "dispute.chargeback", "/status", "prevented"),
    ("shopify", "dispute.chargeback", "/currency", "usd"),
    ("woocommerce", "order.processing", "/date_paid_gmt", None),  # cash on delivery
    ("woocommerce", "order.processing", "/order_key", None),
    ("woocommerce", "order.processing", "/order_key", "order_58d2d042d1d"),
    ("woocommerce", "order.processing", "/status", "on-hold"),
    ("woocommerce", "order.processing", "/total", "0.00"),
    ("woocommerce", "order.processing", "/total", 29.35),
    ("woocommerce", "order.processing", "/refunds", None),
    ("woocommerce", "order.refunded", "/refunds", []),
    ("woocommerce", "order.completed", "/refunds/0/total", "--10.00"),
    ("woocommerce", "order.processing", "/date_modified_gmt", "2017-03-22T16:28:08+02:00"),
    ("checkout-com", "payment_captured", "/type", "payment_approved"),
    ("checkout-com", "payment_captured", "/data/amount", "2050"),
    ("checkout-com", "payment_captured", "/data/action_id", None),
    ("checkout-com", "dispute_received", "/data/amount", -10000),
    ("braintree", "transaction_settled", "/subject/transaction/type", "unknown"),
    ("braintree", "transaction_settled", "/subject/transaction/amount", "1e2"),
    ("braintree", "subscription_charged_successfully", "/subject/subscription/transactions", []),
    ("braintree", "subscription_charged_successfully", "/subject/subscription/transactions/0/status", "failed"),
    ("braintree", "dispute_opened", "/subject/dispute/kind", "unheard_of"),
    ("braintree", "disbursement", "/subject/disbursement/success", "false"),
    ("paystack", "charge.success", "/data/status", "failed"),
    ("paystack", "refund.processed", "/data/refund_reference", None),
    ("paystack", "refund.processed", "/data/amount", "50.00"),
    ("paystack", "charge.dispute.resolve", "/data/resolution", "unheard_of"),
    ("chargebee", "payment_succeeded", "/content/transaction/status", "in_progress"),
    ("chargebee", "payment_failed", "/content/transaction/status", "failure"),  # never taken
    ("chargebee", "payment_succeeded", "/content/transaction/type", "payment_reversal"),
    ("chargebee", "payment_succeeded", "/content/transaction/type", "authorization"),
    ("mollie", "payment.paid", "/_embedded/entity/amount/value", 75.0),
    ("mollie", "refund.refunded", "/type", "refund.queued"),
    ("mollie", "payment.paid", "/resource", "payment"),
    ("mollie-classic", "payment", "/id", "ord_1"),
    ("lemon-squeezy", "order_created", "/data/attributes/status", "pending"),
    ("lemon-squeezy", "subscription_payment_success", "/data/attributes/billing_reason", "initial"),
    ("lemon-squeezy", "subscription_payment_success", "/data/attributes/billing_reason", None),
    ("lemon-squeezy", "order_refunded", "/data/attributes/refunded_amount", 0),
    ("lemon-squeezy", "order_refunded", "/data/attributes/refunded_amount", "500"),
    ("polar", "order.paid", "/data/status", "pending"),
    ("polar", "order.paid", "/data/due_amount", 0),  # all of it from the customer's balance
    ("polar", "order.paid", "/data/currency", "u\u017fd"),
    ("polar", "refund.updated", "/data/status", "unheard_of"),
    ("polar", "refund.updated", "/data/tax_amount", None),
    ("coinbase-commerce", "charge:confirmed", "/event/type", "charge:resolved"),
    ("coinbase-commerce", "charge:confirmed", "/event/data/payments/1/value/local/currency", "EUR"),
    ("coinbase-commerce", "charge:confirmed", "/event/data/payments/1/value/local/amount", "ETH"),
    ("coinbase-commerce", "charge:confirmed", "/event/data/payments/0/value", None),
    ("adyen-header", "balancePlatform.transfer.updated", "/data/category", "internal"),
    ("adyen-header", "balancePlatform.transfer.updated", "/data/direction", "incoming"),
    ("adyen-header", "balancePlatform.transfer.updated", "/data/status", "chargeback"),
    ("adyen-header", "balancePlatform.transfer.updated", "/data/amount/value", 100.5),
    ("airwallex", "payment_intent.succeeded", "/data/object/status", "REQUIRES_CAPTURE"),
    ("airwallex", "payment_intent.succeeded", "/data/object/captured_amount", "16.66"),
    ("airwallex", "payment_intent.succeeded", "/data/object/captured_amount", 1.5e300),
    ("airwallex", "payment_intent.succeeded", "/data/object/captured_amount", -16.66),
    ("airwallex", "payment_intent.succeeded", "/created_at", "2023-01-13T07:32:05"),
    ("airwallex", "payout.transfer.paid", "/data/transfer_currency", None),
    ("modern-treasury", "payment_order.completed", "/data/status", "sent"),
    ("modern-treasury", "payment_order.completed", "/data/direction", "sideways"),
    ("modern-treasury", "payment_order.completed", "/data/object", "expected_payment"),
    ("modern-treasury", "incoming_payment_detail.completed", "/data/direction", "debit"),
    ("recurly", "payment.succeeded", "/event_type", "failed"),
    ("recurly", "payment.succeeded", "/object_type", "charge_invoice"),
    ("mercado-pago", "payment.created", "/data/id", "9 9"),
    ("mercado-pago", "payment.created", "/type", "subscription_preapproval"),
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
    """One record cannot represent two refunds."""
    document = orjson.loads(sample(provider, name))
    document[list_name] *= 2

    assert mapped(provider, sample(provider, name)) is not None
    assert mapped(provider, orjson.dumps(document)) is None


def test_adyens_parts_of_a_payment_are_fees_where_they_are_booked_as_such() -> None:
    """The same type reports payouts, fees and what the user receives of a payment."""
    transfer = {
        "amount": {"currency": "EUR", "value": 44},
        "category": "platformPayment",
        "categoryData": {"type": "platformPayment", "platformPaymentType": "PaymentFee", "pspPaymentReference": "PSP1"},
        "direction": "incoming",
        "id": "F1",
        "status": "booked",
        "type": "capture",
    }

    def read(**changes: object) -> Transaction | None:
        body = changed("adyen-header", "balancePlatform.transfer.updated", "/data", transfer | changes)  # type: ignore[arg-type]  # JSON
        return mapped("adyen-header", body)

    fee = read()
    assert fee is not None
    assert (fee.kind, fee.reference, fee.payment, fee.amount, fee.stage) == (
        Kind.FEE,
        "F1",
        "PSP1",
        "0.44",
        Stage.SUCCEEDED,
    )
    assert read(status="captured") is None
    assert read(type="refund") is None
    assert read(categoryData={"platformPaymentType": "BalanceAccount"}) is None


@pytest.mark.parametrize(
    ("provider", "name", "pointer"),
    [
        ("stripe", "payout.paid", "/data/object/amount"),
        ("square", "payout.paid", "/data/object/payout/amount_money/amount"),
    ],
)
def test_money_that_the_sender_takes_from_the_bank_is_a_negative_payout(provider: str, name: str, pointer: str) -> None:
    """The merchant's bank statement has it with the other sign."""
    found = mapped(provider, changed(provider, name, pointer, -457))

    assert found is not None
    assert (found.kind, found.stage, found.amount) == (Kind.PAYOUT, Stage.SUCCEEDED, "-4.57")


@pytest.mark.parametrize(
    ("name", "stage", "outcome", "amount"),
    [
        ("requires_response", "RFI", Stage.INQUIRY, "0.00"),
        ("lost", "RFI", Stage.INQUIRY, "0.00"),
        ("requires_response", "PRE_CHARGEBACK", Stage.INQUIRY, "0.00"),
        ("accepted", "PRE_CHARGEBACK", Stage.LOST, "16.66"),
        ("requires_response", "CHARGEBACK", Stage.OPENED, "16.66"),
        ("pending_closure", "PRE_ARBITRATION", Stage.OPENED, "16.66"),
    ],
)
def test_airwallex_takes_money_for_a_dispute_at_some_stages_only(
    name: str, stage: str, outcome: Stage, amount: str
) -> None:
    """A question of the bank moves no money; before a chargeback only what the merchant accepts is deducted."""
    found = mapped("airwallex", changed("airwallex", f"payment_dispute.{name}", "/data/object/stage", stage))

    assert found is not None
    assert (found.stage, found.amount, found.claimed) == (outcome, amount, "16.66")
