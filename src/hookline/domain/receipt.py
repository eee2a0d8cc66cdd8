"""The receipt handle of a received message: text that only the message's queue accepts."""

from __future__ import annotations

import re
import zlib

__all__ = ["opened", "sealed"]

_SEALED = re.compile(r"([!-~]{1,100})-([0-9a-f]{8})")


def sealed(queue: str, text: str) -> str:
    """``text`` as a receipt of ``queue``: a checksum over both reveals a receipt of another queue and a damaged one."""
    return f"{text}-{_checksum(queue, text):08x}"


def opened(queue: str, receipt: str) -> str | None:
    """The text of a receipt that ``sealed`` made for this ``queue``; None for any other text."""
    found = _SEALED.fullmatch(receipt)
    if found is None or _checksum(queue, found[1]) != int(found[2], 16):
        return None
    return found[1]


def _checksum(queue: str, text: str) -> int:
    return zlib.crc32(f"{queue} {text}".encode())
