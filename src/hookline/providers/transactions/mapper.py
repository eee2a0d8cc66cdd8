"""The mapping of a sender: a table of its types, each with the page that documents it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeAlias

from hookline.domain.money import normalised
from hookline.domain.transaction import Stage, Transaction
from hookline.providers.transactions.reading import UndocumentedError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.domain.transaction import Kind

__all__ = ["Choices", "MappedType", "Mapper", "Money", "always", "as_parsed", "at", "not_said", "unless_pending"]

Money: TypeAlias = tuple[str, str]
"""An amount without a sign, as exact decimal text, and its currency."""


def always(item: Json) -> bool:  # noqa: ARG001 -- required by MappedType.happened
    """True, because the type itself says that it has happened."""
    return True


def at(stage: Stage) -> Callable[[Json], Stage]:
    """A fixed stage, because the type itself says it."""
    return lambda item: stage  # noqa: ARG005 -- required by MappedType.stage


_SUCCEEDED = at(Stage.SUCCEEDED)


def itself(document: Json) -> Json:
    """The body is the event."""
    return document


def unless_pending(
    stage: Callable[[Json], Stage | None], money: Callable[[Json], Money | None]
) -> Callable[[Json], Money | None]:
    """Finds the money at every stage but the first, at which nothing is certain."""
    return lambda item: None if stage(item) is Stage.PENDING else money(item)


def as_parsed(body: bytes, document: Json) -> Json:  # noqa: ARG001 -- required by Mapper.reads
    """The document that was parsed from the body in the usual way."""
    return document


def not_said(item: Json) -> None:
    """None: the sender's events of this type do not contain this."""


@record
class MappedType:
    """One type of event. ``source`` is the page where its sender documents its meaning.

    ``money`` finds the amount of the movement; at a stage that moves nothing the record has zero instead, and with ``takes_back`` the
    amount is negative. ``claimed`` finds the amount that a dispute claims. ``happened`` checks whether there is anything to record; if
    there is not, ``otherwise`` is tried. Each of them may raise UndocumentedError. With ``is_id_only`` the sender's event contains only the
    id, and what happened must be fetched from its API.
    """

    kind: Kind
    source: str
    reference: Callable[[Json], str]
    money: Callable[[Json], Money | None]
    stage: Callable[[Json], Stage | None] = _SUCCEEDED
    payment: Callable[[Json], str | None] = not_said
    claimed: Callable[[Json], Money | None] = not_said
    happened: Callable[[Json], bool] = always
    takes_back: bool = False
    otherwise: MappedType | None = None
    is_id_only: bool = False

    def transaction(self, item: Json, *, occurred_at: str | None, original_type: str) -> Transaction | None:
        """The transaction in the item, None if the item reports no movement of money."""
        if not self.happened(item):
            if self.otherwise is None:
                return None
            return self.otherwise.transaction(item, occurred_at=occurred_at, original_type=original_type)
        stage, money = self.stage(item), self.money(item)
        if money is not None and _is_zero(money[0]) and stage is Stage.SUCCEEDED:
            return None
        claimed, currency = self.claimed(item) or (None, money and money[1])
        return Transaction(
            kind=self.kind,
            reference=self.reference(item),
            occurred_at=occurred_at,
            original_type=original_type,
            amount=None if money is None else self._counted(*money, stage),
            currency=currency,
            payment=self.payment(item),
            stage=stage,
            claimed=claimed,
            is_id_only=self.is_id_only,
        )

    def _counted(self, amount: str, currency: str, stage: Stage | None) -> str:
        if self.takes_back and not _is_zero(amount):
            return f"-{amount}"
        return normalised("0", currency) if stage is not None and stage.moves_nothing else amount


Choices: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, MappedType]]]"
"""By option and value, the types that the value adds; an option's first value is its default."""


@record
class Mapper:
    """One sender. ``item`` finds the one event in the body; ``choices`` are the options that hookline.toml may set.

    ``reads`` parses a body that is not JSON, or whose amounts are numbers with a fraction (``reading.exact``). It may raise
    UndocumentedError.
    """

    original_type: Callable[[Json], str]
    occurred_at: Callable[[Json], str | None]
    types: Mapping[str, MappedType]
    item: Callable[[Json], Json] = itself
    choices: Choices = field(default_factory=dict)
    reads: Callable[[bytes, Json], Json] = as_parsed

    def choose(self, chosen: Mapping[str, str]) -> Mapper:
        """The mapper with the types of each option's chosen value, or of its default."""
        types = dict(self.types)
        for option, values in self.choices.items():
            types |= values[chosen.get(option, next(iter(values)))]
        return replace(self, types=types)

    def __call__(self, document: Json) -> Transaction | None:
        """The transaction that the parsed body reports, or None where the body does not report one with certainty. Never raises."""
        try:
            return self.read(document)
        except Exception:  # noqa: BLE001 -- an error in a mapping may lose the record, but never the event
            return None

    def document_of(self, body: bytes, document: Json) -> Json:
        """The document that ``reads`` returns for the body, None if it cannot read it. Never raises."""
        try:
            return self.reads(body, document)
        except Exception:  # noqa: BLE001 -- as in __call__
            return None

    def read(self, document: Json) -> Transaction | None:
        """The same as a call of the mapper, but errors in the mapping's own code are raised."""
        try:
            item = self.item(document)
            name = self.original_type(item)
            mapped = self.types.get(name)
            if mapped is None:
                return None
            return mapped.transaction(item, occurred_at=self.occurred_at(item), original_type=name)
        except UndocumentedError:
            return None


def _is_zero(amount: str) -> bool:
    return not amount.strip("0.")
