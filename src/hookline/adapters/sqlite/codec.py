"""Encodes bodies and times for the file, and decodes them."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from threading import local

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdDecompressor, ZstdError, frame_content_size

from hookline.errors import DamagedError

__all__ = [
    "DICTIONARY",
    "DICTIONARY_CODEC",
    "EPOCH",
    "MICROSECOND",
    "SEALED",
    "TOO_LONG",
    "WORTH_PACKING",
    "from_micros",
    "micros",
    "pack",
    "span",
    "unpack",
]

WORTH_PACKING = 4096
"""The shortest body to compress, in bytes: for a shorter one, compressing takes longer than writing its pages."""

DICTIONARY_CODEC = "zstd:"
"""The beginning of the codec of a body that is compressed with a dictionary (Zstandard, RFC 8878, raw content); its number follows."""

TOO_LONG = 8192
"""Bytes. A body of this length or more repeats enough of itself, and is compressed without a dictionary."""

SEALED = "~"
"""The end of a codec whose body is sealed, after it was compressed with the codec before it."""

DICTIONARY = f"(SELECT bytes FROM dictionaries WHERE id = CAST(substr(codec, {len(DICTIONARY_CODEC) + 1}) AS INTEGER))"  # noqa: S608 -- a constant
"""The SQL expression for the dictionary of a row with a ``codec``; NULL, without a query, where the codec has no dictionary."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def pack(body: bytes) -> tuple[str | None, bytes]:
    """The codec's name (None: not compressed) and the bytes to store; compressed only where that saves a tenth or more."""
    if len(body) >= WORTH_PACKING:
        packed = zlib.compress(body, 1)
        if len(packed) * 10 <= len(body) * 9:
            return "zlib", packed
    return None, body


def unpack(codec: str | None, stored: bytes, dictionary: bytes | None = None, digest: bytes | None = None) -> bytes:
    """The received body. Raises DamagedError when it cannot be restored.

    A body that was compressed with a dictionary has no checksum, so it is compared with its SHA-256 if ``digest`` is given.
    """
    if codec is None:
        return stored
    try:
        if codec == "zlib":
            return zlib.decompress(stored)
        if dictionary is None:
            raise _damaged(f"a body is stored as {codec}, but that dictionary is missing")
        if frame_content_size(stored) >= TOO_LONG:
            raise _damaged(f"a body that is stored as {codec} says that it is longer than the largest body")
        body = _unpacker(dictionary).decompress(stored)
    except (zlib.error, ZstdError) as error:
        raise _damaged(f"a body that is stored as {codec} cannot be decompressed: {error}") from error
    if digest is not None and hashlib.sha256(body).digest() != digest:
        raise _damaged(f"a body that is stored as {codec} does not match its SHA-256")
    return body


class _Unpackers(local):
    """The decompressors of this thread by dictionary, kept because creating one takes longer than decompressing a body."""

    def __init__(self) -> None:
        self.kept: dict[bytes, ZstdDecompressor] = {}


_MOST_UNPACKERS = 16
_unpackers = _Unpackers()


def _unpacker(dictionary: bytes) -> ZstdDecompressor:
    kept = _unpackers.kept
    unpacker = kept.get(dictionary)
    if unpacker is None:
        if len(kept) >= _MOST_UNPACKERS:
            kept.clear()
        content = ZstdCompressionDict(dictionary, dict_type=DICT_TYPE_RAWCONTENT)
        unpacker = kept[dictionary] = ZstdDecompressor(dict_data=content)
    return unpacker


def _damaged(why: str) -> DamagedError:
    return DamagedError(
        "storage_unavailable", f"{why}: hookline.db in the data directory is damaged; a backup can be restored"
    )


def micros(moment: datetime) -> int:
    """The microseconds from 1970 to ``moment``, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The moment, aware and in UTC."""
    return EPOCH + timedelta(microseconds=value)


def span(duration: timedelta) -> int:
    """A duration in microseconds."""
    return duration // MICROSECOND
