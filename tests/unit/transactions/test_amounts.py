"""Amounts to the last digit, where senders count as ISO 4217 does and where they do not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.money import EXPONENTS
from hookline.providers.transactions import MAPPED
from hookline.providers.transactions.adyen import EXCEPTIONS as ADYEN_EXCEPTIONS
from hookline.providers.transactions.stripe import EXCEPTIONS as STRIPE_EXCEPTIONS
from unit.transactions.samples import changed, every_type, mapped, mapper, sample

if TYPE_CHECKING:
    from hookline.domain.event import Json

ITEM = "/notificationItems/0/NotificationRequestItem"


def amount(provider: str, units: int, currency: str) -> str | None:
    """How a payment of ``units`` of the provider's units is written."""
    body = (
        changed(
            "stripe",
            "charge.succeeded",
            "/data/object",
            {"id": "ch", "amount": units, "currency": currency, "captured": True},
        )
        if provider == "stripe"
        else changed("adyen", "AUTHORISATION", f"{ITEM}/amount", {"value": units, "currency": currency})
    )
    found = mapped(provider, body)
    assert found is not None
    assert found.currency == (None if found.amount is None else currency.upper())
    return found.amount


@pytest.mark.parametrize(
    ("provider", "units", "currency", "text"),
    [
        ("stripe", 500, "jpy", "500"),
        ("stripe", 1099, "usd", "10.99"),
        ("stripe", 5120, "kwd", "5.120"),
        ("stripe", 500, "isk", "5"),
        ("stripe", 550, "isk", "5.5"),
        ("stripe", 500, "mga", "500.00"),
        ("stripe", 80045, "twd", "800.45"),
        ("stripe", 500, "ugx", None),
        ("stripe", 500, "iqd", None),
        ("adyen", 10, "JPY", "10"),
        ("adyen", 1000, "GBP", "10.00"),
        ("adyen", 10000, "BHD", "10.000"),
        ("adyen", 1000, "CLP", "10"),
        ("adyen", 1000, "ISK", "10"),
        ("adyen", 1050, "ISK", "10.5"),
        ("adyen", 1000, "CVE", "1000.00"),
        ("adyen", 1000, "IDR", "1000.00"),
        ("adyen", 12345, "CLF", "1.2345"),
    ],
)
def test_each_sender_counts_as_its_documentation_says(
    provider: str, units: int, currency: str, text: str | None
) -> None:
    """Read with the wrong exponent, a payment is a hundred times too large; an amount that the documentation leaves open is left out."""
    assert amount(provider, units, currency) == text


@given(
    units=st.integers(min_value=1, max_value=2**63 - 1),
    provider=st.sampled_from([("stripe", STRIPE_EXCEPTIONS), ("adyen", ADYEN_EXCEPTIONS)]),
    currency=st.sampled_from(sorted(EXPONENTS)),
)
def test_the_senders_units_come_back_from_the_decimal(
    units: int, provider: tuple[str, dict[str, int | None]], currency: str
) -> None:
    """Integers of up to 64 bits are exact, although a float could not hold them."""
    name, exceptions = provider
    exponent = exceptions.get(currency, EXPONENTS[currency])

    text = amount(name, units, currency.lower() if name == "stripe" else currency)

    assert (text is None) == (exponent is None)
    assert text is None or Decimal(text).scaleb(exponent or 0) == units


@pytest.mark.parametrize(
    "written", [b"1e3", b"1000.0", b"10.5", b"18446744073709551616", b"9223372036854775808", b"-0.0"]
)
def test_a_number_that_the_parser_cannot_hold_is_no_amount(written: bytes) -> None:
    """The parser makes floats of these numbers, and loses digits."""
    body = sample("stripe", "charge.succeeded").replace(b'"amount": 1099', b'"amount": ' + written)

    assert written in body
    assert mapped("stripe", body) is None


@pytest.mark.parametrize(
    ("written", "currency", "text"),
    [
        ("5.00", "USD", "5.00"),
        ("5", "USD", "5.00"),
        ("822.0160", "CZK", "822.016"),
        ("100", "JPY", "100"),
        (".50", "USD", "0.50"),
        ("007.50", "USD", "7.50"),
        ("12345678901234567.89", "USD", "12345678901234567.89"),
    ],
)
def test_decimals_keep_every_digit(written: str, currency: str, text: str) -> None:
    """PayPal writes decimals, and a float would lose the last digits of the longest."""
    body = changed(
        "paypal", "PAYMENT.CAPTURE.COMPLETED", "/resource/amount", {"value": written, "currency_code": currency}
    )

    found = mapped("paypal", body)

    assert found is not None
    assert (found.amount, found.currency) == (text, currency)


@pytest.mark.parametrize(
    ("currency", "text"), [("INR", "5.00"), ("JPY", "500"), ("KWD", "0.500"), ("TND", None), ("CLP", None)]
)
def test_razorpays_currencies_are_those_that_it_names(currency: str, text: str | None) -> None:
    """For some it says that they have no digits or three; of the others nobody knows."""
    body = changed(
        "razorpay", "payment.captured", "/payload/payment/entity", {"id": "p", "amount": 500, "currency": currency}
    )

    found = mapped("razorpay", body)

    assert found is not None
    assert (found.amount, found.currency) == (text, currency if text else None)


