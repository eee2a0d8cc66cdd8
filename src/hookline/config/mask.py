"""``mask`` of a source: which fields of its bodies are hidden from users without the right to operate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jmespath
from jmespath.exceptions import JMESPathError

from hookline.config.reader import read, read_list
from hookline.config.reads import places_of_expression
from hookline.config.units import UnusableError
from hookline.domain.reads import EVERYTHING, NO_MEMBERS, members_of

if TYPE_CHECKING:
    from hookline.config.reader import Table
    from hookline.domain.reads import Members, Path

__all__ = ["read_mask"]


def read_mask(table: Table) -> Members:
    """The members that are hidden, each with everything inside it; ``NO_MEMBERS`` if there are none."""
    if not table.has("mask"):
        return NO_MEMBERS
    place = table.at("mask")
    items = read_list(place, table.values["mask"], "JMESPaths")
    nothing: frozenset[Path] = frozenset()
    found = nothing.union(*(read(place.at(index), _paths, item, nothing) for index, item in enumerate(items)))
    return members_of((*path, EVERYTHING) for path in found) if found else NO_MEMBERS


def _paths(value: object) -> frozenset[Path]:
    """The paths of the values that the expression finds. An index means every element, because the order may change."""
    if not isinstance(value, str):
        raise UnusableError('must be a JMESPath into the body, such as "customer.email"')
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise UnusableError(f"is not a JMESPath: {str(error).splitlines()[0]}") from None
    paths = places_of_expression(value)
    if not paths:
        raise UnusableError("does not name a field of the body")
    return paths
