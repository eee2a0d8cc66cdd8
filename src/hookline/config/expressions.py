"""Expressions in id, type and time that can never find a value, or that find the same one for every event: refused at load."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import jmespath

from hookline.config.extract import CONTENT_HASH, EACH_CALL, FORM, HEADER, extractor, id_extractor
from hookline.config.units import UnusableError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jmespath.visitor import _TreeNode

    from hookline.domain.source import Extractor

__all__ = ["check_group", "id_of", "time_of", "type_of"]

_OR = " || "
_SHARED_HEADERS: Final = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "authorization", "connection", "content-encoding"),
        *("content-length", "content-type", "host", "transfer-encoding", "user-agent"),
    }
)
"""Headers that have the same value in many deliveries of one sender (RFC 9110)."""
_LIST_AND_PICK: Final = 2  # children
_CHAINS: Final = frozenset({"subexpression", "pipe", "index_expression"})
_LISTS: Final = frozenset({"projection", "value_projection", "filter_projection", "flatten", "multi_select_list"})
_RESULTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_LISTS, "a list"),
    "multi_select_dict": "an object",
    **dict.fromkeys(("comparator", "not_expression"), "true or false"),
}
_FUNCTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("keys", "values", "map", "sort", "sort_by", "to_array"), "a list"),
    "merge": "an object",
    **dict.fromkeys(("contains", "ends_with", "starts_with"), "true or false"),
}


def id_of(value: object, digest: Extractor | None = None) -> Extractor:
    """The extractor for ``id``, as from ``id_extractor``, after a check that it distinguishes deliveries. Raises UnusableError."""
    find = id_extractor(value, digest)
    for part in _parts(value):
        if part.startswith(HEADER) and (name := part.removeprefix(HEADER).lower()) in _SHARED_HEADERS:
            raise UnusableError(
                f"the header {name} has the same value for many deliveries, which would all look like duplicates"
            )
        for node in _jmespath(part):
            if not _depends(node):
                raise UnusableError(f"{_constant(node)}: all events with this id would look like duplicates")
            if _gives_few(node):
                raise UnusableError(
                    "gives one of a few values: all events with the same value would look like duplicates"
                )
            _check_result(node, "an id is text or a whole number")
    return find


def type_of(value: object) -> Extractor:
    """The extractor for ``type``, after a check that it can find a type; the same type for all events is allowed. Raises UnusableError."""
    find = extractor(value)
    for part in _parts(value):
        nodes = list(_jmespath(part))
        for node in nodes:
            if not _depends(node) and not _is_type(_value(node), may_be_missing=len(nodes) > 1):
                raise UnusableError(f"{_constant(node)}, but a type is text or a whole number")
            _check_result(node, "a type is text or a whole number")
    return find


def _is_type(value: object, *, may_be_missing: bool) -> bool:
    if value is None or value == "":
        return may_be_missing
    return isinstance(value, str | int) and not isinstance(value, bool)


def time_of(value: object) -> Extractor:
    """The extractor for ``time``, after a check that it can find the time of an event. Raises UnusableError."""
    find = extractor(value)
    for part in _parts(value):
        nodes = list(_jmespath(part))
        if nodes and not any(map(_depends, nodes)):
            raise UnusableError(f"{_constant(nodes[0])}: remove `time`, then the time of receipt is used")
        for node in nodes:
            _check_result(node, "a time is RFC 3339 text or a number")
    return find


def check_group(root: _TreeNode) -> None:
    """Check a FIFO group's expression; raises UnusableError if it could never find one. One group for all events is allowed."""
    nodes = list(_alternatives(root))
    for node in nodes:
        if not _depends(node) and not _is_text(_value(node), may_be_missing=len(nodes) > 1):
            raise UnusableError(f"{_constant(node)}, but a group is text")
        _check_result(node, "a group is text")


def _is_text(value: object, *, may_be_missing: bool) -> bool:
    return (isinstance(value, str) and value != "") or (may_be_missing and not value)


