"""``transactions`` of a source: what a sender's payment events are counted by, where the sender leaves a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.reader import nearest, read_table
from hookline.config.units import UnusableError, shown
from hookline.providers.transactions import mapper_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hookline.config.reader import Table
    from hookline.domain.transaction import TransactionFinder

__all__ = ["read_transactions"]


def read_transactions(source: Table, scheme: str) -> TransactionFinder | None:
    """What reads the payment events of the source, None for senders that are not mapped."""
    mapper = mapper_of(scheme)
    choices = {} if mapper is None else mapper.choices
    if not source.has("transactions"):
        return mapper
    if not choices:
        source.at("transactions").complain(f"the scheme {scheme} has no options for transactions")
        return mapper
    table = read_table(source.at("transactions"), source.values["transactions"], choices)
    found = {option: table.read(option, _one_of(values), None) for option, values in choices.items()}
    return mapper_of(scheme, {option: value for option, value in found.items() if value is not None})


def _one_of(known: Iterable[str]) -> Callable[[object], str]:
    values = sorted(known)

    def reader(value: object) -> str:
        if isinstance(value, str) and value in values:
            return value
        hint = f"; the nearest is {nearest(value, values)!r}" if isinstance(value, str) else ""
        raise UnusableError(f"must be one of {', '.join(values)}, not {shown(value)}{hint}")

    return reader