@pytest.mark.parametrize(
    ("provider", "name", "pointer", "currency", "units", "text"),
    [
        ("checkout-com", "payment_captured", "/data", "ISK", 500, "500"),
        ("checkout-com", "payment_captured", "/data", "KWD", 5120, "5.120"),
        ("checkout-com", "payment_captured", "/data", "UGX", 500, "500"),
        ("checkout-com", "payment_captured", "/data", "CLP", 500, None),
        ("paystack", "charge.success", "/data", "KES", 500, "5.00"),
        ("paystack", "charge.success", "/data", "XOF", 500, None),
        ("chargebee", "payment_succeeded", "/content/transaction", "JPY", 500, "500"),
        ("chargebee", "payment_succeeded", "/content/transaction", "KWD", 5120, None),
        ("lemon-squeezy", "order_created", "/data/attributes", "JPY", 500, None),
        ("polar", "order.paid", "/data", "jpy", 500, None),
        ("polar", "order.paid", "/data", "eur", 500, "5.00"),
        ("modern-treasury", "payment_order.completed", "/data", "JPY", 500, "500"),
        ("adyen-header", "balancePlatform.transfer.updated", "/data/amount", "CVE", 1000, "1000.00"),
        ("adyen-header", "balancePlatform.transfer.updated", "/data/amount", "ISK", 1050, "10.5"),
    ],
)
def test_a_sender_counts_in_the_units_that_it_documents(
    provider: str, name: str, pointer: str, currency: str, units: int, text: str | None
) -> None:
    """Where a sender does not say how it counts, there is no amount."""
    fields = {
        "chargebee": ("amount", "currency_code"),
        "lemon-squeezy": ("total", "currency"),
        "polar": ("due_amount", "currency"),
        "adyen-header": ("value", "currency"),
    }
    amount_at, currency_at = fields.get(provider, ("amount", "currency"))
    document = orjson.loads(sample(provider, name))
    place = document
    for step in pointer.removeprefix("/").split("/"):
        place = place[step]
    place |= {amount_at: units, currency_at: currency}

    found = mapped(provider, orjson.dumps(document))

    assert found is not None
    assert (found.amount, found.currency) == (text, currency.upper() if text else None)


def test_paddles_texts_are_minor_units() -> None:
    """They look like decimals without a point, and are not."""
    totals = {"grand_total": "500", "currency_code": "JPY"}

    found = mapped("paddle", changed("paddle", "transaction.completed", "/data/details/totals", totals))

    assert found is not None
    assert (found.amount, found.currency) == ("500", "JPY")


def test_a_refund_in_parts_has_the_amount_of_each_part() -> None:
    """Stripe's charge has the sum of its refunds, and the second of two must not be booked as that sum."""
    second = changed("stripe", "charge.refunded", "/data/previous_attributes", {"amount_refunded": 1000})
    unknown = changed("stripe", "charge.refunded", "/data/previous_attributes", None)

    part, untold = mapped("stripe", second), mapped("stripe", unknown)

    assert part is not None
    assert untold is not None
    assert part.amount == "0.99"
    assert (untold.kind, untold.amount, untold.currency) == (part.kind, None, None)


@pytest.mark.parametrize(
    ("before", "now", "amount", "reference"),
    [
        (0, 1300, None, None),  # only the rest is released
        (None, 1300, None, None),
        (1300, 1400, "1.00", "ch_1:100"),
        (1400, 2000, "6.00", "ch_1:700"),
        (0, 2000, "7.00", "ch_1:700"),
        (None, 1400, None, "ch_1:100"),
        (1400, 1300, None, None),
    ],
)
@pytest.mark.parametrize("refunds", ["charge", "refund"])
def test_a_refund_counts_from_what_was_captured(
    refunds: str, before: int | None, now: int, amount: str | None, reference: str | None
) -> None:
    """Of 20.00 authorised 7.00 were captured: the 13.00 that are released were never the merchant's."""
    charge = {
        "id": "ch_1",
        "amount": 2000,
        "amount_captured": 700,
        "amount_refunded": now,
        "captured": True,
        "currency": "usd",
    }
    previous = {} if before is None else {"amount_refunded": before}
    body = orjson.dumps(
        {"type": "charge.refunded", "created": 1, "data": {"object": charge, "previous_attributes": previous}}
    )

    found = mapped("stripe", body, refunds=refunds)

    assert (found and found.reference) == reference
    assert (found and found.amount) == (amount if refunds == "charge" else None)


def test_a_refund_is_without_a_sign_however_paypal_writes_it() -> None:
    """Its older samples have a minus, its newer ones none; the kind says the direction."""
    newer = changed("paypal", "PAYMENT.SALE.REFUNDED", "/resource/amount/total", "0.01")

    assert mapped("paypal", newer) == mapped("paypal", sample("paypal", "PAYMENT.SALE.REFUNDED"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CHOICES = {
    "adyen": [{"payments": "authorisation"}, {"payments": "capture"}],
    "stripe": [{"refunds": "charge"}, {"refunds": "refund"}],
}
NAMED = {(provider, name) for provider in MAPPED for name in every_type(provider)}


def paths(value: object, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where every value of the document is."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, item in inner for path in paths(item, (*before, key)))]


@given(data=st.data(), junk=JSON)
def test_no_body_makes_a_mapper_raise(data: st.DataObject, junk: Json) -> None:
    """A signed body of any shape is still accepted; only the record is missing where it makes none."""
    provider, name = data.draw(st.sampled_from(sorted(NAMED)))
    document = orjson.loads(sample(provider, name))
    path = data.draw(st.sampled_from(paths(document)))
    place: object = document
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]  # a path of this very document
    if path:
        place[path[-1]] = junk  # type: ignore[index]  # as above

    chosen = data.draw(st.sampled_from(CHOICES.get(provider, [{}])))
    found = mapper(provider, **chosen).read(document if path else junk)

    assert found is None or found.original_type in mapper(provider, **chosen).types
    assert found is None or (found.amount is None and found.claimed is None) == (found.currency is None)
