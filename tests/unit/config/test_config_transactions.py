"""Which amounts count, where a sender leaves the choice."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from hookline.config import parse
from hookline.errors import ConfigError
from hookline.providers.transactions import MAPPED
from unit.transactions.samples import mapper, sample

QUEUE = "[queues.q]\n"


def source(scheme: str, transactions: str) -> str:
    """A project with one source."""
    return (
        f'{QUEUE}[sources.a]\nid = "id"\nverify = {{ scheme = "{scheme}", secrets = ["A_SECRET"] }}\n{transactions}\n'
    )


def amount(text: str, provider: str, name: str) -> str | None:
    """The amount of the sender's sample under this configuration, None where there is no record or no amount."""
    (found,) = parse(text, base=Path()).sources
    assert found.find_transaction is not None
    transaction = found.find_transaction(orjson.loads(sample(provider, name)))
    return None if transaction is None else transaction.amount


def complaint(text: str) -> tuple[str, str]:
    """The one thing that is wrong with the text."""
    with pytest.raises(ConfigError) as caught:
        parse(text, base=Path())
    ((found,),) = ([(each.where, each.why) for each in caught.value.complaints],)
    return found


def test_stripes_refunds_are_counted_once_by_the_one_or_the_other() -> None:
    """Counted by both, a refund would be in the books twice."""
    default, reverse = source("stripe", ""), source("stripe", 'transactions = { refunds = "refund" }')

    assert (amount(default, "stripe", "charge.refunded"), amount(default, "stripe", "refund.updated")) == (
        "10.99",
        None,
    )
    assert (amount(reverse, "stripe", "charge.refunded"), amount(reverse, "stripe", "refund.updated")) == (
        None,
        "10.00",
    )


def test_adyens_payments_count_when_authorised_or_when_captured() -> None:
    """A merchant who captures by hand has not received what was only authorised."""
    default, manual = source("adyen", ""), source("adyen", 'transactions = { payments = "capture" }')

    assert (amount(default, "adyen", "AUTHORISATION"), amount(default, "adyen", "CAPTURE")) == ("10.00", None)
    assert (amount(manual, "adyen", "AUTHORISATION"), amount(manual, "adyen", "CAPTURE")) == (None, "10.00")


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_the_default_can_be_written_out(provider: str) -> None:
    """A file that says what it counts must mean the same as one that does not."""
    for option, values in mapper(provider).choices.items():
        first = next(iter(values))

        assert mapper(provider, **{option: first}).types == mapper(provider).types


def test_an_unknown_option_names_the_nearest() -> None:
    """A misspelt option would leave the default in force."""
    where, why = complaint(source("stripe", 'transactions = { refund = "refund" }'))

    assert where.startswith("sources.a.transactions.refund")
    assert "the nearest known one is 'refunds'" in why


@pytest.mark.parametrize("value", ['"refnd"', "1", "true", '["refund"]'])
def test_an_unknown_value_names_those_that_there_are(value: str) -> None:
    """A value is never guessed."""
    where, why = complaint(source("stripe", f"transactions = {{ refunds = {value} }}"))

    assert where.startswith("sources.a.transactions.refunds")
    assert "must be one of charge, refund" in why


@pytest.mark.parametrize("scheme", ["paddle", "github", "standard-webhooks"])
def test_a_sender_without_options_refuses_them(scheme: str) -> None:
    """An option without effect would look as if it had one."""
    where, why = complaint(source(scheme, 'transactions = { refunds = "refund" }'))

    assert where.startswith("sources.a.transactions")
    assert why == f"the scheme {scheme} has no options for transactions"


def test_what_is_no_table_is_refused() -> None:
    """The shape is checked before the values."""
    assert complaint(source("stripe", 'transactions = "refund"'))[1] == "must be a table"
