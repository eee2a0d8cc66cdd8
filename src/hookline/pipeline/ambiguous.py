"""Refusing requests that can be read in two ways: a name that hookline reads, or that a signature over fields covers, appears twice.

Repeated names are searched in the text itself, because a parsed document keeps only one of two members.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import orjson

from hookline.domain.form import FormError, fields_of
from hookline.domain.json_text import parse_any
from hookline.domain.reads import EACH, NOTHING, members_of
from hookline.errors import Complaint, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.domain.event import Json
    from hookline.domain.reads import Members, Path, Reads
    from hookline.domain.request import Request
    from hookline.domain.source import Source

__all__ = [
    "AMBIGUOUS",
    "may_repeat",
    "refuse_ambiguous",
    "refuse_ambiguous_handshake",
    "repeated_member",
    "repeated_names",
]

AMBIGUOUS: Final = "body_ambiguous"

_MOST_FIELDS = 2000
"""The most fields of a form or a query. No reader of either accepts more."""

_LONGEST_POINTER = 200
_DEEPEST_WATCHED = 32
"""The most levels. No mapper reads deeper ones, and a body may be nested deeper than Python recurses."""

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN: Final = re.compile(rf'{_STRING}|[{{}}\[\]]|[^\s{{}}\[\]:,"]+')
_BRACKETS: Final = re.compile(rf"{_STRING}|[{{\[]+|[}}\]]+")
_QUOTE = b'"'
_ESCAPED_QUOTE = b"\\u0022"


def refuse_ambiguous(request: Request, source: Source, document: Json, text: bytes | None = None) -> None:
    """Refuse a request that contains a name which its source reads twice, with values that are written differently.

    ``document`` and ``text`` are the results of ``parse_any`` for the body, None where the body is not JSON. Call it only after
    verification: only the sender may learn that its body is ambiguous, and the search takes time.
    """
    reads = source.reads
    if document is None:
        _refuse_unparsed(request.body, source)
    elif may_repeat(body := request.body if text is None else text, document):
        _refuse_members(body, source, document)
    if reads.headers and request.headers.has_repeats:
        _refuse_headers(request, reads)
    if reads.query:
        _refuse_fields(request.query.encode("utf-8", "replace"), reads.query, "of the query", whole=False)


def refuse_ambiguous_handshake(request: Request, source: Source) -> None:
    """The same check for a handshake: it reads the JSON body, whatever its media type is."""
    if source.reads is not NOTHING and request.body:
        _refuse_signed(request.body, source)


def _refuse_unparsed(body: bytes, source: Source) -> None:
    """The same check for a body whose media type is not JSON: fields of a form, and signed members, are read whatever the type is."""
    reads = source.reads
    _refuse_fields(body, reads.form, "of the form", whole=reads.whole_form)
    if reads.signed_json:
        _refuse_signed(body, source)


def _refuse_signed(body: bytes, source: Source) -> None:
    try:
        document, text = parse_any(body)
    except Rejected:  # then no part of it was read by name
        return
    body = body if text is None else text
    if may_repeat(body, document):
        _refuse_members(body, source, document)


def _refuse_members(body: bytes, source: Source, document: Json) -> None:
    text = body.decode()
    names = repeated_names(text)
    if names is not None and not names:
        return
    members = _members(source, body, document)
    if names is not None and not members.may_hold(names):
        return
    if (path := repeated_member(text, members)) is not None:
        raise _ambiguous("".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path))


def _refuse_fields(body: bytes, names: frozenset[str], where: str, *, whole: bool) -> None:
    """Refuse repeated fields of a form or a query."""
    if not names and not whole:
        return
    text = body.decode("utf-8", "replace")
    if _names_differ(text):
        return
    try:
        pairs = fields_of(text.encode(), most=_MOST_FIELDS)
    except FormError:  # no part of hookline reads it
        return
    values: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("utf-8", "replace"), raw_value.decode("utf-8", "replace")
        if (whole or name in names) and values.setdefault(name, value) != value:
            raise _ambiguous(f"{name} {where}")


def _names_differ(text: str) -> bool:
    """Whether no two fields can have the same name, decided without decoding: this is true for nearly every form."""
    names = [field.partition("=")[0] for field in text.split("&")]
    return len(set(names)) == len(names) and not any("%" in name or "+" in name for name in names)


def _refuse_headers(request: Request, reads: Reads) -> None:
    for name in reads.headers:
        if len(set(request.headers.all(name))) > 1:
            raise _ambiguous(f"header {name}")


def _ambiguous(where: str) -> Rejected:
    complaint = Complaint(where=where[:_LONGEST_POINTER], why="appears more than once, with different values")
    return Rejected(
        AMBIGUOUS,
        "a name that hookline reads appears more than once: programs may read different values",
        complaints=[complaint],
    )


def _members(source: Source, body: bytes, document: Json) -> Members:
    """The members of this document that are read, including those that the transaction's mapper reads, which depend on the values."""
    members = source.reads.members
    if source.find_transaction is None:
        return members
    paths: set[Path] = set()
    source.find_transaction(_watched(source.find_transaction.document_of(body, document), (), paths))
    return members | members_of(paths)


