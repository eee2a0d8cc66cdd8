"""Bodies and messages without the fields that a source's ``mask`` hides."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn  # Any: parsed JSON

from hookline.domain.reads import NO_MEMBERS
from hookline.domain.transaction import plain_amount
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.domain.reads import Members

__all__ = ["HIDDEN", "MASK", "MaskedBody", "masked_body", "masked_message", "masked_texts"]

MASK: Final = "[masked]"
"""What stands in the place of a hidden value."""

HIDDEN: Final = f'"{MASK}"'.encode()
"""The body that is shown where the fields in it cannot be found."""

_NO_VALUES: Final[frozenset[str]] = frozenset()


@record
class MaskedBody:
    """A body as it may be shown. ``values`` are the texts and numbers that were taken out, to find them elsewhere.

    ``is_whole`` says that the whole body is hidden, because it is not JSON.
    """

    body: bytes
    values: frozenset[str] = _NO_VALUES
    is_whole: bool = False


class _Number(str):
    """A number as its sender wrote it."""

    __slots__ = ()


class _NotReadableError(ValueError):
    """This is no JSON in which fields can be found."""


def masked_body(body: bytes, masked: Members) -> MaskedBody:
    """The body, written anew without the ``masked`` members; whole where there are none. Never raises."""
    if masked is NO_MEMBERS:
        return MaskedBody(body=body)
    values: set[str] = set()
    try:
        written = _written(_without(_read(body.decode("utf-8-sig")), masked, values))
    except (ValueError, RecursionError):
        return MaskedBody(body=HIDDEN, is_whole=True)
    return MaskedBody(body=written.encode("utf-8", "surrogatepass"), values=frozenset(values))


def masked_message(text: str, masked: Mapping[str, Members]) -> str:
    """A message as it may be shown: its ``data`` without the masked members of its source, and without the digest of its body.

    A message that is no event of a source in ``masked`` is hidden whole: nobody knows what is in it.
    """
    try:
        document = _read(text)
        source = str(document["source"]).removeprefix("hookline/")
        members = masked[source]
    except (ValueError, RecursionError, KeyError, TypeError):
        return HIDDEN.decode()
    if members is NO_MEMBERS:
        return text
    document["bodysha256"] = MASK
    values: set[str] = set()
    if "data" in document:
        document["data"] = _without(document["data"], members, values)
    if "data_base64" in document:
        document["data_base64"] = _masked_base64(document["data_base64"], members, values)
    return _written(masked_texts(document, values))


def masked_texts(values: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """The values by name, where those that are one of ``hidden`` are masked: a field of the body may have been copied there."""
    known = {plain_amount(one) for one in hidden}
    return {
        name: MASK if isinstance(value, str) and value and plain_amount(value) in known else value
        for name, value in values.items()
    }


def _masked_base64(encoded: object, masked: Members, values: set[str]) -> str:
    try:
        inner = masked_body(base64.b64decode(str(encoded), validate=True), masked)
    except ValueError:
        return MASK
    values |= inner.values
    return MASK if inner.is_whole else base64.b64encode(inner.body).decode()


def _without(value: Any, masked: Members, found: set[str]) -> Any:
    """The value with ``MASK`` in the place of each masked member. What is said of an array is said of each element."""
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
