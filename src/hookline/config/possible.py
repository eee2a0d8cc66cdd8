"""Which events a source can have, as far as the configuration decides it: a route that requires anything else would never match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.content_type import content_type
from hookline.domain.event import DEFAULT_TYPE
from hookline.domain.message import ALWAYS, is_json_media_type
from hookline.domain.moment import is_moment, readable_moment
from hookline.domain.transaction import ATTRIBUTES, TRANSACTION_ID_ONLY, Kind, Stage
from hookline.patterns import compile_pattern
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hookline.domain.event import Json
    from hookline.domain.source import Source

__all__ = ["Possible", "possible"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_AMOUNT_BEGINS = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?)?")
_TIME_BEGINS = "0000-00-00T00:00:00"
_LONGEST_NAME = 256


@record
class Possible:
    """The possible events of one source.

    ``values`` has the attributes with few, known values; ``absent`` has the attributes that its events never have.

    ``listed`` are the types of new events, None where any type is possible; events that were stored earlier may have other types. For any
    other attribute, ``shapes`` checks whether a text is possible as its value, and ``beginnings`` whether a value can begin with a text.
    """

    values: Mapping[str, frozenset[str]]
    absent: frozenset[str]
    listed: frozenset[str] | None
    shapes: Mapping[str, Callable[[str], bool]]
    beginnings: Mapping[str, Callable[[str], bool]]
    in_one_case: frozenset[str] = frozenset({"time", "bodysha256", "transactioncurrency", "transactiontime"})
    """Attributes with letters of only one case: an operator that ignores case can be tested with both."""

    def takes(self, key: str, wanted: object) -> bool:
        """Whether one of the ``wanted`` values, or an object of fields, can match the value of ``key``; True in doubt."""
        if isinstance(wanted, list):
            return any(self._takes_value(key, value) for value in wanted)
        return self._takes_object(key, wanted)

    def _takes_object(self, key: str, fields: object) -> bool:
        if key == "data" and key not in self.absent:
            return True
        return key == "data" and compile_pattern({key: fields}).matches({})

    def _takes_value(self, key: str, value: object) -> bool:
        asks_for_none = isinstance(value, dict) and value.get("exists") is False
        if key in self.absent or (asks_for_none and key in ALWAYS):
            return asks_for_none and key not in ALWAYS
        if key == "data" or asks_for_none:
            return True
        if key == "datacontenttype" and _may_have_parameters(value, self.values[key]):
            return True
        if key in self.values and isinstance(value, str):
            return value in self.values[key]
        if key in self.values:
            matches = compile_pattern({key: [value]}).matches
            return any(matches({key: one}) for one in self.values[key])
        return self._takes_text(key, value)

    def _takes_text(self, key: str, value: object) -> bool:
        """The same as ``takes``, for an attribute that is text in a fixed form."""
        if isinstance(value, str):
            return key not in self.shapes or self.shapes[key](value)
        if not isinstance(value, dict) or "numeric" in value:
            return False
        if isinstance(text := value.get("equals-ignore-case"), str) and key in self.in_one_case:
            return any(map(self.shapes[key], (text, text.lower(), text.upper())))
        begins = self.beginnings.get(key)
        if begins is None:
            return True
        return "cidr" not in value and begins(_beginning(value))


def possible(source: Source, type_expression: str | None) -> Possible:
    """The possible events of ``source``; ``type_expression`` says where its type is found, if there is only one place."""
    values = {
        "specversion": frozenset({"1.0"}),
        "source": frozenset({f"hookline/{source.name}"}),
        "datacontenttype": source.media_types,
        "transactiontype": frozenset(Kind),
        "transactionstatus": frozenset(Stage),
        TRANSACTION_ID_ONLY: frozenset({"true"}),
    }
    has_json = any(map(is_json_media_type, source.media_types))
    nothing = {*(() if has_json else ("data",)), *(() if source.find_transaction or source.fetch else ATTRIBUTES)}
    before = f"{source.name}:"
    return Possible(
        values=values,
        absent=frozenset(nothing),
        listed=frozenset({DEFAULT_TYPE}) if source.find_type is None else _types(source, type_expression),
        shapes={
            "id": lambda text: text.startswith(before) and 0 < len(text) - len(before) <= _LONGEST_NAME,
            "type": lambda text: 0 < len(text) <= _LONGEST_NAME,
            "time": _is_time,
            "bodysha256": lambda text: _DIGEST.fullmatch(text) is not None,
            "transactionamount": lambda text: _AMOUNT.fullmatch(text) is not None,
            "transactionclaimed": lambda text: _AMOUNT.fullmatch(text) is not None,
            "transactioncurrency": lambda text: _CURRENCY.fullmatch(text) is not None,
            "transactiontime": _is_time,
        },
        beginnings={
            "id": lambda text: text.startswith(before) or before.startswith(text),
            "time": _can_begin_a_time,
            "transactiontime": _can_begin_a_time,
            "bodysha256": lambda text: _DIGEST.fullmatch(text.ljust(64, "0")) is not None,
            "transactioncurrency": lambda text: _CURRENCY.fullmatch(text.ljust(3, "X")) is not None,
            "transactionamount": lambda text: _AMOUNT_BEGINS.fullmatch(text) is not None,
            "transactionclaimed": lambda text: _AMOUNT_BEGINS.fullmatch(text) is not None,
        },
    )


def _may_have_parameters(value: object, media_types: Iterable[str]) -> bool:
    """Whether ``value`` can match one of these media types with parameters after it, in the form that messages have."""
    if isinstance(value, str):
        return any(value == content_type(value, media_type) for media_type in media_types)
    if not isinstance(value, dict):
        return False
    prefix = value.get("prefix")
    return "numeric" not in value and (not isinstance(prefix, str) or any(map(prefix.startswith, media_types)))


def _is_time(text: str) -> bool:
    """Whether the text is in the form that messages have."""
    return is_moment(text) and readable_moment(text) == text


def _beginning(operator: Mapping[str, object]) -> str:
    """The characters that every text that the operator accepts begins with; empty where that is not known."""
    ((name, operand),) = operator.items()
    if not isinstance(operand, str) or name not in ("prefix", "wildcard"):
        return ""
    return operand if name == "prefix" else re.split(r"[*\\]", operand, maxsplit=1)[0]


def _can_begin_a_time(text: str) -> bool:
    """Whether RFC 3339 text can begin with this; the part after the seconds is not checked."""
    return all(
        (character in "Tt " if shape == "T" else character == shape) if shape in "-:T" else character in "0123456789"
        for character, shape in zip(text, _TIME_BEGINS, strict=False)
    )


def _types(source: Source, expression: str | None) -> frozenset[str] | None:
    """The types that the schema lists for the field that holds the type, or None where it lists none."""
    document: Json = getattr(source.schema, "document", None)
    if expression is None or document is None or not _PLAIN.fullmatch(expression):
        return None
    for name in expression.split("."):
        if not isinstance(document, dict) or "$ref" in document:
            return None
        properties = document.get("properties")
        document = properties.get(name) if isinstance(properties, dict) else None
    return _names(document)


def _names(schema: Json) -> frozenset[str] | None:
    """The names that a schema lists in ``enum`` or ``const``."""
    if not isinstance(schema, dict) or "$ref" in schema:
        return None
    listed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if not isinstance(listed, list):
        return None
    return frozenset(str(name) for name in listed if isinstance(name, str | int) and not isinstance(name, bool))
