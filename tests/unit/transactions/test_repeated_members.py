"""A member that a mapping reads and that occurs twice is refused: consumers may read the other one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hookline.domain.reads import Reads
from hookline.errors import Rejected
from hookline.pipeline.receive import accept
from hookline.providers.transactions import mapper_of
from unit.builders import request, source
from unit.transactions.samples import sample

AIRWALLEX = sample("airwallex", "payment_intent.succeeded")
STRIPE = sample("stripe", "payout.paid")


@pytest.mark.parametrize(
    ("provider", "body", "old", "new"),
    [
        ("airwallex", AIRWALLEX, b'"captured_amount": 16.66', b'"captured_amount": 1.66, "captured_amount": 16.66'),
        ("airwallex", AIRWALLEX, b'"currency": "USD"', b'"currency": "KWD", "currency": "USD"'),
        ("stripe", STRIPE, b'"amount": 1100', b'"amount": 110000, "amount": 1100'),
    ],
)
def test_an_amount_that_occurs_twice_is_refused(provider: str, body: bytes, old: bytes, new: bytes) -> None:
    """Numbers that are read again from the body are looked for as those of any other sender."""
    reading = replace(source(), find_transaction=mapper_of(provider), reads=Reads())
    repeated = body.replace(old, new)

    assert repeated != body
    assert "transactionamount" in accept(request(body), reading, []).metadata
    with pytest.raises(Rejected) as refused:
        accept(request(repeated), reading, [])
    assert refused.value.code == "body_ambiguous"
