"""What a sender's mapping is: a table of its types, each with the place that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.transaction import Transaction
from hookline.providers.transactions.reading import UndocumentedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.domain.transaction import Kind

__all__ = ["MappedType", "Mapper", "always", "untold"]


def always(item: Json) -> bool:  # noqa: ARG001 -- the shape of MappedType.happened
    """The type itself says that it has happened."""
    return True


def untold(item: Json) -> None:
    """The sender's events of this type carry no amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedType:
    """One type of event. ``source`` is where its sender says what it means.

    ``money`` finds amount and currency, None where the event does not tell them; ``happened`` looks whether the payment or refund
    did take place. Each of them may raise UndocumentedError.
    """

    kind: Kind
    source: str
    reference: Callable[[Json], str]
    money: Callable[[Json], tuple[str, str] | None]
    happened: Callable[[Json], bool] = always


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapper:
    """One sender. ``item`` finds the one event in the body; ``not_mapped`` says why payment types that exist are left out."""

    item: Callable[[Json], Json]
    original_type: Callable[[Json], str]
    occurred_at: Callable[[Json], str]
    types: Mapping[str, MappedType]
    not_mapped: Mapping[str, str]

    def __call__(self, document: Json) -> Transaction | None:
        """The transaction that the parsed body reports, or None where it is none that is known for certain. Never raises."""
        try:
            return self._transaction(self.item(document))
        except UndocumentedError:
            return None

    def _transaction(self, item: Json) -> Transaction | None:
        name = self.original_type(item)
        mapped = self.types.get(name)
        if mapped is None or not mapped.happened(item):
            return None
        amount, currency = mapped.money(item) or (None, None)
        return Transaction(
            kind=mapped.kind,
            reference=mapped.reference(item),
            occurred_at=self.occurred_at(item),
            original_type=name,
            amount=amount,
            currency=currency,
        )
