"""Reads and checks an action's parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.sqs_api.wire_errors import (
    INVALID_ATTRIBUTE_NAME,
    INVALID_PARAMETER_VALUE,
    MISSING_PARAMETER,
    NOT_JSON,
    SqsError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Parameters", "chosen_names", "missing"]

_LONGEST_ECHO = 100  # characters of the client's value that an error repeats
_ALL = "All"


class Parameters:
    """The parameters of a call, as the JSON object of the newer protocol.

    A parameter that is null counts as absent; one of another type raises SqsError.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """A required string."""
        value = self._values.get(name)
        if value is None:
            raise missing(name)
        if not isinstance(value, str):
            raise _wrong_type(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string; None when it is absent."""
        return None if self._values.get(name) is None else self.text(name)

    def object(self, name: str) -> Parameters:
        """A JSON object, as Parameters; empty when it is absent."""
        value = self._values.get(name)
        if value is None:
            return Parameters({})
        if not isinstance(value, dict):
            raise _wrong_type(name, "an object")
        return Parameters(value)

    def objects(self, name: str) -> list[Parameters]:
        """A list of JSON objects; empty when it is absent."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _wrong_type(name, "a list of objects")
        return [Parameters(item) for item in value]

    def names(self) -> list[str]:
        """The names of the given parameters."""
        return [name for name, value in self._values.items() if value is not None]

    def texts(self, name: str) -> list[str]:
        """A list of strings; empty when it is absent."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong_type(name, "a list of strings")
        return value

    def whole(self, name: str, *, least: int, most: int, reason: str) -> int | None:
        """A whole number within limits, None when it is absent; ``reason`` is AWS's text for one outside of them."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(name, "a whole number")
        if not least <= value <= most:
            raise SqsError(
                INVALID_PARAMETER_VALUE,
                f"Value {value} for parameter {name} is invalid. Reason: {reason}",
            )
        return value

    def seconds(self, name: str, *, most: int) -> timedelta | None:
        """A span of whole seconds, at most ``most``; None when it is absent."""
        value = self.whole(name, least=0, most=most, reason=f"Must be >= 0 and <= {most}, if provided.")
        return None if value is None else timedelta(seconds=value)


def chosen_names(asked: Sequence[str], known: Collection[str]) -> frozenset[str]:
    """The names in ``known`` that ``asked`` requests, all of them for ``All``; raises SqsError for an unknown name."""
    for name in asked:
        if name != _ALL and name not in known:
            raise SqsError(INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name[:_LONGEST_ECHO]}.")
    return frozenset(known if _ALL in asked else asked)


def missing(name: str) -> SqsError:
    """The refusal of a call without the parameter ``name``."""
    return SqsError(MISSING_PARAMETER, f"The request must contain the parameter {name}.")


def _wrong_type(name: str, wanted: str) -> SqsError:
    return SqsError(NOT_JSON, f"The parameter {name} must be {wanted}.")
