"""The canonical record of a payment event: one format for the different formats of many senders."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json

__all__ = [
    "ATTRIBUTES",
    "TRANSACTION_AMOUNT",
    "TRANSACTION_ID_ONLY",
    "TRANSACTION_REFERENCE",
    "Kind",
    "Stage",
    "Transaction",
    "TransactionFinder",
    "amount_of",
    "attributes_of",
    "plain_amount",
    "transaction_of",
]

TRANSACTION_AMOUNT = "transactionamount"
TRANSACTION_REFERENCE = "transactionreference"
TRANSACTION_ID_ONLY = "transactionidonly"

ATTRIBUTES = (
    "transactiontype",
    TRANSACTION_AMOUNT,
    "transactioncurrency",
    TRANSACTION_REFERENCE,
    "transactiontime",
    "originaltype",
    "transactionpayment",
    "transactionstatus",
    "transactionclaimed",
    TRANSACTION_ID_ONLY,
)
"""The names of a transaction's fields in an event's metadata and in its message.

CloudEvents 1.0 allows lower-case letters and digits, and recommends at most 20 characters ("Naming conventions").
"""


class Kind(StrEnum):
    """What kind of movement it is: money in, money back, or a claim for money back; and also payouts and fees.

    A payout moves money from the merchant's balance at the sender to a bank account or another wallet, of the merchant or of others, and is
    not a refund. A fee is what the sender, or a platform, charges for its work.
    """

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    FEE = "fee"


class Stage(StrEnum):
    """The state of the movement: the first three apply to all kinds but disputes, the others are the current outcome of a dispute."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INQUIRY = "inquiry"
    OPENED = "opened"
    WON = "won"
    LOST = "lost"

    @property
    def moves_nothing(self) -> bool:
        """Whether the customer holds no money of the merchant through this movement, or no longer holds any."""
        return self in {Stage.FAILED, Stage.INQUIRY, Stage.WON}


@record
class Transaction:
    """The exact content of a payment event.

    ``reference`` names one movement of money; ``payment`` names the payment that it belongs to, where the event contains it. ``amount`` is
    a decimal as text: the total that this movement has moved, as of this event. It is negative where the movement reverses another of its
    kind that has its own reference. ``claimed`` is what a dispute asks for. ``currency`` (ISO 4217) is present where either amount is.
    ``occurred_at`` is RFC 3339 text, None where the event does not contain it; ``original_type`` is the event's type in the sender's words.
    ``is_id_only``: the event names only the movement, and the rest must be fetched from the sender's API.
    """

    kind: Kind
    reference: str
    original_type: str
    occurred_at: str | None = None
    amount: str | None = None
    currency: str | None = None
    payment: str | None = None
    stage: Stage | None = None
    claimed: str | None = None
    is_id_only: bool = False


class TransactionFinder(Protocol):
    """Reads one sender's events."""

    def __call__(self, document: Json) -> Transaction | None:
        """The transaction that the parsed body reports, or None where the body does not report one with certainty. Never raises."""
        ...

    def document_of(self, body: bytes, document: Json) -> Json:
        """The document to read in a call: its ``document``, which is None where the body is not JSON, or another one from its body.

        Never raises.
        """
        ...


def attributes_of(transaction: Transaction) -> dict[str, str]:
    """The transaction under the names of ``ATTRIBUTES``, without the fields that the event does not contain."""
    values = (
        transaction.kind.value,
        transaction.amount,
        transaction.currency,
        transaction.reference,
        transaction.occurred_at,
        transaction.original_type,
        transaction.payment,
        transaction.stage and transaction.stage.value,
        transaction.claimed,
        "true" if transaction.is_id_only else None,
    )
    return {name: value for name, value in zip(ATTRIBUTES, values, strict=True) if value is not None}


def transaction_of(attributes: Mapping[str, str]) -> Transaction | None:
    """The transaction that ``attributes_of`` wrote into this metadata, None where there is none."""
    get = attributes.get
    kind, reference, original_type, stage = map(
        get, ("transactiontype", TRANSACTION_REFERENCE, "originaltype", "transactionstatus")
    )
    if kind is None or reference is None or original_type is None:
        return None
    return Transaction(
        kind=Kind(kind),
        reference=reference,
        original_type=original_type,
        occurred_at=get("transactiontime"),
        amount=get(TRANSACTION_AMOUNT),
        currency=get("transactioncurrency"),
        payment=get("transactionpayment"),
        stage=None if stage is None else Stage(stage),
        claimed=get("transactionclaimed"),
        is_id_only=TRANSACTION_ID_ONLY in attributes,
    )


def amount_of(metadata: Mapping[str, str], body: bytes) -> str | None:
    """The amount of an event: its transaction's amount, or the member ``amount`` of a JSON body that no mapper reads, as it is written."""
    if TRANSACTION_AMOUNT in metadata:
        return metadata[TRANSACTION_AMOUNT]
    if ATTRIBUTES[0] in metadata or b'"amount"' not in body:
        return None
    try:
        document = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    found = document.get("amount") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None


def plain_amount(text: str | None) -> str | None:
    """The amount without trailing zeros, so that ``12.5`` equals ``12.50``."""
    return text.rstrip("0").rstrip(".") if text is not None and "." in text else text
