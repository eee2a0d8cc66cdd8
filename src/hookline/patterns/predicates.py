"""Predicates: whether one scalar of an event matches. Each accepts any value and never raises."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hookline.patterns.tree import Predicate

__all__ = [
    "COMPARISONS",
    "Number",
    "StringTest",
    "any_of",
    "anything",
    "but_not",
    "ends_with",
    "ends_with_ignoring_case",
    "equals_ignoring_case",
    "equals_number",
    "in_network",
    "is_number",
    "is_the_constant",
    "never",
    "number_that",
    "one_of_numbers",
    "one_of_strings",
    "starts_with",
    "starts_with_ignoring_case",
    "string_that",
]

Number: TypeAlias = int | float

StringTest: TypeAlias = "Callable[[str], bool]"

COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {"=": eq, ">": gt, ">=": ge, "<": lt, "<=": le}

_NUMBER_TYPES = (int, float)  # a tuple made once: a union would be created at every match

_LONGEST_ADDRESS = 45
"""Characters of the longest IPv6 address, which ends in an IPv4 address (RFC 4291 section 2.2)."""


def is_number(value: object) -> TypeGuard[Number]:
    """Whether ``value`` is a JSON number; a boolean is an int in Python, but not a number in JSON."""
    return isinstance(value, _NUMBER_TYPES) and value is not True and value is not False


def anything(_value: object) -> bool:
    """True for every scalar, also null."""
    return True


def never(_value: object) -> bool:
    """False for every scalar."""
    return False


def any_of(predicates: Sequence[Predicate]) -> Predicate:
    """True for scalars that at least one of ``predicates`` accepts."""
    if len(predicates) == 1:
        return predicates[0]
    return (lambda value: any(takes(value) for takes in predicates)) if predicates else never


def but_not(predicate: Predicate) -> Predicate:
    """True for scalars of any type that ``predicate`` does not accept."""
    return lambda value: not predicate(value)


def equals_number(wanted: Number) -> Predicate:
    """True for numbers of the same value: 300 equals 300.0."""
    return lambda value: is_number(value) and value == wanted


def one_of_numbers(wanted: Iterable[Number]) -> Predicate:
    """True for numbers of the same value as one of ``wanted``."""
    chosen = frozenset(wanted)
    return lambda value: is_number(value) and value in chosen


def is_the_constant(constant: bool | None) -> Predicate:  # noqa: FBT001 -- it compares with true, false and null
    """True for true, false or null itself, and not for values that Python considers equal."""
    return lambda value: value is constant


def one_of_strings(wanted: Iterable[str]) -> Predicate:
    """True for strings that equal one of ``wanted``, character by character."""
    chosen = frozenset(wanted)
    return lambda value: isinstance(value, str) and value in chosen


def string_that(tests: Sequence[StringTest]) -> Predicate:
    """True for strings that at least one of ``tests`` accepts."""
    if len(tests) == 1:
        test = tests[0]
        return lambda value: isinstance(value, str) and test(value)
    return lambda value: isinstance(value, str) and any(test(value) for test in tests)


def starts_with(prefix: str) -> StringTest:
    """True for strings that begin with ``prefix``."""
    return lambda value: value.startswith(prefix)


def ends_with(suffix: str) -> StringTest:
    """True for strings that end with ``suffix``."""
    return lambda value: value.endswith(suffix)


def equals_ignoring_case(wanted: str) -> StringTest:
    """True for strings that equal ``wanted`` when both are case-folded (Unicode section 3.13)."""
    folded = wanted.casefold()
    return lambda value: value.casefold() == folded


def starts_with_ignoring_case(prefix: str) -> StringTest:
    """True for strings that begin with ``prefix`` when both are case-folded."""
    folded = prefix.casefold()
    return lambda value: value.casefold().startswith(folded)


def ends_with_ignoring_case(suffix: str) -> StringTest:
    """True for strings that end with ``suffix`` when both are case-folded."""
    folded = suffix.casefold()
    return lambda value: value.casefold().endswith(folded)


def number_that(comparisons: Iterable[tuple[str, Number]]) -> Predicate:
    """True for numbers for which every comparison is true."""
    tests = tuple((COMPARISONS[operator], operand) for operator, operand in comparisons)

    def fits(value: object) -> bool:
        if not is_number(value):
            return False
        for holds, operand in tests:  # noqa: SIM110 -- a generator costs more than the comparison
            if not holds(value, operand):
                return False
        return True

    return fits


def in_network(block: str) -> Predicate:
    """True for strings that are an address in ``block``, of the same IP version.

    Raises ValueError when ``block`` is not a block of addresses.
    """
    network = ip_network(block, strict=False)

    def fits(value: object) -> bool:
        if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or "%" in value:
            return False
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return fits
