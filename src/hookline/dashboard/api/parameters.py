"""Reads a request: its operation, and its parameters and body by their schemas."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final  # Any: values have the types of their schemas
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import orjson

from hookline.dashboard.api.operation import Parameter
from hookline.errors import Complaint, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.dashboard.api.operation import Operation
    from hookline.dashboard.schema import Schema

__all__ = ["LARGEST_BODY", "LIMIT", "NUMBER", "PATH_SCHEMAS", "Router", "read_body", "read_query"]

LIMIT: Final = Parameter(
    name="limit", schema={"type": "integer", "minimum": 1, "maximum": 500}, description="The largest number of results."
)
NUMBER: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
"""The id of a rejected request."""

PATH_SCHEMAS: Final[Mapping[str, Schema]] = {"number": NUMBER}
"""The schemas of path parameters that are not texts."""

LARGEST_BODY: Final = 64 * 1024
"""The largest request body in bytes."""

_BOOLEANS: Final = {"true": True, "false": False}
_MOST_DIGITS: Final = 18
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class Router:
    """Finds the operation of a request by its method and its path, which is still percent-encoded."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        # A literal path comes before one with a parameter in its place.
        self._operations = sorted(operations, key=lambda one: [part.startswith("{") for part in one.segments])

    def find(self, method: str, raw_path: bytes) -> tuple[Operation, dict[str, str]]:
        """The operation and the parameters of its path. Raises Rejected ``no_such_path`` or ``method_not_allowed``."""
        segments = raw_path.split(b"/")[1:]
        fitting = [one for one in self._operations if _fits(one, segments)]
        if not fitting:
            raise Rejected("no_such_path", "the API has no such path; /api/openapi.json lists all of them")
        fitting = [one for one in fitting if one.path == fitting[0].path]
        for operation in fitting:
            if operation.method == method or (operation.method, method) == ("GET", "HEAD"):
                return operation, _path_values(operation, segments)
        allowed = sorted(
            {one.method for one in fitting} | ({"HEAD"} if any(one.method == "GET" for one in fitting) else set())
        )
        raise Rejected("method_not_allowed", f"this path takes {', '.join(allowed)}", allowed=allowed)


def read_query(operation: Operation, query: bytes) -> dict[str, Any]:
    """The parameters of the query. Raises Rejected ``parameter_invalid`` with all problems."""
    known = {one.name: one for one in operation.parameters}
    found: dict[str, Any] = {}
    complaints = []
    for name, text in _pairs(query):
        if name not in known:
            complaints.append(Complaint(where=name, why="is not a parameter of this operation"))
        elif name in found:
            complaints.append(Complaint(where=name, why="is repeated"))
        else:
            value = _typed(text, known[name].schema)
            found[name] = value
            complaints += _complaints(known[name].schema, value, name)
    if complaints:
        raise Rejected("parameter_invalid", "; ".join(map(str, complaints)), complaints=complaints)
    return found


def read_body(operation: Operation, body: bytes) -> Mapping[str, Any]:
    """The body, where the operation has one. Raises Rejected ``parameter_invalid``."""
    if operation.body is None:
        return {}
    try:
        document = orjson.loads(body or b"{}")
    except ValueError:
        raise Rejected("parameter_invalid", "the body must be one JSON document") from None
    if complaints := _complaints(operation.body, document, ""):
        raise Rejected("parameter_invalid", "; ".join(map(str, complaints)), complaints=complaints)
    found: Mapping[str, Any] = document
    return found


def _fits(operation: Operation, segments: Sequence[bytes]) -> bool:
    wanted = operation.segments
    return len(wanted) == len(segments) and all(
        bool(is_) if want.startswith("{") else want.encode() == is_ for want, is_ in zip(wanted, segments, strict=True)
    )


def _path_values(operation: Operation, segments: Sequence[bytes]) -> dict[str, str]:
    pairs = zip(operation.segments, segments, strict=True)
    found = {want[1:-1]: _text(is_, want[1:-1]) for want, is_ in pairs if want.startswith("{")}
    for name, schema in PATH_SCHEMAS.items():
        if name in found and (complaints := _complaints(schema, _typed(found[name], schema), name)):
            raise Rejected("parameter_invalid", "; ".join(map(str, complaints)), complaints=complaints)
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    parts = [part.partition(b"=") for part in query.replace(b"+", b" ").split(b"&") if part]
    return [(_text(name, "the name of a parameter"), _text(value, "a parameter")) for name, _, value in parts]


def _text(encoded: bytes, what: str) -> str:
    try:
        text = unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        raise Rejected("parameter_invalid", f"{what} is not UTF-8") from None
    return text


def _typed(text: str, schema: Schema) -> object:
    """The value converted to its schema's type; the text itself where that fails, which the schema then refuses."""
    kind = schema.get("type")
    if kind == "integer" and text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS:
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text) is not None:
        return float(text)
    return _BOOLEANS.get(text, text) if kind == "boolean" else text


def _complaints(schema: Schema, value: object, where: str) -> list[Complaint]:
    validator = _validator(orjson.dumps(schema))
    found = []
    for error in validator.iter_errors(value):
        pointer = "/".join(map(str, error.instance_path))
        found.append(Complaint(where=where or pointer, why=error.message[:200]))
    return found


@cache
def _validator(schema: bytes) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(orjson.loads(schema), validate_formats=True)