def _watched(value: Json, at: Path, paths: set[Path], levels: int = _DEEPEST_WATCHED) -> Json:
    if not levels:
        return value
    if isinstance(value, list):
        return [_watched(item, at, paths, levels - 1) for item in value]
    if isinstance(value, dict):
        inner = {name: _watched(item, (*at, name), paths, levels - 1) for name, item in value.items()}
        return _Watched(inner, at, paths)
    return value


class _Watched(dict[str, "Json"]):
    """An object that records which of its members are read."""

    def __init__(self, values: dict[str, Json], at: Path, paths: set[Path]) -> None:
        super().__init__(values)
        self._at = at
        self._paths = paths

    def get(self, name: str, default: Json = None) -> Json:  # type: ignore[override]  # both forms of dict.get, combined
        self._paths.add((*self._at, name))
        return super().get(name, default)

    def __getitem__(self, name: str) -> Json:
        self._paths.add((*self._at, name))
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._paths.add((*self._at, str(name)))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._paths.add((*self._at, EACH))
        return super().__iter__()


def may_repeat(body: bytes, document: Json) -> bool:
    r"""Whether a name may appear twice in an object of ``body``, which was parsed as ``document``. False is certain.

    A parser keeps only one member of each name, so the document, when it is written again, has fewer quotation marks than the body. Both
    counts are very fast; ``\u0022`` is the only other way to write that character.
    """
    try:
        return orjson.dumps(document).count(_QUOTE) != body.count(_QUOTE) or _ESCAPED_QUOTE in body
    except (TypeError, RecursionError):  # a document that orjson could not have read either
        return True


def repeated_names(text: str) -> frozenset[str] | None:
    """The names that appear twice in any object of ``text``, which is JSON; None where it is nested too deeply to check."""
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
    r"""The path to the first of ``members`` that appears twice in ``text`` with values that are written differently, or None.

    ``text`` must be JSON. Names are compared after decoding (``"\u0069d"`` is ``id``), values by their characters.
    """
    return _Scan(text, members).repeated()


class _Container:
    """An object or an array whose end was not reached yet."""

    __slots__ = ("is_array", "members", "name", "seen", "start")

    def __init__(self, members: Members, *, is_array: bool) -> None:
        self.members = members
        self.is_array = is_array
        self.name: str | None = None
        self.start = 0
        self.seen: dict[str, tuple[int, int]] = {}

    def inner(self) -> Members | None:
        """The members to look for in the next value."""
        return self.members if self.is_array or self.name is None else self.members.of(self.name)


class _Scan:
    """One pass through a text with an explicit stack, because a body may be nested deeper than Python recurses."""

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
        """Whether the member whose value ends here is read, and appeared before with another value."""
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
    """The position where the object or array that begins at ``start`` ends."""
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
