"""Forms (application/x-www-form-urlencoded), read in time that grows only with their size, whatever is in them.

The standard library decodes one percent-escape at a time: a form of 1 MB takes it a tenth of a second and more, on the only event loop,
before its sender is proved.
"""

from __future__ import annotations

import binascii
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["FormError", "fields_of"]

_MOST_BROKEN: Final = 1000
"""Escapes of a name or a value in which one is not of two hexadecimal digits: that is read slowly, and no sender writes it."""


class FormError(ValueError):
    """This is no form that a sender would send."""


def fields_of(body: bytes, *, most: int) -> list[tuple[bytes, bytes]]:
    """Names and values in their order, blank ones too, decoded; the pairs that ``urllib.parse.parse_qsl`` finds.

    Raises FormError for more than ``most`` fields, and for thousands of escapes that are not valid.
    """
    if body.count(b"&") >= most:
        raise FormError(f"more than {most} fields")
    pairs = (field.partition(b"=") for field in body.split(b"&") if field)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(part: bytes) -> bytes:
    """The bytes that are meant.

    Percent-escapes are those of quoted-printable (RFC 2045) with another sign before them, and for those there is a decoder in C. Each
    that is valid makes the text two bytes shorter, and nothing else does.
    """
    part = part.replace(b"+", b" ")
    escapes = part.count(b"%")
    if not escapes:
        return part
    if b"%\n" not in part and b"%\r" not in part:  # a line's soft end, in quoted-printable
        found = binascii.a2b_qp(part.replace(b"=", b"=3D").replace(b"%", b"="))
        if len(found) == len(part) - 2 * escapes:
            return found
    if escapes > _MOST_BROKEN:
        raise FormError("escapes that are not two hexadecimal digits")
    return unquote_to_bytes(part)
