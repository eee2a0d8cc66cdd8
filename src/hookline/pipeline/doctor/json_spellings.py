"""The different texts of one JSON document that programs produce when they write it again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["spellings"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_LARGEST = 128 * 1024  # bytes: a document of this size is written in Python for each spelling
_MOST_KEYS = 5
_LARGEST_REORDERED = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Object:
    pairs: list[tuple[str, _Node]]


@dataclass(frozen=True, slots=True)
class _Array:
    items: list[_Node]


_Node = _Object | _Array | str
"""Each leaf is the text of its token, so that reading changes no number and no escape."""


@record
class _Style:
    """How a program writes JSON: indentation or separators, strings, numbers, and the order of keys."""

    indent: int = 0
    comma: str = ","
    colon: str = ":"
    string: Callable[[str], str] = str
    number: Callable[[str], str] = str
    is_sorted: bool = False


def _decoded(token: str) -> str:
    text: str = json.loads(token)
    return text


def _ascii(token: str) -> str:
    return json.dumps(_decoded(token))


def _unicode(token: str) -> str:
    return json.dumps(_decoded(token), ensure_ascii=False)


def _php(token: str) -> str:
    return _ascii(token).replace("/", "\\/")


def _slashes(token: str) -> str:
    return _unicode(token).replace("/", "\\/")


def _html(token: str) -> str:
    escaped = _unicode(token).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return escaped.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _float(token: str) -> str:
    """The number, written by a program that stores all numbers as floats."""
    if token[0] not in "-0123456789" or not set(token) & set(".eE"):
        return token
    return repr(float(token)).removesuffix(".0")


_WHITE_SPACE: Final[Mapping[str, Mapping[str, str | int]]] = {
    "without white space": {},
    "with a space after each comma and colon": {"comma": ", ", "colon": ": "},
    "indented by 2": {"indent": 2, "colon": ": "},
    "indented by 4": {"indent": 4, "colon": ": "},
    "with a space after each colon": {"colon": ": "},
}
_STRINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "": str,
    "characters written without escapes": _unicode,
    "characters beyond ASCII escaped": _ascii,
    "slashes and characters beyond ASCII escaped": _php,
    "slashes escaped": _slashes,
    "<, > and & escaped": _html,
}
_NUMBERS: Final[Mapping[str, Callable[[str], str]]] = {"": str, "numbers as floats": _float}
_ORDERS: Final = {"": False, "keys sorted": True}


def spellings(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Every other spelling, each once, with a description; none if the body is not JSON or too large."""
    try:
        tree = _read(body)
        seen = {body}
        for words, text in _texts(tree, len(body)):
            written = text.encode("utf-8", "surrogatepass")
            if written not in seen:
                seen.add(written)
                yield words, written
    except (ValueError, RecursionError):
        return


def _texts(tree: _Node, size: int) -> Iterator[tuple[str, str]]:
    for space, order, string, number in product(_WHITE_SPACE, _ORDERS, _STRINGS, _NUMBERS):
        style = _Style(
            **_WHITE_SPACE[space],  # type: ignore[arg-type]  # keys and types match by construction
            string=_STRINGS[string],
            number=_NUMBERS[number],
            is_sorted=_ORDERS[order],
        )
        yield ", ".join(filter(None, (space, order, string, number))), _written(tree, style)
    if isinstance(tree, _Object) and len(tree.pairs) <= _MOST_KEYS and size <= _LARGEST_REORDERED:
        for pairs, space in product(permutations(tree.pairs), _WHITE_SPACE):
            style = _Style(**_WHITE_SPACE[space])  # type: ignore[arg-type]  # as above
            yield f"{space}, keys in another order", _written(_Object(list(pairs)), style)


def _read(body: bytes) -> _Node:
    if len(body) > _LARGEST:
        raise ValueError("too large")
    text = body.decode()
    json.loads(text)  # from here on the tokens are known to be in a valid order
    tokens = iter(_TOKEN.findall(text))
    return _node(next(tokens), tokens)


def _node(first: str, tokens: Iterator[str]) -> _Node:
    if first == "{":
        return _Object(list(_pairs(tokens)))
    if first == "[":
        return _Array(list(_items(tokens)))
    return first


def _pairs(tokens: Iterator[str]) -> Iterator[tuple[str, _Node]]:
    while (key := next(tokens)) != "}":
        if key != ",":
            next(tokens)  # the colon
            yield key, _node(next(tokens), tokens)


def _items(tokens: Iterator[str]) -> Iterator[_Node]:
    while (first := next(tokens)) != "]":
        if first != ",":
            yield _node(first, tokens)


def _written(node: _Node, style: _Style, depth: int = 1) -> str:
    if isinstance(node, _Object):
        pairs = sorted(node.pairs, key=lambda pair: _decoded(pair[0])) if style.is_sorted else node.pairs
        parts = [f"{style.string(key)}{style.colon}{_written(value, style, depth + 1)}" for key, value in pairs]
        return _between("{", parts, "}", style, depth)
    if isinstance(node, _Array):
        return _between("[", [_written(item, style, depth + 1) for item in node.items], "]", style, depth)
    return style.string(node) if node[0] == '"' else style.number(node)


def _between(opening: str, parts: Sequence[str], closing: str, style: _Style, depth: int) -> str:
    if not style.indent or not parts:
        return f"{opening}{style.comma.join(parts)}{closing}"
    inner, outer = "\n" + " " * (style.indent * depth), "\n" + " " * (style.indent * (depth - 1))
    return f"{opening}{inner}{f',{inner}'.join(parts)}{outer}{closing}"
