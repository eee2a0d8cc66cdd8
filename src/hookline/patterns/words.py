"""The values of a pattern, and those of an event, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["place", "shown", "wanted", "which"]

_LONGEST = 80
_FEW = 5
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SAYS = {
    "prefix": "begins with {}",
    "suffix": "ends with {}",
    "equals-ignore-case": "equals {} (upper or lower case)",
    "wildcard": "fits {}",
    "cidr": "is in {}",
}


def place(path: Sequence[str]) -> str:
    """The path of a field, such as ``data.amount``."""
    return ".".join(step if _PLAIN.fullmatch(step) else shown(step) for step in path)


def shown(value: object) -> str:
    """A value as JSON, cut if it is long."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):  # an event may be nested deeper than json can write
        few = ", ".join("[…]" if isinstance(one, list) else shown(one) for one in value[:_FEW])
        return _cut(f"[{few}, …]" if len(value) > _FEW else f"[{few}]")
    return _cut(json.dumps(value[:_LONGEST] if isinstance(value, str) else value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def wanted(values: Sequence[object]) -> str:
    """What a list of values accepts: ``"refund" or a string that begins with "pay"``."""
    return " or ".join(_noun(value) for value in values)


def which(value: object) -> str | None:
    """What is true of a value that fits an operator, as in ``which begins with "pay"``; None for a plain value, which it equals."""
    if not isinstance(value, Mapping):
        return None
    ((operator, operand),) = value.items()
    if operator == "anything-but":
        return f"is not {_unwanted(operand)}"
    if operator == "exists":
        return "is there"
    return _phrase(operator, operand)


def _noun(value: object) -> str:
    if not isinstance(value, Mapping):
        return shown(value)
    ((operator, operand),) = value.items()
    if operator == "exists":
        return "any value" if operand else "no value"
    if operator == "anything-but":
        return f"anything but {_unwanted(operand)}"
    kind = {"numeric": "a number", "cidr": "an address"}.get(operator, "a string")
    return f"{kind} that {_phrase(operator, operand)}"


def _phrase(operator: str, operand: object) -> str:
    if operator == "numeric" and isinstance(operand, list | tuple):
        pairs = zip(operand[::2], operand[1::2], strict=True)
        return "is " + " and ".join(f"{comparison} {shown(bound)}" for comparison, bound in pairs)
    if isinstance(operand, Mapping):
        ((_, inner),) = operand.items()
        return f"{_SAYS[operator].format(shown(inner))} (upper or lower case)"
    return _SAYS[operator].format(shown(operand))


def _unwanted(operand: object) -> str:
    if isinstance(operand, Mapping):
        ((operator, inner),) = operand.items()
        several = inner if isinstance(inner, list | tuple) else [inner]
        return " or ".join(f"a string that {_phrase(operator, one)}" for one in several)
    return " or ".join(map(shown, operand if isinstance(operand, list | tuple) else [operand]))
