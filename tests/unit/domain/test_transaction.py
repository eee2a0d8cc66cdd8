"""The canonical record, and the names that it travels under."""

from __future__ import annotations

import re

import pytest

from hookline.domain.transaction import ATTRIBUTES, Kind, Stage, Transaction, attributes_of

DISPUTE = Transaction(
    kind=Kind.DISPUTE,
    reference="du_1",
    occurred_at="2026-01-02T03:04:05Z",
    original_type="charge.dispute.closed",
    amount="0.00",
    currency="USD",
    payment="pi_1",
    stage=Stage.WON,
    claimed="10.99",
)
ID_ONLY = Transaction(kind=Kind.PAYMENT, reference="999", original_type="payment.created", is_id_only=True)


def test_every_field_has_its_own_name() -> None:
    """Routes and consumers know a transaction only by these names."""
    assert attributes_of(DISPUTE) == {
        "transactiontype": "dispute",
        "transactionamount": "0.00",
        "transactioncurrency": "USD",
        "transactionreference": "du_1",
        "transactiontime": "2026-01-02T03:04:05Z",
        "originaltype": "charge.dispute.closed",
        "transactionpayment": "pi_1",
        "transactionstatus": "won",
        "transactionclaimed": "10.99",
    }


def test_an_event_with_only_an_id_is_marked() -> None:
    """A consumer must not take the missing amount for zero, and a fetch has to find what it may complete."""
    assert attributes_of(ID_ONLY) == {
        "transactiontype": "payment",
        "transactionreference": "999",
        "originaltype": "payment.created",
        "transactionidonly": "true",
    }


def test_what_the_event_does_not_say_is_left_out() -> None:
    """An empty text or a zero would be an amount, and a wrong one."""
    paid = Transaction(kind=Kind.PAYMENT, reference="PM1", occurred_at="2026-01-02T03:04:05Z", original_type="p.c")

    assert attributes_of(paid).keys() == {"transactiontype", "transactionreference", "transactiontime", "originaltype"}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_the_names_are_cloudevents_attributes(name: str) -> None:
    """Brokers refuse, or silently drop, names with other characters than these."""
    assert re.fullmatch(r"[a-z0-9]{1,20}", name)


def test_the_kinds_are_words_that_routes_may_use() -> None:
    """People write them in hookline.toml."""
    assert [str(kind) for kind in Kind] == ["payment", "refund", "dispute", "payout", "fee"]


def test_the_stages_are_words_that_routes_may_use() -> None:
    """People write them in hookline.toml, and those that move no money count nothing."""
    assert [str(stage) for stage in Stage] == ["pending", "succeeded", "failed", "inquiry", "opened", "won", "lost"]
    assert {stage for stage in Stage if stage.moves_nothing} == {Stage.FAILED, Stage.INQUIRY, Stage.WON}
