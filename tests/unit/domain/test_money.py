"""Minor units as decimals: exact, for every currency."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.money import EXPONENTS, decimal_text, normalised

UNITS = st.integers(min_value=-(2**63), max_value=2**63)
CURRENCIES = st.sampled_from(sorted(EXPONENTS))


@given(units=UNITS, currency=CURRENCIES)
def test_the_decimal_of_minor_units_has_their_value(units: int, currency: str) -> None:
    """A cent that is lost or won on the way belongs to somebody."""
    exponent = EXPONENTS[currency]

    assert Decimal(decimal_text(units, exponent)).scaleb(exponent) == units


@given(units=UNITS, exponent=st.integers(min_value=0, max_value=4), currency=CURRENCIES)
def test_normalising_changes_no_amount(units: int, exponent: int, currency: str) -> None:
    """A sender may count in other units than ISO 4217 does; the text is written alike, the value is the sender's."""
    written = decimal_text(units, exponent)

    text = normalised(written, currency)

    assert Decimal(text) == Decimal(written)
    assert normalised(text, currency) == text
    assert len(text.partition(".")[2]) >= EXPONENTS[currency]


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [
        (500, "JPY", "500"),
        (0, "JPY", "0"),
        (1099, "USD", "10.99"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-59, "USD", "-0.59"),
        (5124, "KWD", "5.124"),
        (7, "BHD", "0.007"),
        (123456789, "CLF", "12345.6789"),
        (1, "UYW", "0.0001"),
        (9007199254740993, "USD", "90071992547409.93"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(units: int, currency: str, text: str) -> None:
    """Zero, two, three and four decimal digits, and a number of which a float would lose the last."""
    exponent = EXPONENTS[currency]

    assert decimal_text(units, exponent) == text
    assert Decimal(text).scaleb(exponent) == units
    assert normalised(text, currency) == text


@pytest.mark.parametrize(
    ("written", "currency", "text"),
    [
        ("7.5", "USD", "7.50"),
        ("7", "USD", "7.00"),
        ("100.00", "JPY", "100"),
        ("822.0160", "CZK", "822.016"),
        ("0.10", "JPY", "0.1"),
        ("1.2", "TND", "1.200"),
    ],
)
def test_decimals_are_written_alike_and_no_digit_is_dropped(written: str, currency: str, text: str) -> None:
    """Consumers compare texts; a digit that the currency does not have is still the sender's word."""
    assert normalised(written, currency) == text


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "01", "+1", "1e3", "1,5", " 1", "1 ", "NaN", "--1", "1" * 20, "\uff11"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    """A text that two programs would read as two numbers is not an amount."""
    with pytest.raises(ValueError, match="not a decimal number"):
        normalised(text, "USD")


def test_the_table_is_that_of_iso_4217() -> None:
    """List one of 2026-01-01 has 17, 139, 7 and 2 currencies of 0, 2, 3 and 4 digits; six withdrawn ones were added to it."""
    assert Counter(EXPONENTS.values()) == {0: 17, 2: 139 + 6, 3: 7, 4: 2}
    assert {code for code in EXPONENTS if not (len(code) == 3 and code.isascii() and code.isupper())} == set()
    assert {"XAU", "XDR", "XXX", "XTS"}.isdisjoint(EXPONENTS)
    assert [EXPONENTS[code] for code in ("JPY", "KRW", "USD", "MGA", "KWD", "TND", "CLF", "UYW")] == [
        0,
        0,
        2,
        2,
        3,
        3,
        4,
        4,
    ]
