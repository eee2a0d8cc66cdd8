"""Where id, type and time are found: ``header:NAME``, ``form:NAME``, a JMESPath into the body, or the body's own digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, ParseError, UnknownFunctionError
from jmespath.functions import Functions

from hookline.config.units import UnusableError
from hookline.domain.characters import is_readable
from hookline.domain.form import FormError, fields_of
from hookline.domain.moment import LATEST_SECOND, is_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jmespath.parser import ParsedResult
    from jmespath.visitor import _TreeNode

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.source import Extractor

__all__ = [
    "CONTENT_HASH",
    "EACH_CALL",
    "FORM",
    "HEADER",
    "compiled_expression",
    "content_hash",
    "each_call",
    "extractor",
    "field_finder",
    "hash_with_type",
    "id_extractor",
    "or_else",
    "plain_fields",
    "readable_time",
]

HEADER = "header:"
FORM = "form:"
CONTENT_HASH = "content-hash"
EACH_CALL = "each-call"

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token
_LONGEST_INTEGER = 64  # bits: the longest integer of the JSON parser; to_number() makes integers of thousands of digits
_FUNCTIONS = Functions()
_OR = " || "
_MOST_FORM_FIELDS = 1000
_LONGEST_NAME = 256
_MOST_DIGITS = 14  # milliseconds since 1970, for times before the year 5138


def id_extractor(expression: object, digest: Extractor | None = None) -> Extractor:
    """The extractor for ``id``: as ``extractor``, or "content-hash" for the body's digest (also as the last alternative), or "each-call".

    ``digest`` replaces "content-hash" where the digest must cover more than the body.
    """
    digest = digest or content_hash
    if expression == CONTENT_HASH:
        return digest
    if expression == EACH_CALL:
        return each_call
    if isinstance(expression, str) and expression.endswith(_OR + CONTENT_HASH):
        return _first([extractor(expression.removesuffix(_OR + CONTENT_HASH)), digest])
    return extractor(expression)


def extractor(expression: object) -> Extractor:
    """A function that finds the value; it returns None for no value and never raises.

    Raises UnusableError when the text is not an expression.
    """
    if not isinstance(expression, str) or not expression.strip():
        raise UnusableError('must be a JMESPath into the body such as "data.id", or "header:NAME"')
    if expression in (CONTENT_HASH, EACH_CALL):
        raise UnusableError(f'"{expression}" identifies a delivery, and can only be used for id')
    if expression.startswith((HEADER, FORM)) and _OR in expression:
        return _first([extractor(one) for one in expression.split(_OR)])
    if expression.startswith(HEADER):
        return _header(expression.removeprefix(HEADER))
    if expression.startswith(FORM):
        return _form(expression.removeprefix(FORM))
    compiled = compiled_expression(expression)
    names = plain_fields(compiled.parsed)
    if names is None:
        return _search(compiled)
    return _field(names[0]) if len(names) == 1 else _fields(names)


def content_hash(request: Request, document: Json) -> object:  # noqa: ARG001 -- required by Extractor
    """The SHA-256 of the received bytes, in hex: the same body is the same delivery."""
    return hashlib.sha256(request.body).hexdigest()


def hash_with_type(find_type: Extractor) -> Extractor:
    """The SHA-256 of the body and its type, for types outside the body: the same bytes with two types are two events."""

    def digest(request: Request, document: Json) -> object:
        found = hashlib.sha256(request.body)
        found.update(b"\0" + str(find_type(request, document)).encode("utf-8", "surrogatepass"))
        return found.hexdigest()

    return digest


def each_call(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
    """The time of receipt and the body's digest: for senders that send identical calls on purpose."""
    return f"{request.received_at:%Y%m%dT%H%M%S.%f}-{hashlib.sha256(request.body).hexdigest()[:32]}"


def or_else(find: Extractor, other: Extractor) -> Extractor:
    """The result of ``find`` if it can be a name (readable text or a whole number, not too long). Otherwise the result of ``other``."""

    def found(request: Request, document: Json) -> object:
        value = find(request, document)
        is_name = type(value) is str or type(value) is int
        is_usable = is_name and 0 < len(str(value)) <= _LONGEST_NAME and is_readable(str(value))
        return value if is_usable else other(request, document)

    return found


