"""Refusing what can be read in two ways: a name that hookline reads, or that a field signature covers, and that stands twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.form import FormError, fields_of
from hookline.domain.reads import EACH, NOTHING, members_of
from hookline.errors import Complaint, Rejected
from hookline.pipeline.repeats import may_repeat, repeated_member, repeated_names
from hookline.pipeline.validate import parse_any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.domain.event import Json
    from hookline.domain.reads import Members, Path, Reads
    from hookline.domain.request import Request
    from hookline.domain.source import Source

__all__ = ["AMBIGUOUS", "refuse_ambiguous", "refuse_ambiguous_handshake"]

AMBIGUOUS: Final = "body_ambiguous"

_MOST_FIELDS = 2000
"""Of a form or a query. Nothing that reads either takes more."""

_LONGEST_POINTER = 200
_DEEPEST_WATCHED = 32
"""Levels. No mapper looks further down, and a body may nest deeper than Python recurses."""


def refuse_ambiguous(request: Request, source: Source, document: Json, text: bytes | None = None) -> None:
    """Refuse a request in which something that its source reads stands twice, with values of different spelling.

    ``document`` and ``text`` are what ``parse_any`` made of the body, None where the body is not JSON. Call it only once the sender
    is proved: whether a body is ambiguous is nobody else's business, and looking closely takes time.
    """
    reads = source.reads
    if reads is NOTHING:
        return
    if document is not None:
        _refuse_members(request.body if text is None else text, source, document)
    else:
        _refuse_unparsed(request.body, source)
    if reads.headers and request.headers.has_repeats:
        _refuse_headers(request, reads)
    if reads.query:
        _refuse_fields(request.query.encode("utf-8", "replace"), reads.query, "of the query", whole=False)


def refuse_ambiguous_handshake(request: Request, source: Source) -> None:
    """The same for a call that is a handshake: for its JSON body, whatever its media type says."""
    if source.reads is not NOTHING and request.body:
        _refuse_signed(request.body, source)


def _refuse_unparsed(body: bytes, source: Source) -> None:
    """For a body that its media type does not call JSON: fields of a form, and what is signed, are read whatever it is called."""
    reads = source.reads
    _refuse_fields(body, reads.form, "of the form", whole=reads.whole_form)
    if reads.signed_json:
        _refuse_signed(body, source)


def _refuse_signed(body: bytes, source: Source) -> None:
    try:
        document, text = parse_any(body)
    except Rejected:  # then nothing of it was read by name
        return
    _refuse_members(body if text is None else text, source, document)


def _refuse_members(body: bytes, source: Source, document: Json) -> None:
    if not may_repeat(body, document):
        return
    text = body.decode()
    names = repeated_names(text)
    if names is not None and not names:
        return
    members = _members(source, document)
    if names is not None and not members.may_hold(names):
        return
    if (path := repeated_member(text, members)) is not None:
        raise _ambiguous("".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path))


def _refuse_fields(body: bytes, names: frozenset[str], where: str, *, whole: bool) -> None:
    """The same for the fields of a form or a query."""
    if not names and not whole:
        return
    text = body.decode("utf-8", "replace")
    if _names_differ(text):
        return
    try:
        pairs = fields_of(text.encode(), most=_MOST_FIELDS)
    except FormError:  # nothing reads it
        return
    values: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("utf-8", "replace"), raw_value.decode("utf-8", "replace")
        if (whole or name in names) and values.setdefault(name, value) != value:
            raise _ambiguous(f"{name} {where}")


def _names_differ(text: str) -> bool:
    """Whether no two fields can have the same name, seen without decoding anything: so it is in nearly every form."""
    names = [field.partition("=")[0] for field in text.split("&")]
    return len(set(names)) == len(names) and not any("%" in name or "+" in name for name in names)


def _refuse_headers(request: Request, reads: Reads) -> None:
    for name in reads.headers:
        if len(set(request.headers.all(name))) > 1:
            raise _ambiguous(f"header {name}")


def _ambiguous(where: str) -> Rejected:
    complaint = Complaint(where=where[:_LONGEST_POINTER], why="stands more than once, with different values")
    return Rejected(
        AMBIGUOUS, "something that is read by name stands more than once: readers may differ", complaints=[complaint]
    )


def _members(source: Source, document: Json) -> Members:
    """What is read of this document: with what the transaction's mapper looks at, which depends on what it finds."""
    members = source.reads.members
    if source.find_transaction is None:
        return members
    paths: set[Path] = set()
    source.find_transaction(_watched(document, (), paths))
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
    """An object that notes which of its members are looked at."""

    def __init__(self, values: dict[str, Json], at: Path, paths: set[Path]) -> None:
        super().__init__(values)
        self._at = at
        self._paths = paths

    def get(self, name: str, default: Json = None) -> Json:  # type: ignore[override]  # the two forms of dict.get in one
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