def _parts(value: object) -> list[str]:
    """The alternatives of an expression that begins with a header or a form's field; else the expression itself."""
    text = str(value).removesuffix(_OR + CONTENT_HASH)
    return text.split(_OR) if text.startswith((HEADER, FORM)) else [text]


def _jmespath(part: str) -> Iterator[_TreeNode]:
    """The alternatives of a JMESPath: its result is always the result of one of them."""
    if not part.startswith((HEADER, FORM)) and part not in (CONTENT_HASH, EACH_CALL):
        yield from _alternatives(jmespath.compile(part).parsed)


def _alternatives(node: _TreeNode) -> Iterator[_TreeNode]:
    if node["type"] == "or_expression" or (node["type"] == "function_expression" and node["value"] == "not_null"):
        for child in node["children"]:
            yield from _alternatives(child)
    elif node["type"] == "and_expression":  # the left side is the result only if it is empty or false
        yield from _alternatives(node["children"][-1])
    else:
        yield node


def _depends(node: _TreeNode) -> bool:
    """Whether the result of ``node`` depends on the body."""
    if node["type"] in ("literal", "expref"):
        return False
    children = [child for child in node["children"] if isinstance(child, dict)]  # type: ignore[redundant-expr]  # the children of a slice are numbers
    if node["type"] in _CHAINS:
        return all(map(_depends, children)) and _depends_on_pick(children)
    if node["type"] == "function_expression" and node["value"] == "map":
        return all(map(_depends, [*children[0]["children"], *children[1:]]))
    if node["type"] in _LISTS and node["type"] != "multi_select_list":
        return _depends(children[0])
    return any(map(_depends, children)) if children else node["type"] != "function_expression"


def _depends_on_pick(children: list[_TreeNode]) -> bool:
    """Whether the body decides which element or member the last of ``children`` picks from a list or object in the expression itself."""
    if len(children) != _LIST_AND_PICK:
        return True
    made, pick = children
    if pick["type"] == "index_expression" and pick["children"][0]["type"] == "identity":  # after a pipe
        pick = pick["children"][1]
    if made["type"] == "multi_select_list" and pick["type"] == "index":
        picked = made["children"][pick["value"] :][:1]
    elif made["type"] == "multi_select_dict" and pick["type"] == "field":
        picked = [pair["children"][0] for pair in made["children"] if pair["value"] == pick["value"]]
    else:
        return True
    return any(map(_depends, picked))


def _gives_few(node: _TreeNode) -> bool:
    """Whether the result is the name of a type, or true or false as text."""
    while node["type"] in _CHAINS and isinstance(node["children"][-1], dict):
        node = node["children"][-1]
    if node["type"] != "function_expression":
        return False
    if node["value"] != "to_string":
        return bool(node["value"] == "type")
    (inner,) = node["children"]
    return _gives_few(inner) or "true or false" in (
        _RESULTS.get(inner["type"]),
        _FUNCTIONS.get(str(inner.get("value"))),
    )


def _value(node: _TreeNode) -> object:
    """The result of a ``node`` that does not depend on the body."""
    from jmespath.visitor import TreeInterpreter  # noqa: PLC0415 -- only a constant needs it

    try:
        return TreeInterpreter().visit(node, None)
    except Exception:  # noqa: BLE001 -- it raises JMESPathError, TypeError and others
        return []


def _constant(node: _TreeNode) -> str:
    value = _value(node)
    hint = f"; for the field write {value}" if isinstance(value, str) and value.isidentifier() else ""
    if not isinstance(value, str | int | float):
        return "the result does not depend on the body"
    return f"{shown(value) if isinstance(value, str) else json.dumps(value)} does not depend on the body{hint}"


def _check_result(node: _TreeNode, needed: str) -> None:
    while node["type"] in _CHAINS and isinstance(node["children"][-1], dict):
        node = node["children"][-1]
    kind = (
        _FUNCTIONS.get(str(node.get("value"))) if node["type"] == "function_expression" else _RESULTS.get(node["type"])
    )
    if kind is not None:
        raise UnusableError(f"gives {kind}, but {needed}")