def readable_time(find: Extractor) -> Extractor:
    """The result of ``find`` if it can be a time; None otherwise."""

    def found(request: Request, document: Json) -> object:
        value = find(request, document)
        if isinstance(value, str):
            is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
            return value if is_number or is_moment(value) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if 0 <= value < LATEST_SECOND * 1000 else None

    return found


def _header(name: str) -> Extractor:
    if not _HEADER_NAME.fullmatch(name):
        raise UnusableError('must name a header after "header:", such as "header:X-Event-Id"')
    field = name.lower()

    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
        headers = request.headers
        if headers.has_repeats and len(set(values := headers.all(field))) == 1:
            return values[0]  # the same value twice counts as one value, and not as "a, a"
        return headers.get(field)

    return find


def _form(name: str) -> Extractor:
    """The first field of this name in a form body (application/x-www-form-urlencoded)."""
    if not name:
        raise UnusableError('must name a field after "form:", such as "form:MessageSid"')

    field = name.encode()

    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
        try:
            pairs = fields_of(request.body, most=_MOST_FORM_FIELDS)
        except FormError:
            return None
        return next((value.decode("utf-8", "replace") for key, value in pairs if value and key == field), None)

    return find


def _first(extractors: Sequence[Extractor]) -> Extractor:
    """The first value that any of them finds."""

    def find(request: Request, document: Json) -> object:
        found = (extractor(request, document) for extractor in extractors)
        return next((value for value in found if value is not None and value != ""), None)

    return find


def _field(name: str) -> Extractor:
    """One field of the body, without the JMESPath interpreter: nearly every source uses this for every event."""
    return lambda request, document: document.get(name) if isinstance(document, dict) else None  # noqa: ARG005 -- as above


def _fields(names: tuple[str, ...]) -> Extractor:
    """A field of a field, without the interpreter."""
    find = field_finder(names)
    return lambda request, document: find(document)  # noqa: ARG005 -- as above


def field_finder(names: tuple[str, ...]) -> Callable[[object], object]:
    """A function that returns a nested field of a JSON value, without the interpreter; None where the field is missing."""

    def find(value: object) -> object:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return find


def _search(compiled: ParsedResult) -> Extractor:
    """A value found by the JMESPath interpreter, for any other expression."""

    def find(request: Request, document: Json) -> object:  # noqa: ARG001 -- as above
        try:
            found: object = compiled.search(document)
        except Exception:  # noqa: BLE001 -- a hostile body may raise JMESPathError, RecursionError, OverflowError and more
            return None
        too_long = isinstance(found, int) and found.bit_length() > _LONGEST_INTEGER
        return None if too_long else found

    return find


def compiled_expression(expression: str) -> ParsedResult:
    """The compiled JMESPath. Raises UnusableError for text that is not one."""
    try:
        compiled = jmespath.compile(expression)
    except ParseError as error:
        raise UnusableError(f"is not JMESPath: there is an error at character {error.lex_position + 1}") from None
    except Exception:  # noqa: BLE001 -- its parser raises KeyError, RecursionError and others on some texts
        raise UnusableError("is not JMESPath") from None
    for node in _nodes(compiled.parsed):
        if node["type"] == "function_expression":
            _check_call(node)
    return compiled


def _check_call(node: _TreeNode) -> None:
    """Refuse an unknown function or a wrong number of arguments now: JMESPath itself would report it only when a body arrives."""
    try:
        _FUNCTIONS.call_function(node["value"], [None] * len(node["children"]))
    except (UnknownFunctionError, ArityError) as error:
        raise UnusableError(f"is not JMESPath: {error}") from None
    except JMESPathError:
        pass  # null has the wrong type, which does not mean that real arguments will


def _nodes(root: _TreeNode) -> Iterator[_TreeNode]:
    """Every node of the tree."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in node["children"] if isinstance(child, dict)]  # type: ignore[redundant-expr]  # the children of a slice are numbers


def plain_fields(node: _TreeNode) -> tuple[str, ...] | None:
    """The names, if the expression has only the form ``a.b.c``."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression" or any(child["type"] != "field" for child in node["children"]):
        return None
    return tuple(child["value"] for child in node["children"])
