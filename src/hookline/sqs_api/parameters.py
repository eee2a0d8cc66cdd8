"""An action's parameters, checked as they are read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from hookline.sqs_api.wire_errors import INVALID_PARAMETER_VALUE, MISSING_PARAMETER, NOT_JSON, SqsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parameters", "missing"]


class Parameters:
    """The JSON object of a request. A parameter that is null counts as absent; one of another type raises SqsError."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def parse(cls, body: bytes) -> Parameters:
        """The parameters in ``body``; an empty body has none."""
        try:
            values = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError:
            raise SqsError(NOT_JSON, "The body is not JSON.") from None
        if not isinstance(values, dict):
            raise SqsError(NOT_JSON, "The body is not a JSON object.")
        return cls(values)

    def text(self, name: str) -> str:
        """A string that has to be there."""
        value = self._values.get(name)
        if value is None:
            raise missing(name)
        if not isinstance(value, str):
            raise _wrong_type(name, "a string")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of strings; empty when it is absent."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong_type(name, "a list of strings")
        return value

    def whole(self, name: str, *, least: int, most: int, reason: str) -> int | None:
        """A whole number within bounds, None when it is absent; ``reason`` is what AWS says of one outside."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(name, "a whole number")
        if not least <= value <= most:
            raise SqsError(
                INVALID_PARAMETER_VALUE,
                f"Value {value} for parameter {name} is invalid. Reason: {reason}, if provided.",
            )
        return value

    def seconds(self, name: str, *, most: int) -> timedelta | None:
        """A span of whole seconds, at most ``most``; None when it is absent."""
        value = self.whole(name, least=0, most=most, reason=f"Must be >= 0 and <= {most}")
        return None if value is None else timedelta(seconds=value)


def missing(name: str) -> SqsError:
    """The refusal of a call without the parameter ``name``."""
    return SqsError(MISSING_PARAMETER, f"The request must contain the parameter {name}.")


def _wrong_type(name: str, wanted: str) -> SqsError:
    return SqsError(NOT_JSON, f"The parameter {name} must be {wanted}.")
