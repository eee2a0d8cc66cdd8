"""Bodies and messages without the fields that a source's ``mask`` hides."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn  # Any: parsed JSON

from hookline.domain.json_text import parse
from hookline.domain.reads import NO_MEMBERS
from hookline.domain.transaction import ATTRIBUTES, attributes_of, plain_amount
from hookline.errors import Rejected
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.domain.reads import Members
    from hookline.domain.transaction import TransactionFinder

__all__ = [
    "HIDDEN",
    "MASK",
    "MaskedBody",
    "SourceMask",
    "copied_texts",
    "masked_body",
    "masked_message",
    "masked_texts",
]

MASK: Final = "[masked]"
"""The text that replaces a hidden value."""

HIDDEN: Final = f'"{MASK}"'.encode()
"""The text that is shown instead of a body in which the fields cannot be found."""

_NO_VALUES: Final[frozenset[str]] = frozenset()


@record
class MaskedBody:
    """A body in the form in which it may be shown.

    ``values`` are the texts and numbers that were hidden, so that they can be found elsewhere.

    ``is_whole`` says that the whole body is hidden, because it is not JSON.
    """

    body: bytes
    values: frozenset[str] = _NO_VALUES
    is_whole: bool = False


@record
class SourceMask:
    """The hidden members of a source's bodies, and the function that reads transactions from its bodies."""

    members: Members
    find_transaction: TransactionFinder | None = None


class _Number(str):
    """A number as its sender wrote it."""

    __slots__ = ()


class _NotReadableError(ValueError):
    """This is not JSON in which fields can be found."""


def masked_body(body: bytes, masked: Members) -> MaskedBody:
    """The body, written again without the values of the ``masked`` members; unchanged where there are none. Never raises."""
    if masked is NO_MEMBERS:
        return MaskedBody(body=body)
    values: set[str] = set()
    try:
        written = _written(_without(_read(body.decode("utf-8-sig")), masked, values))
    except (ValueError, RecursionError):
        return MaskedBody(body=HIDDEN, is_whole=True)
    return MaskedBody(body=written.encode("utf-8", "surrogatepass"), values=frozenset(values))


def copied_texts(values: Mapping[str, Any], body: bytes, shown: MaskedBody, mask: SourceMask) -> dict[str, Any]:
    """The values by name, with those masked that come from a hidden field of ``body``.

    A transaction has an amount in other units than the body, and a time in another form. So a value is shown only if the visible part of
    the body gives the same value or contains it; every other value is masked.
    """
    found = masked_texts(values, shown.values)
    if not shown.values and not shown.is_whole:
        return found
    before, after = (_transaction(text, mask.find_transaction) for text in (body, shown.body))
    seen = frozenset() if shown.is_whole else frozenset(map(str.casefold, _texts(_read(shown.body.decode()))))

    def is_shown(name: str) -> bool:
        is_read_of_what_is_shown = name in after and before.get(name) == after[name]
        return is_read_of_what_is_shown or str(found[name]).casefold() in seen

    return {name: MASK if name in ATTRIBUTES and not is_shown(name) else one for name, one in found.items()}


def masked_message(text: str, masks: Mapping[str, SourceMask]) -> str:
    """A message in the form in which it may be shown: without the masked members of its ``data`` and without the digest of its body.

    A message that is not an event of a source in ``masks`` is hidden completely, because its content is not known.
    """
    try:
        document = _read(text)
        mask = masks[str(document["source"]).removeprefix("hookline/")]
    except (ValueError, RecursionError, KeyError, TypeError):
        return HIDDEN.decode()
    if mask.members is NO_MEMBERS:
        return text
    document["bodysha256"] = MASK
    if "data" in document:
        body = _written(document["data"]).encode("utf-8", "surrogatepass")
        shown = masked_body(body, mask.members)
        document["data"] = _read(shown.body.decode("utf-8", "surrogatepass"))
        document = copied_texts(document, body, shown, mask)
    if "data_base64" in document:
        body = _from_base64(document["data_base64"])
        shown = masked_body(body, mask.members)
        document["data_base64"] = MASK if shown.is_whole else base64.b64encode(shown.body).decode()
        document = copied_texts(document, body, shown, mask)
    if "dataref" in document:
        document = copied_texts(document, b"", MaskedBody(body=HIDDEN, is_whole=True), mask)
    return _written(document)


def masked_texts(values: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """The values by name, with those masked that equal one of ``hidden``: a field of the body may have been copied there."""
    known = {plain_amount(one) for one in hidden}
    return {
        name: MASK if isinstance(value, str) and value and plain_amount(value) in known else value
        for name, value in values.items()
    }


def _from_base64(encoded: object) -> bytes:
    """The decoded bytes; empty, which is not JSON and therefore hidden, where the text is not base64."""
    try:
        return base64.b64decode(str(encoded), validate=True)
    except ValueError:
        return b""


def _transaction(body: bytes, find: TransactionFinder | None) -> dict[str, str]:
    """The transaction that a body reports, by the names of ``ATTRIBUTES``."""
    if find is None:
        return {}
    try:
        found = find(find.document_of(body, parse(body)))
    except Rejected:
        return {}
    return {} if found is None else attributes_of(found)


def _without(value: Any, masked: Members, found: set[str]) -> Any:
    """The value with ``MASK`` in the place of each masked member. A path through an array applies to each of its elements."""
    if masked.everything:
        found |= set(_texts(value))
        return MASK
    if isinstance(value, list):
        return [_without(one, masked, found) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: one if (inner := masked.of(name)) is None else _without(one, inner, found) for name, one in value.items()
    }


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):  # a number too
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _read(text: str) -> Any:
    return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_refuse)


def _refuse(name: str) -> NoReturn:
    raise _NotReadableError(name)


def _written(value: Any) -> str:
    """JSON text, with each number as its sender wrote it."""
    if isinstance(value, _Number):
        return str.__str__(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if written.isascii() or _is_encodable(written) else json.dumps(value)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
