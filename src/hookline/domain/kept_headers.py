"""Headers that a reader of the body needs, because they describe it: they are added to the message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.domain.characters import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.domain.request import Headers

__all__ = ["ALWAYS_KEPT", "attribute_of", "kept", "kept_in"]

ALWAYS_KEPT: Final = ("content-language", "content-location")
"""The headers with which HTTP itself describes a body, in addition to its type and coding (RFC 9110 sections 8.5 and 8.7)."""

_PREFIX: Final = "header"
_OTHERS: Final = re.compile(r"[^a-z0-9]")
_LONGEST: Final = 4096


def attribute_of(header: str) -> str:
    """The message attribute for this header: CloudEvents allows only lower-case letters and digits in a name."""
    return _PREFIX + _OTHERS.sub("", header.lower())


def kept(headers: Headers, names: Iterable[str]) -> dict[str, str]:
    """Attributes for the headers that are present, decoded as UTF-8 where that is possible; text that no reader accepts is left out."""
    found = {}
    for name in names:
        value = headers.get(name)
        if value and len(text := _text(value)) <= _LONGEST and is_readable(text):
            found[attribute_of(name)] = text
    return found


def kept_in(metadata: Mapping[str, str]) -> dict[str, str]:
    """The attributes that ``kept`` returned, from an event's metadata."""
    return {name: value for name, value in metadata.items() if name.startswith(_PREFIX)}


def _text(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value
