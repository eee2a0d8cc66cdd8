"""Events that have only an id, and the answers of the senders' APIs that complete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from hookline.domain.transaction import Kind, Stage, attributes_of
from hookline.providers.transactions import mercado_pago, mollie
from hookline.providers.transactions.reading import Written, exact
from unit.transactions.samples import changed, mapped, mapper, sample

if TYPE_CHECKING:
    from hookline.domain.transaction import Transaction

PAYMENT: dict[str, Any] = {
    "id": 20359978,
    "date_created": "2019-07-10T14:47:58.000Z",
    "date_approved": "2019-07-10T14:47:58.000Z",
    "date_last_updated": "2019-07-10T14:47:59.000Z",
    "currency_id": "BRL",
    "status": "approved",
    "transaction_amount": 100,
    "transaction_amount_refunded": 0,
}
CHARGEBACK: dict[str, Any] = {
    "id": "217000087654321000",
    "payments": [81968675370],
    "currency": "BRL",
    "amount": 108.43,
    "coverage_applied": None,
    "date_last_updated": "2018-11-28T10:48:48.000-04:00",
}
MOLLIE: dict[str, Any] = {
    "resource": "payment",
    "id": "tr_1",
    "status": "paid",
    "amount": {"currency": "EUR", "value": "75.00"},
    "paidAt": "2024-02-12T12:01:35+00:00",
}


def facts(found: Transaction | None) -> tuple[object, ...] | None:
    """Kind, reference, stage, amount and currency."""
    return None if found is None else (found.kind, found.reference, found.stage, found.amount, found.currency)


def paid(body: bytes) -> tuple[object, ...] | None:
    """The record after the answer of Mercado Pago's API."""
    return facts(mercado_pago.complete(exact(body)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (Kind.PAYMENT, "20359978", Stage.SUCCEEDED, "100.00", "BRL")),
        ({"status": "in_mediation"}, (Kind.PAYMENT, "20359978", Stage.SUCCEEDED, "100.00", "BRL")),
        ({"status": "authorized"}, (Kind.PAYMENT, "20359978", Stage.PENDING, None, None)),
        ({"status": "rejected"}, (Kind.PAYMENT, "20359978", Stage.FAILED, "0.00", "BRL")),
        ({"status": "unheard_of"}, None),
        ({"currency_id": "brl"}, None),
        ({"transaction_amount": "100"}, None),
        (
            {"transaction_amount_refunded": 25},
            (Kind.REFUND, "20359978:refunds", Stage.SUCCEEDED, "25.00", "BRL"),
        ),
        (
            {"status": "refunded", "transaction_amount_refunded": 100},
            (Kind.REFUND, "20359978:refunds", Stage.SUCCEEDED, "100.00", "BRL"),
        ),
    ],
)
def test_mercado_pagos_payment_is_completed(changes: dict[str, object], expected: tuple[object, ...] | None) -> None:
    """The notifications of a payment, of its refund and of its failure are equal: only the API says which it was."""
    assert paid(orjson.dumps(PAYMENT | changes)) == expected


@pytest.mark.parametrize(
    ("written", "amount"), [(b"0.1", "0.10"), (b"12345678901234567.89", "12345678901234567.89"), (b"1e2", None)]
)
def test_numbers_with_a_fraction_are_read_as_they_are_written(written: bytes, amount: str | None) -> None:
    """A double holds neither of the first two."""
    body = orjson.dumps(PAYMENT).replace(b'"transaction_amount":100,', b'"transaction_amount":' + written + b",")

    found = mercado_pago.complete(exact(body))

    assert written in body
    assert (found and found.amount) == amount
    assert mercado_pago.complete(orjson.loads(body)) is None


def test_a_refunded_payment_reports_both_movements() -> None:
    """Where the notification of the approval was never completed, the payment would be missing from the sum."""
    payment, refund = mercado_pago.movements(PAYMENT | {"status": "refunded", "transaction_amount_refunded": 100})

    assert facts(payment) == (Kind.PAYMENT, "20359978", Stage.SUCCEEDED, "100.00", "BRL")
    assert facts(refund) == (Kind.REFUND, "20359978:refunds", Stage.SUCCEEDED, "100.00", "BRL")
    assert refund.payment == payment.reference


