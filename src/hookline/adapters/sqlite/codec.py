"""How bodies and times are written in the file."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "MICROSECOND", "WORTH_PACKING", "from_micros", "micros", "pack", "span", "unpack"]

WORTH_PACKING = 4096
"""Bytes. Below, compressing one body costs more time than writing its pages does."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def pack(body: bytes) -> tuple[str | None, bytes]:
    """The codec's name (None: as it came) and the bytes to store; compressed only where that saves a tenth or more."""
    if len(body) >= WORTH_PACKING:
        packed = zlib.compress(body, 1)
        if len(packed) * 10 <= len(body) * 9:
            return "zlib", packed
    return None, body


def unpack(codec: str | None, stored: bytes) -> bytes:
    """The body as it came."""
    return zlib.decompress(stored) if codec == "zlib" else stored


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The moment, aware and in UTC."""
    return EPOCH + timedelta(microseconds=value)


def span(duration: timedelta) -> int:
    """A duration in microseconds."""
    return duration // MICROSECOND
