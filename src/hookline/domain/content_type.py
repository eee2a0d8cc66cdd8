"""What the headers say about a body: its media type with parameters (RFC 9110 section 8.3) and its content coding (section 8.4)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["content_type", "is_coded"]

_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER: Final = re.compile(rf'[ \t]*;[ \t]*(?:({_WORD})=({_WORD}|"(?:[^"\\\x00-\x1f\x7f-\xff]|\\[\x20-\x7e])*"))?')
_LONGEST: Final = 1000
"""The most characters of all parameters together. A multipart boundary has at most 70 (RFC 2046 section 5.1.1)."""

_UTF_8: Final = frozenset({"utf-8", '"utf-8"', "utf8", '"utf8"'})


@lru_cache(maxsize=256)
def content_type(header: str, media_type: str) -> str:
    """``media_type`` with the parameters from ``header``, always in the same form: ``text/plain; charset=utf-8``.

    Parameters of another media type, or in a form that RFC 9110 does not define, are left out, because readers check the value in messages.
    ``charset=utf-8`` of JSON is left out too, because it has no meaning (RFC 8259 section 11).
    """
    named, _, _ = header.partition(";")
    rest = header[len(named) :].rstrip(" \t")
    if named.strip().lower() != media_type or len(rest) > _LONGEST:
        return media_type
    found, position = [], 0
    while position < len(rest):
        parameter = _PARAMETER.match(rest, position)
        if parameter is None:
            return media_type
        position = parameter.end()
        if parameter[1]:
            found.append((parameter[1].lower(), parameter[2]))
    if media_type.endswith(("/json", "+json")):
        found = [(name, value) for name, value in found if name != "charset" or value.lower() not in _UTF_8]
    return "; ".join([media_type, *(f"{name}={value}" for name, value in found)])


def is_coded(content_encoding: str) -> bool:
    """Whether a body with this Content-Encoding is coded: with any coding but ``identity``, in upper or lower case, also among several."""
    return any(coding.strip(" \t").lower() not in ("", "identity") for coding in content_encoding.split(","))
