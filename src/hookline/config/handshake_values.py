"""Readers of the values in a handshake of hookline.toml. Each raises UnusableError for a value that it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.config.units import UnusableError, rate, shown, text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "PLACES",
    "fixed_text",
    "header_name",
    "name_value",
    "on_or_off",
    "origin_name",
    "placed_in",
    "rate_a_minute",
    "topic_url",
]

PLACES: Final = ("body", "header", "query")
_NAME = re.compile(r"[\x21-\x7e]{1,128}")
_HEADER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIXED = re.compile(r"[\x20-\x7e]{1,1024}")
_TOPIC = re.compile(r"[\x21-\x7e]{1,2048}")
_ORIGIN = re.compile(r"\*|[a-z0-9.-]{1,253}")


def placed_in(where: str) -> Callable[[object], str]:
    """A reader of places: a name with ``query:``, ``header:`` or ``body:`` in front, or a name without it, which is in ``where``."""

    def reader(value: object) -> str:
        name = name_value(value)
        placed = name if name.partition(":")[0] in PLACES and ":" in name else f"{where}:{name}"
        if placed.startswith("header:"):
            header_name(placed.partition(":")[2])
        return placed

    return reader


def name_value(value: object) -> str:
    """A name without spaces. Raises UnusableError."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise UnusableError("must be a name of at most 128 printable ASCII characters without spaces")
    return value


def header_name(value: object) -> str:
    """The name of a header. Raises UnusableError."""
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise UnusableError(f"{shown(value)} is not the name of a header: write letters, digits and -")
    return value


def fixed_text(value: object) -> str:
    """Text that is the answer, exactly as it is written. Raises UnusableError."""
    if not isinstance(value, str) or not _FIXED.fullmatch(value):
        raise UnusableError("must be text of at most 1024 printable ASCII characters, not empty")
    return value


def topic_url(value: object) -> str:
    """The URL of a topic. Raises UnusableError."""
    if not isinstance(value, str) or not _TOPIC.fullmatch(value):
        raise UnusableError("must be the URL of a topic, exactly as the hub has it")
    return value


def origin_name(value: object) -> str:
    """The DNS name of a sender, in lower case, or ``*`` for any. Raises UnusableError."""
    name = text(value).lower()
    if not _ORIGIN.fullmatch(name):
        raise UnusableError('must be a DNS name such as "eventgrid.azure.net", or "*" for any')
    return name


def rate_a_minute(value: object) -> int:
    """A rate in whole requests a minute, the unit of WebHook-Allowed-Rate."""
    found = rate(value) * 60
    if found < 1:
        raise UnusableError("must be at least one request a minute")
    return int(found)


def on_or_off(value: object) -> bool:
    """A reader of true or false. Raises UnusableError."""
    if not isinstance(value, bool):
        raise UnusableError("must be true or false")
    return value
