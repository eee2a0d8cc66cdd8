"""The canonical record, and the names that it travels under."""

from __future__ import annotations

import re

import pytest

from hookline.domain.transaction import ATTRIBUTES, Kind, Transaction, attributes_of

REFUND = Transaction(
    kind=Kind.REFUND,
    reference="re_1",
    occurred_at="2026-01-02T03:04:05Z",
    original_type="charge.refunded",
    amount="10.99",
    currency="USD",
)


def test_every_field_has_its_own_name() -> None:
    """Routes and consumers know a transaction by these names alone."""
    assert attributes_of(REFUND) == {
        "transactiontype": "refund",
        "transactionamount": "10.99",
        "transactioncurrency": "USD",
        "transactionreference": "re_1",
        "transactiontime": "2026-01-02T03:04:05Z",
        "originaltype": "charge.refunded",
    }


def test_an_amount_that_is_not_told_is_left_out() -> None:
    """An empty text or a zero would be an amount, and a wrong one."""
    untold = Transaction(kind=Kind.PAYMENT, reference="PM1", occurred_at="2026-01-02T03:04:05Z", original_type="p.c")

    assert attributes_of(untold).keys() == set(ATTRIBUTES) - {"transactionamount", "transactioncurrency"}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_the_names_are_cloudevents_attributes(name: str) -> None:
    """Brokers refuse, or silently drop, names with other characters than these."""
    assert re.fullmatch(r"[a-z0-9]{1,20}", name)


def test_the_kinds_are_words_that_routes_may_use() -> None:
    """They stand in people's hookline.toml."""
    assert [str(kind) for kind in Kind] == ["payment", "refund", "dispute"]
