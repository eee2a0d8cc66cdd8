"""JSON that is nested too deeply for a recursive parser: checks its grammar with an explicit stack, and cuts off its deepest parts."""

from __future__ import annotations

import re
from array import array
from itertools import accumulate
from typing import Final

__all__ = ["cut"]

_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN: Final = re.compile(
    rf"[ \t\n\r]*(?:(?P<mark>[\[\]{{}}:,])|(?P<text>{_STRING})|{_NUMBER}(?![0-9.eE])|true|false|null)"
)
_BRACKETS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{\[]+|[}\]]+', re.DOTALL)
_WHOLE_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))

VALUE, FIRST_VALUE, NAME, FIRST_NAME, COLON, AFTER = range(6)
"""The state of the check: what may come next. FIRST_… is the state after an opening bracket, where the closing one may follow as well."""


def cut(text: str, levels: int, *, deepest: int) -> str:
    """``text`` with each array and object below ``levels`` emptied, after a check that the removed part is valid JSON.

    The rest of the text is not checked. Raises ValueError for a removed part that is not JSON, or that is nested deeper than ``deepest``.
    """
    if text.count("[") + text.count("{") <= levels or _depth(text) <= levels:
        return text
    parts, done, depth, position = [], 0, 0, 0
    while (token := _BRACKETS.search(text, position)) is not None:
        position, bracket = token.end(), text[token.start()]
        if bracket in "}]":
            depth -= len(token[0])
        elif bracket in "{[":
            depth += len(token[0])
        if depth > levels:
            start = position - (depth - levels)
            parts.append(text[done:start] + ("[]" if text[start] == "[" else "{}"))
            done = position = _end_of_value(text, start, deepest - levels)
            depth = levels
    return "".join([*parts, text[done:]])


def _depth(text: str) -> int:
    """The number of levels of the text, if it is JSON.

    This is far faster than a look at each bracket, because most bodies are large and shallow.
    """
    brackets = _WHOLE_STRING.sub(b"", text.encode()).translate(_STEPS, _NO_BRACKETS)
    return max(accumulate(array("b", brackets)), default=0)


def _end_of_value(text: str, start: int, deepest: int) -> int:
    """The position where the array or object that begins at ``start`` ends. Raises ValueError unless it is JSON."""
    closers: list[str] = []
    expected, position = VALUE, start
    while (token := _TOKEN.match(text, position)) is not None:
        position = token.end()
        expected = _next(token["mark"], is_text=token["text"] is not None, expected=expected, closers=closers)
        if not closers:
            return position
        if len(closers) > deepest:
            break
    raise ValueError


def _next(mark: str | None, *, is_text: bool, expected: int, closers: list[str]) -> int:
    """The state after a token; ``closers`` are the brackets that are still open. Raises ValueError for a token that is not allowed here."""
    if mark is None:
        if expected in (NAME, FIRST_NAME) and is_text:
            return COLON
        if expected in (VALUE, FIRST_VALUE):
            return AFTER
    elif mark in "[{" and expected in (VALUE, FIRST_VALUE):
        closers.append("]" if mark == "[" else "}")
        return FIRST_VALUE if mark == "[" else FIRST_NAME
    elif mark == ":" and expected == COLON:
        return VALUE
    elif mark == "," and expected == AFTER:
        return VALUE if closers[-1] == "]" else NAME
    elif mark in "]}" and expected in (AFTER, FIRST_VALUE, FIRST_NAME) and closers[-1] == mark:
        closers.pop()
        return AFTER
    raise ValueError
