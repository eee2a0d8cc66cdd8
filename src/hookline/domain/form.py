"""Forms (application/x-www-form-urlencoded), read in a time that grows only with their size, whatever they contain.

The standard library decodes one percent-escape at a time: for a form of 1 MB it needs a tenth of a second or more, on the only event loop,
before the sender is verified.
"""

from __future__ import annotations

import binascii
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["FormError", "fields_of"]

_MOST_BROKEN: Final = 1000
"""The most escapes in a name or value that contains an invalid one (not two hexadecimal digits): such text is slow to read, and no sender
writes it.
"""


class FormError(ValueError):
    """The body is not a form that a sender would send."""


def fields_of(body: bytes, *, most: int) -> list[tuple[bytes, bytes]]:
    """Decoded names and values in their order, blank ones included: the same pairs as ``urllib.parse.parse_qsl`` finds.

    Raises FormError for more than ``most`` fields, and for thousands of invalid escapes.
    """
    if body.count(b"&") >= most:
        raise FormError(f"more than {most} fields")
    pairs = (field.partition(b"=") for field in body.split(b"&") if field)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(part: bytes) -> bytes:
    """The bytes that the escapes encode.

    Percent-escapes are those of quoted-printable (RFC 2045) with another character in front, and Python has a decoder for those in C. Each
    valid escape makes the text two bytes shorter, and nothing else does.
    """
    part = part.replace(b"+", b" ")
    escapes = part.count(b"%")
    if not escapes:
        return part
    if b"%\n" not in part and b"%\r" not in part:  # a soft line break in quoted-printable
        found = binascii.a2b_qp(part.replace(b"=", b"=3D").replace(b"%", b"="))
        if len(found) == len(part) - 2 * escapes:
            return found
    if escapes > _MOST_BROKEN:
        raise FormError("escapes that are not two hexadecimal digits")
    return unquote_to_bytes(part)
