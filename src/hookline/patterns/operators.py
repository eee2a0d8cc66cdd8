"""The operators of a pattern: each reads its operand, reports everything that is wrong with it, and becomes a predicate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from hookline.patterns import predicates
from hookline.patterns.doubles import number_fault
from hookline.patterns.position import nearest
from hookline.patterns.wildcard import fits_wildcard, wildcard_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.patterns.position import Position
    from hookline.patterns.predicates import Number, StringTest
    from hookline.patterns.tree import Predicate

__all__ = ["OPERATORS", "read_number", "read_operator"]

_STRING_TESTS: dict[str, Callable[[str], StringTest]] = {
    "prefix": predicates.starts_with,
    "suffix": predicates.ends_with,
    "equals-ignore-case": predicates.equals_ignoring_case,
    "wildcard": fits_wildcard,
}
_IGNORING_CASE: dict[str, Callable[[str], StringTest]] = {
    "prefix": predicates.starts_with_ignoring_case,
    "suffix": predicates.ends_with_ignoring_case,
}
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_BLOCK = re.compile(r"[^/%]+/[0-9]{1,3}")


def read_operator(position: Position, expression: Mapping[object, object]) -> tuple[str, Predicate]:
    """The operator of ``{"operator": operand}`` by name, and the operands that it takes."""
    name, operand = _only_entry(position, expression, OPERATORS)
    if name not in OPERATORS:
        return name, predicates.never
    return name, OPERATORS[name](position.at(name), operand)


def read_number(position: Position, value: Number) -> float:
    """The number as a double; 0 after a complaint that a double cannot hold it."""
    if why := number_fault(value):
        position.complain(why)
        return 0.0
    return float(value)


def _only_entry(
    position: Position, expression: Mapping[object, object], known: Mapping[str, object]
) -> tuple[str, object]:
    """The only key, which must be ``known``, with its value; an empty name after a complaint."""
    if len(expression) != 1:
        position.complain(f"an operator is an object with one key, but this has {len(expression)}")
        return "", None
    ((name, operand),) = expression.items()
    if not isinstance(name, str) or name not in known:
        position.complain(
            f"unknown operator {str(name)!r}; the nearest known one here is {nearest(str(name), known)!r}"
        )
        return "", None
    return name, operand


def _read_text(position: Position, operator: str, operand: object) -> str:
    """The operand of a string operator; an empty string after a complaint."""
    if not isinstance(operand, str):
        position.complain(f"{operator} takes a string")
        return ""
    for why in wildcard_faults(operand) if operator == "wildcard" else ():
        position.complain(why)
    return operand


def _read_string(operator: str) -> Callable[[Position, object], Predicate]:
    """A reader for one of the string operators; it also accepts ``{"equals-ignore-case": …}`` inside where the operator has such a test."""

    def read(position: Position, operand: object) -> Predicate:
        test = _STRING_TESTS[operator]
        if isinstance(operand, Mapping) and operator in _IGNORING_CASE:
            name, operand = _only_entry(position, operand, {"equals-ignore-case": None})
            if not name:
                return predicates.never
            position, test = position.at(name), _IGNORING_CASE[operator]
        return predicates.string_that((test(_read_text(position, operator, operand)),))

    return read


def _read_anything_but(position: Position, operand: object) -> Predicate:
    """Any scalar but the named ones; the key must nevertheless be present."""
    if isinstance(operand, Mapping):
        return predicates.but_not(_read_unwanted_strings(position, operand))
    values = list(operand) if isinstance(operand, list | tuple) else [operand]
    strings = [value for value in values if isinstance(value, str)]
    numbers = [read_number(position, value) for value in values if predicates.is_number(value)]
    if strings and len(strings) == len(values):
        return predicates.but_not(predicates.one_of_strings(strings))
    if numbers and len(numbers) == len(values):
        return predicates.but_not(predicates.one_of_numbers(numbers))
    position.complain(
        "anything-but needs a string, a number, a list of only strings or only numbers, or a string operator"
    )
    return predicates.never


def _read_unwanted_strings(position: Position, expression: Mapping[object, object]) -> Predicate:
    """The strings that a string operator inside anything-but accepts."""
    name, operand = _only_entry(position, expression, _STRING_TESTS)
    if not name:
        return predicates.never
    inner = position.at(name)
    if not isinstance(operand, list | tuple):
        return predicates.string_that((_unwanted(inner, name, operand),))
    if not operand:
        inner.complain("an empty list excludes nothing")
    return predicates.string_that([_unwanted(inner.at(index), name, item) for index, item in enumerate(operand)])


def _unwanted(position: Position, operator: str, operand: object) -> StringTest:
    if operand == "" and operator in _IGNORING_CASE:
        position.complain(f"every string has the empty {operator}, so this would match no string")
    return _STRING_TESTS[operator](_read_text(position, operator, operand))


def _read_numeric(position: Position, operand: object) -> Predicate:
    """One comparison, or a lower bound and then an upper bound."""
    if not isinstance(operand, list | tuple) or len(operand) not in (2, 4):
        position.complain('numeric needs a list such as ["=", 5], [">", 0] or [">=", 0, "<", 10]')
        return predicates.never
    before = len(position.complaints)
    comparisons = [
        (_read_comparison(position.at(index), operand[index]), _read_bound(position.at(index + 1), operand[index + 1]))
        for index in range(0, len(operand), 2)
    ]
    if len(position.complaints) == before:
        _check_range(position, comparisons)
    return predicates.number_that(comparisons) if len(position.complaints) == before else predicates.never


def _read_comparison(position: Position, operator: object) -> str:
    if isinstance(operator, str) and operator in predicates.COMPARISONS:
        return operator
    position.complain(f"the comparisons of numeric are {' '.join(predicates.COMPARISONS)}")
    return "="


def _read_bound(position: Position, number: object) -> float:
    if predicates.is_number(number):
        return read_number(position, number)
    position.complain("numeric can only compare with a number")
    return 0.0


def _check_range(position: Position, comparisons: list[tuple[str, float]]) -> None:
    for (lower, bottom), (upper, top) in pairwise(comparisons):
        if lower not in _LOWER or upper not in _UPPER:
            position.complain("a range is a lower bound (> or >=) and then an upper bound (< or <=)")
        elif bottom >= top:
            position.complain("the lower bound of a range must be less than the upper bound")


def _read_exists(position: Position, operand: object) -> Predicate:
    """Any scalar for true, none for false, because false requires that the key is missing."""
    if not isinstance(operand, bool):
        position.complain("exists must be true or false")
    return predicates.anything if operand is True else predicates.never


def _read_cidr(position: Position, operand: object) -> Predicate:
    """The addresses of a block of IPv4 or IPv6."""
    try:
        if isinstance(operand, str) and _BLOCK.fullmatch(operand):
            return predicates.in_network(operand)
    except ValueError:
        pass
    position.complain('cidr needs a block of addresses such as "10.0.0.0/24" or "2001:db8::/32"')
    return predicates.never


OPERATORS: dict[str, Callable[[Position, object], Predicate]] = {
    "prefix": _read_string("prefix"),
    "suffix": _read_string("suffix"),
    "equals-ignore-case": _read_string("equals-ignore-case"),
    "wildcard": _read_string("wildcard"),
    "anything-but": _read_anything_but,
    "numeric": _read_numeric,
    "exists": _read_exists,
    "cidr": _read_cidr,
}
"""Every operator that a list of values may contain."""
