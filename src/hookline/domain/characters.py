"""Which text is allowed in the attributes of a message."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["has_controls", "is_readable", "without_noncharacters"]

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""C0 controls, DEL, C1 controls, lone surrogates, and characters that break lines or that an SQS attribute cannot hold."""

_NONCHARACTERS: Final = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
"""Unicode's noncharacters, which CloudEvents excludes from its String type, as it does controls (CloudEvents 1.0, "Type System")."""


def is_readable(text: str) -> bool:
    """Whether every reader of messages accepts ``text`` as an attribute's value."""
    return text.isprintable() or (_CONTROLS.search(text) is None and _NONCHARACTERS.search(text) is None)


def has_controls(text: str) -> bool:
    """Whether ``text`` contains controls, lone surrogates or characters that break lines."""
    return _CONTROLS.search(text) is not None


def without_noncharacters(text: str) -> str:
    """``text`` with U+FFFD in place of each noncharacter."""
    return _NONCHARACTERS.sub("\ufffd", text)
