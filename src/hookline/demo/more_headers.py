"""Reads the headers that a user adds to a delivery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["more_headers"]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token


def more_headers(values: Iterable[str]) -> dict[str, str]:
    """``NAME:VALUE`` texts as lower-case names and values. Raises UnusableError."""
    headers = {}
    for value in values:
        name, colon, text = value.partition(":")
        if not colon or not _NAME.fullmatch(name.strip()) or not (text.isprintable() and text.isascii()):
            raise UnusableError(f"{value!r} is not NAME:VALUE in printable ASCII")
        headers[name.strip().lower()] = text.strip()
    return headers
