"""Reads a pattern: records every complaint, and returns one tree of fields for each combination of ``$or`` branches."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from hookline.patterns.operators import OPERATORS, read_number, read_operator
from hookline.patterns.predicates import equals_number, is_number, is_the_constant
from hookline.patterns.tree import Leaf, merge, shared_fields

if TYPE_CHECKING:
    from hookline.patterns.position import Position
    from hookline.patterns.tree import Fields

__all__ = ["COMBINATIONS", "DEPTH", "read_object", "read_value"]

DEPTH = 32
"""The most steps from the root of a pattern to its deepest object; each ``$or`` and each of its branches is a step."""

COMBINATIONS = 1000
"""EventBridge refuses a pattern whose ``$or`` branches have more combinations than this."""


def read_object(position: Position, pattern: object) -> list[Fields]:
    """Every combination of branches in ``pattern``: only one if it has no ``$or``."""
    if not isinstance(pattern, Mapping) or not pattern:
        position.complain("a pattern is an object with at least one field")
        return [{}]
    if position.depth > DEPTH:
        position.complain(f"a pattern is at most {DEPTH} levels deep")
        return [{}]
    ways: list[Fields] = [{}]
    for key, value in pattern.items():
        ways = _both(position, ways, _read_field(position, key, value))
    return ways


def _read_field(position: Position, key: object, value: object) -> list[Fields]:
    inner = position.at(str(key))
    if not isinstance(key, str):
        inner.complain("a field's name is a string")
        return [{}]
    if key == "$or":
        return _read_or(inner, value)
    if isinstance(value, Mapping):
        return [{key: fields} for fields in read_object(inner, value)]
    return [{key: _read_values(inner, value)}]


def _read_or(position: Position, branches: object) -> list[Fields]:
    """The combinations of all branches together."""
    if not isinstance(branches, list | tuple) or len(branches) < 2:  # noqa: PLR2004 -- an "or" has two sides
        position.complain("$or takes a list of at least two patterns")
        branches = branches if isinstance(branches, list | tuple) else ()
    ways = [way for index, branch in enumerate(branches) for way in _read_branch(position.at(index), branch)]
    if len(ways) > COMBINATIONS:
        position.complain(f"the branches of $or have more than {COMBINATIONS} combinations")
        return [{}]
    return ways


def _read_branch(position: Position, branch: object) -> list[Fields]:
    for name in branch if isinstance(branch, Mapping) else ():
        if name in OPERATORS:
            position.at(name).complain(f"{name} is an operator, and a branch of $or is a pattern of fields")
    return read_object(position, branch)


def _both(position: Position, left: list[Fields], right: list[Fields]) -> list[Fields]:
    """Each of ``left`` combined with each of ``right``."""
    if len(left) * len(right) > COMBINATIONS:
        position.complain(f"the pattern has more than {COMBINATIONS} combinations of $or")
        return left
    # EventBridge would use the later of the two without a warning.
    twice = {path for ours in left for theirs in right for path in shared_fields(ours, theirs)}
    for path in sorted(twice):
        position.complain(
            f"{'.'.join(path)} is used both inside and outside of $or; write it in each branch of $or instead"
        )
    return left if twice else [merge(ours, theirs) for ours in left for theirs in right]


def _read_values(position: Position, values: object) -> Leaf:
    """The list of values of one field."""
    if not isinstance(values, list | tuple):
        position.complain('the values of a field must be in a list, such as ["payment"] or [{"prefix": "pay"}]')
        return Leaf()
    if not values:
        position.complain("an empty list of values matches nothing")
    leaves = [read_value(position.at(index), value) for index, value in enumerate(values)]
    return Leaf(
        strings=frozenset(chain.from_iterable(leaf.strings for leaf in leaves)),
        predicates=tuple(chain.from_iterable(leaf.predicates for leaf in leaves)),
        absent=any(leaf.absent for leaf in leaves),
        written=tuple(values),
    )


def read_value(position: Position, value: object) -> Leaf:
    """One value: a scalar, or an operator."""
    if isinstance(value, str):
        return Leaf(strings=frozenset((value,)))
    if isinstance(value, Mapping):
        name, takes = read_operator(position, value)
        return Leaf(predicates=(takes,), absent=name == "exists" and value[name] is False)
    if is_number(value):
        return Leaf(predicates=(equals_number(read_number(position, value)),))
    if value is None or isinstance(value, bool):
        return Leaf(predicates=(is_the_constant(value),))
    position.complain("a value is a string, a number, true, false, null or an operator")
    return Leaf()
