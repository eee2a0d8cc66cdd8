"""What is left of a masked body or message."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.reads import EVERYTHING, NO_MEMBERS, members_of
from hookline.domain.transaction import attributes_of
from hookline.pipeline.masking import HIDDEN, MASK, SourceMask, copied_texts, masked_body, masked_message, masked_texts
from hookline.providers.transactions import mapper_of

EMAIL = members_of([("email", EVERYTHING)])
PAYMENT = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.succeeded",
    "created": 1767225600,
    "data": {
        "object": {
            "id": "ch_1",
            "object": "charge",
            "amount": 47117,
            "amount_captured": 47117,
            "captured": True,
            "currency": "eur",
            "created": 1767225600,
            "payment_intent": "pi_1",
            "status": "succeeded",
        }
    },
}
"""An event of a sender that counts in cents."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON.filter(lambda value: not isinstance(value, dict)), st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_everything_but_the_masked_member_stays(value: object, rest: dict[str, object]) -> None:
    """A viewer works with the rest; an amount that changes on the way would be wrong."""
    body = json.dumps({**rest, "email": value}).encode()

    shown = json.loads(masked_body(body, EMAIL).body)

    assert shown == {**rest, "email": MASK}


@pytest.mark.parametrize(
    "body",
    [b"email=a%40b", b"\xff\xfe", b'{"email": NaN}', b"", b"[" * 100_000],
    ids=["form", "bytes", "nan", "empty", "deep"],
)
def test_a_body_in_which_no_field_can_be_found_is_hidden_whole(body: bytes) -> None:
    """A field to hide could be anywhere in such a body."""
    assert masked_body(body, EMAIL).body == HIDDEN


def test_numbers_stay_as_their_sender_wrote_them() -> None:
    """``1.10`` and ``1.1`` are two amounts to a person who compares them with an invoice."""
    body = b'{"amount": 1.10, "large": 123456789012345678901234567890.5, "email": 1, "text": "\\ud800 \xc3\xa9"}'

    shown = masked_body(body, EMAIL).body

    assert (
        shown == b'{"amount":1.10,"large":123456789012345678901234567890.5,"email":"[masked]","text":"\\ud800 \\u00e9"}'
    )


def test_a_body_of_a_source_without_a_mask_is_not_touched() -> None:
    """Most installations mask nothing, and see each byte."""
    assert masked_body(b'{ "a":1}', NO_MEMBERS).body == b'{ "a":1}'


def test_a_message_loses_the_field_and_the_digest_of_its_body() -> None:
    """The digest of a body with one unknown field confirms a guess of that field."""
    message = {"specversion": "1.0", "source": "hookline/shop", "bodysha256": "ab", "transactiontime": "a@b"}
    plain = json.dumps({**message, "data": {"email": "a@b", "n": 1}})
    encoded = json.dumps({**message, "data_base64": base64.b64encode(b'{"email": "a@b"}').decode()})

    shown = json.loads(masked_message(plain, {"shop": SourceMask(members=EMAIL)}))
    shown_encoded = json.loads(masked_message(encoded, {"shop": SourceMask(members=EMAIL)}))

    assert shown["data"] == {"email": MASK, "n": 1}
    assert shown["bodysha256"] == shown["transactiontime"] == MASK
    assert base64.b64decode(shown_encoded["data_base64"]) == b'{"email":"[masked]"}'


@pytest.mark.parametrize("text", ["a@b", "{}", '{"source": "hookline/gone", "data": {}}', '{"source": 1}', "[]"])
def test_a_message_of_an_unknown_kind_is_hidden_whole(text: str) -> None:
    """A consumer may have sent anything to a queue."""
    assert masked_message(text, {"shop": SourceMask(members=EMAIL)}).encode() == HIDDEN


def test_a_masked_value_is_masked_where_it_was_copied_to() -> None:
    """The record of a transaction is made of fields of the body."""
    assert masked_texts({"transactionamount": "12.5", "transactioncurrency": "EUR"}, {"12.50"}) == {
        "transactionamount": MASK,
        "transactioncurrency": "EUR",
    }


def test_a_value_that_was_made_of_a_masked_field_is_masked() -> None:
    """Many senders count in cents, and the record of the transaction does not: no text of it is equal to the field."""
    find = mapper_of("stripe")
    assert find is not None
    mask = SourceMask(members=members_of([("data", "object", "amount", EVERYTHING)]), find_transaction=find)
    body = json.dumps(PAYMENT).encode()
    transaction = find(json.loads(body))
    assert transaction is not None
    values = attributes_of(transaction)
    message = json.dumps({"specversion": "1.0", "source": "hookline/stripe", **values, "data": PAYMENT})
    far = json.dumps({"specversion": "1.0", "source": "hookline/stripe", **values, "dataref": "/bodies/1"})

    shown = copied_texts(values, body, masked_body(body, mask.members), mask)

    assert values["transactionamount"] == "471.17"
    assert shown["transactionamount"] == MASK
    assert shown["transactionreference"] == values["transactionreference"]
    assert shown["transactioncurrency"] == "EUR"
    assert "471.17" not in masked_message(message, {"stripe": mask})
    assert "471.17" not in masked_message(far, {"stripe": mask})


def test_a_transaction_of_a_body_that_is_hidden_whole_is_hidden_too() -> None:
    """It is not known from which fields of the body the values come."""
    mask = SourceMask(members=EMAIL)
    body = b"amount=471.17"

    shown = copied_texts({"transactionamount": "471.17", "secret": "A"}, body, masked_body(body, EMAIL), mask)

    assert shown == {"transactionamount": MASK, "secret": "A"}
