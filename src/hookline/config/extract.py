"""Where id, type and time are: ``header:NAME``, a JMESPath into the body, or the body's own digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, ParseError, UnknownFunctionError
from jmespath.functions import Functions

from hookline.config.units import UnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jmespath.parser import ParsedResult
    from jmespath.visitor import _TreeNode

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.source import Extractor

__all__ = ["CONTENT_HASH", "HEADER", "content_hash", "extractor", "id_extractor"]

HEADER = "header:"
CONTENT_HASH = "content-hash"

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token
_LONGEST_INTEGER = 64  # bits: all that the JSON parser makes; to_number() makes integers of thousands of digits
_FUNCTIONS = Functions()


def id_extractor(expression: object) -> Extractor:
    """What ``id`` says: as ``extractor``, or the body's digest for "content-hash"."""
    return content_hash if expression == CONTENT_HASH else extractor(expression)


def extractor(expression: object) -> Extractor:
    """A function that finds the value and never raises, None for not found. Raises UnusableError when it is no expression."""
    if not isinstance(expression, str) or not expression.strip():
        raise UnusableError('must be a JMESPath into the body such as "data.id", or "header:NAME"')
    if expression == CONTENT_HASH:
        raise UnusableError('"content-hash" names a delivery, and can only stand under id')
    if expression.startswith(HEADER):
        return _header(expression.removeprefix(HEADER))
    compiled = _compiled(expression)
    names = _plain_fields(compiled.parsed)
    if names is None:
        return _search(compiled)
    return _field(names[0]) if len(names) == 1 else _fields(names)


def content_hash(request: Request, document: Json) -> object:  # noqa: ARG001 -- the Extractor protocol's shape
    """The SHA-256 of the received bytes, in hex: the same body is the same delivery."""
    return hashlib.sha256(request.body).hexdigest()


def _header(name: str) -> Extractor:
    if not _HEADER_NAME.fullmatch(name):
        raise UnusableError('must name a header after "header:", such as "header:X-Event-Id"')
    field = name.lower()
    return lambda request, document: request.headers.get(field)  # noqa: ARG005 -- as above


def _field(name: str) -> Extractor:
    """One field of the body, without the interpreter: the hot path of nearly every source."""
    return lambda request, document: document.get(name) if isinstance(document, dict) else None  # noqa: ARG005 -- as above


def _fields(names: tuple[str, ...]) -> Extractor:
    """A field of a field, without the interpreter."""

    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
        value: object = document
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return find


def _search(compiled: ParsedResult) -> Extractor:
    """The whole language, for everything else."""

    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
        try:
            found: object = compiled.search(document)
        except Exception:  # noqa: BLE001 -- a hostile body may raise JMESPathError, RecursionError, OverflowError and more
            return None
        too_long = isinstance(found, int) and found.bit_length() > _LONGEST_INTEGER
        return None if too_long else found

    return find


def _compiled(expression: str) -> ParsedResult:
    try:
        compiled = jmespath.compile(expression)
    except ParseError as error:
        raise UnusableError(f"is not JMESPath: it cannot be read from character {error.lex_position + 1} on") from None
    except Exception:  # noqa: BLE001 -- its parser raises KeyError, RecursionError and others on some texts
        raise UnusableError("is not JMESPath") from None
    for node in _nodes(compiled.parsed):
        if node["type"] == "function_expression":
            _check_call(node)
    return compiled


def _check_call(node: _TreeNode) -> None:
    """Refuse an unknown function or a wrong number of arguments now: JMESPath itself says so only when a body comes."""
    try:
        _FUNCTIONS.call_function(node["value"], [None] * len(node["children"]))
    except (UnknownFunctionError, ArityError) as error:
        raise UnusableError(f"is not JMESPath: {error}") from None
    except JMESPathError:
        pass  # null is of the wrong type, which says nothing about the arguments to come


def _nodes(root: _TreeNode) -> Iterator[_TreeNode]:
    """Every node of the tree."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in node["children"] if isinstance(child, dict)]  # type: ignore[redundant-expr]  # a slice's children are numbers


def _plain_fields(node: _TreeNode) -> tuple[str, ...] | None:
    """The names, when the expression is nothing but ``a.b.c``."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression" or any(child["type"] != "field" for child in node["children"]):
        return None
    return tuple(child["value"] for child in node["children"])
