"""Names that stand twice in one JSON object, found in the text itself: a parsed document keeps only one of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.reads import Members

__all__ = ["may_repeat", "repeated_member", "repeated_names"]

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN: Final = re.compile(rf'{_STRING}|[{{}}\[\]]|[^\s{{}}\[\]:,"]+')
_BRACKETS: Final = re.compile(rf"{_STRING}|[{{\[]+|[}}\]]+")
_QUOTE = b'"'
_BACKSLASH = b"\\"
_ESCAPED_QUOTE = b"\\u0022"


def may_repeat(body: bytes, document: Json) -> bool:
    r"""Whether a name may stand twice in an object of ``body``, which was read as ``document``. False is certain.

    A parser drops all but one member of a name, and the quotation marks of the others with them: written again, the document then
    has fewer. Both counts run at the speed of memory; ``\u0022`` is the one other way to write that character.
    """
    if _BACKSLASH in body and _ESCAPED_QUOTE in body:  # one byte is found faster than six
        return True
    try:
        return orjson.dumps(document).count(_QUOTE) != body.count(_QUOTE)
    except (TypeError, RecursionError):  # a document that orjson could not have read either
        return True


def repeated_names(text: str) -> frozenset[str] | None:
    """The names that stand twice in any object of ``text``, which is JSON; None where it is too deep to say."""
    found: set[str] = set()

    def note(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            found.update(name for name, count in counts.items() if count > 1)

    try:
        json.loads(text, object_pairs_hook=note, parse_int=str, parse_float=str)
    except RecursionError:
        return None
    return frozenset(found)


def repeated_member(text: str, members: Members) -> tuple[str, ...] | None:
    r"""The names down to the first member of ``members`` that stands twice in ``text`` with values of different spelling, or None.

    ``text`` is known to be JSON. Names are compared as what they mean (``"\u0069d"`` is ``id``), values by their own characters.
    """
    return _Scan(text, members).repeated()


class _Container:
    """An object or an array whose end has not come yet."""

    __slots__ = ("is_array", "members", "name", "seen", "start")

    def __init__(self, members: Members, *, is_array: bool) -> None:
        self.members = members
        self.is_array = is_array
        self.name: str | None = None
        self.start = 0
        self.seen: dict[str, tuple[int, int]] = {}

    def inner(self) -> Members | None:
        """What is read of the value that comes next."""
        return self.members if self.is_array or self.name is None else self.members.of(self.name)


class _Scan:
    """One walk through a text, on a stack of its own: a body may nest deeper than Python recurses."""

    def __init__(self, text: str, members: Members) -> None:
        self._text = text
        self._members = members
        self._open: list[_Container] = []

    def repeated(self) -> tuple[str, ...] | None:
        position = 0
        while (token := _TOKEN.search(self._text, position)) is not None:
            position = token.end()
            top = self._open[-1] if self._open else None
            kind = self._text[token.start()]
            if kind in "}]":
                self._open.pop()
            elif top is not None and not top.is_array and top.name is None:
                top.name = _name(token[0])
                continue
            else:
                if top is not None:
                    top.start = token.start()
                if kind in "{[":
                    inner = self._members if top is None else top.inner()
                    if inner is not None:
                        self._open.append(_Container(inner, is_array=kind == "["))
                        continue
                    position = _end_of(self._text, token.start())
            if self._ends(position):
                return tuple(one.name for one in self._open if one.name is not None)
        return None

    def _ends(self, end: int) -> bool:
        """Whether the member whose value ends here is read, and stood there before with another one."""
        top = self._open[-1] if self._open else None
        if top is None or top.is_array or top.name is None:
            return False
        if top.members.of(top.name) is not None:
            first, last = top.seen.setdefault(top.name, (top.start, end))
            if first != top.start and self._text[first:last] != self._text[top.start : end]:
                return True
        top.name = None
        return False


def _end_of(text: str, start: int) -> int:
    """Where the object or array that begins at ``start`` ends."""
    depth = 0
    for token in _BRACKETS.finditer(text, start):
        brackets = token[0]
        if brackets[0] in "{[":
            depth += len(brackets)
        elif brackets[0] in "}]":
            if depth <= len(brackets):
                return token.start() + depth
            depth -= len(brackets)
    return len(text)


def _name(token: str) -> str:
    found: str = json.loads(token) if "\\" in token else token[1:-1]
    return found
