"""The canonical record of a payment event: one shape for what many senders tell in their own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["ATTRIBUTES", "Kind", "Transaction", "TransactionFinder", "attributes_of"]

ATTRIBUTES = (
    "transactiontype",
    "transactionamount",
    "transactioncurrency",
    "transactionreference",
    "transactiontime",
    "originaltype",
)
"""The names that a transaction has in an event's metadata and in its message.

CloudEvents 1.0 allows lower-case letters and digits, and asks for 20 characters at most ("Naming conventions").
"""


class Kind(StrEnum):
    """What moves: money in, money back, or a claim that it should go back."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What a payment event says, exactly.

    ``amount`` is a decimal as text, without a sign: the kind tells the direction. ``amount`` and ``currency`` (ISO 4217) are None
    together, where the sender does not tell them. ``reference`` is the sender's own id of the payment, refund or dispute,
    ``occurred_at`` RFC 3339 text, and ``original_type`` the event's type in the sender's words.
    """

    kind: Kind
    reference: str
    occurred_at: str
    original_type: str
    amount: str | None = None
    currency: str | None = None


class TransactionFinder(Protocol):
    """Reads one sender's events."""

    def __call__(self, document: Json) -> Transaction | None:
        """The transaction that the parsed body reports, or None where it is none that is known for certain. Never raises."""
        ...


def attributes_of(transaction: Transaction) -> dict[str, str]:
    """The transaction under the names of ``ATTRIBUTES``; what is not told is left out."""
    values = (
        transaction.kind.value,
        transaction.amount,
        transaction.currency,
        transaction.reference,
        transaction.occurred_at,
        transaction.original_type,
    )
    return {name: value for name, value in zip(ATTRIBUTES, values, strict=True) if value is not None}