@pytest.mark.parametrize(
    ("covered", "stage", "amount"),
    [(None, Stage.OPENED, "108.43"), (True, Stage.WON, "0.00"), (False, Stage.LOST, "108.43")],
)
def test_mercado_pagos_chargeback_is_completed(covered: object, stage: Stage, amount: str) -> None:
    """Mercado Pago itself pays a chargeback that is covered."""
    found = mercado_pago.complete(exact(orjson.dumps(CHARGEBACK | {"coverage_applied": covered})))

    assert facts(found) == (Kind.DISPUTE, "217000087654321000", stage, amount, "BRL")
    assert found is not None
    assert (found.payment, found.claimed) == ("81968675370", "108.43")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (MOLLIE, (Kind.PAYMENT, "tr_1", Stage.SUCCEEDED, "75.00", "EUR")),
        (MOLLIE | {"status": "open"}, (Kind.PAYMENT, "tr_1", Stage.PENDING, None, None)),
        (MOLLIE | {"status": "expired"}, (Kind.PAYMENT, "tr_1", Stage.FAILED, "0.00", "EUR")),
        (MOLLIE | {"amountCaptured": {"currency": "EUR", "value": "70.00"}}, (Kind.PAYMENT, "tr_1", Stage.SUCCEEDED, "70.00", "EUR")),
        (MOLLIE | {"amountRefunded": {"currency": "EUR", "value": "5.00"}}, (Kind.REFUND, "tr_1:refunds", Stage.SUCCEEDED, "5.00", "EUR")),
        (MOLLIE | {"amountRefunded": {"currency": "EUR", "value": "0.00"}}, (Kind.PAYMENT, "tr_1", Stage.SUCCEEDED, "75.00", "EUR")),
        (
            MOLLIE | {"amountChargedBack": {"currency": "EUR", "value": "75.00"}},
            (Kind.DISPUTE, "tr_1:chargebacks", Stage.OPENED, "75.00", "EUR"),
        ),
        (MOLLIE | {"resource": "refund", "id": "re_1", "status": "queued"}, (Kind.REFUND, "re_1", Stage.PENDING, None, None)),
        (MOLLIE | {"resource": "refund", "id": "re_1", "status": "refunded"}, (Kind.REFUND, "re_1", Stage.SUCCEEDED, "75.00", "EUR")),
        (MOLLIE | {"resource": "chargeback", "id": "chb_1"}, (Kind.DISPUTE, "chb_1", Stage.OPENED, "75.00", "EUR")),
        (
            MOLLIE | {"resource": "chargeback", "id": "chb_1", "reversedAt": "2024-03-21T09:13:37+00:00"},
            (Kind.DISPUTE, "chb_1", Stage.WON, "0.00", "EUR"),
        ),
        (MOLLIE | {"resource": "payout", "id": "po_1", "status": "completed"}, (Kind.PAYOUT, "po_1", Stage.SUCCEEDED, "75.00", "EUR")),
        (MOLLIE | {"resource": "mandate"}, None),
        (MOLLIE | {"amount": {"currency": "EUR", "value": 75}}, None),
        ({}, None),
        (None, None),
    ],
)  # fmt: skip
def test_mollies_objects_are_completed(document: Any, expected: tuple[object, ...] | None) -> None:
    """A classic call names a payment, whatever has happened to it, its refunds or its chargebacks."""
    assert facts(mollie.complete(document)) == expected


def test_an_object_of_a_chargeback_has_no_payment_of_its_own_amount() -> None:
    """A payment with refunds and chargebacks has several movements, each with its own name."""
    amount = {"currency": "EUR", "value": "5.00"}

    found = mollie.movements(MOLLIE | {"amountRefunded": amount, "amountChargedBack": amount})

    assert [one.reference for one in found] == ["tr_1", "tr_1:refunds", "tr_1:chargebacks"]
    assert {one.payment for one in found} == {"tr_1"}
    assert [one.occurred_at for one in found] == ["2024-02-12T12:01:35+00:00", None, None]


def test_mollies_event_without_its_object_has_only_the_id() -> None:
    """Webhooks may be configured to carry only that; the type still says what has happened."""
    short = mapped("mollie", changed("mollie", "refund.refunded", "/_embedded", None))

    assert short is not None
    assert short.is_id_only
    assert facts(short) == (Kind.REFUND, "re_4qqhO89gsT", Stage.SUCCEEDED, None, None)
    assert attributes_of(short)["transactionidonly"] == "true"


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b"id=tr_5B8cwPMGnU6qLbRvo7qEZo", "tr_5B8cwPMGnU6qLbRvo7qEZo"),
        (b"id=ord_1", None),
        (b"id=tr_1&id=tr_2", None),
        (b"id=tr_%00", None),
        (b"testByMollie=1", None),
        (b"", None),
    ],
)
def test_mollies_classic_call_names_its_payment(body: bytes, reference: str | None) -> None:
    """Mollie sends a form, which no other mapper reads."""
    finder = mapper("mollie-classic")

    found = finder(finder.document_of(body, None))

    assert (found and found.reference) == reference
    assert found is None or (found.is_id_only, found.stage, found.occurred_at) == (True, None, None)


def test_other_mappers_find_nothing_in_a_form() -> None:
    """A form's fields are not members of a document."""
    finder = mapper("stripe")

    assert finder(finder.document_of(b"type=charge.succeeded", None)) is None


def test_a_number_is_no_text() -> None:
    """A number with a fraction must not become a reference."""
    document = exact(sample("mollie", "payment.paid").replace(b'"tr_5B8cwPMGnU6qLbRvo7qEZo"', b"1.5"))

    assert isinstance(document, dict)
    assert isinstance(document["entityId"], Written)
    assert mapper("mollie")(document) is None
