"""How bodies and times are written in an item."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

__all__ = ["from_micros", "from_seconds", "micros", "pack", "seconds_text", "unpack", "whole_seconds_after"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PER_SECOND = 1_000_000


def pack(body: bytes) -> tuple[str | None, bytes]:
    """The codec's name (None: not compressed) and the bytes to store: the shorter form, since every KB of an item is paid for."""
    packed = zlib.compress(body, 6)
    return ("zlib", packed) if len(packed) < len(body) else (None, body)


def unpack(codec: str | None, stored: bytes) -> bytes:
    """The received body."""
    return zlib.decompress(stored) if codec == "zlib" else stored


def micros(moment: datetime) -> int:
    """The microseconds from 1970 to ``moment``, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The moment, aware and in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def seconds_text(moment: datetime) -> str:
    """Seconds since 1970 as a decimal number with microseconds, to compare with whole seconds."""
    whole, part = divmod(micros(moment), _PER_SECOND)
    return f"{whole}.{part:06}"


def whole_seconds_after(moment: datetime) -> int:
    """The seconds since 1970, rounded up: DynamoDB's time to live accepts only whole seconds."""
    return -(-micros(moment) // _PER_SECOND)


def from_seconds(value: int) -> datetime:
    """The moment, aware and in UTC."""
    return _EPOCH + timedelta(seconds=value)
