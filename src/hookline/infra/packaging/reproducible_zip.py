"""Writes archives whose bytes depend only on their files, not on the machine's Python and zlib.

No file is compressed here: zlib and its replacements (zlib-ng, Apple's) give different bytes for the same content. Data that a publisher
has compressed is copied unchanged, and other data is stored. Python's ``zipfile`` cannot copy a compressed stream, so the records are
written here.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Archive", "write_archive"]

_VERSION = 20
_UNIX = 3
_MODE = 0o100644 << 16
_BEGINNING = (0, 0b0000000_0001_00001)
"""Midnight of 1980-01-01, the earliest time in a zip, instead of the real time."""
_UTF_8 = 0x800


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip on the disk. ``size`` and ``unzipped`` are bytes, ``sha256`` is the file's digest in hex."""

    path: Path
    size: int
    unzipped: int
    sha256: str


def write_archive(
    path: Path, files: Mapping[str, bytes], streams: Mapping[str, bytes] = MappingProxyType({})
) -> Archive:
    """Put ``files`` by name into a zip at ``path``, which appears complete or not at all. Raises OSError.

    ``streams`` has the compressed bytes of some of them.
    """
    content = _zipped(files, streams)
    _replace(path, content)
    return Archive(
        path=path,
        size=len(content),
        unzipped=sum(map(len, files.values())),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _zipped(files: Mapping[str, bytes], streams: Mapping[str, bytes]) -> bytes:
    """The zip; its records are those of APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16."""
    members, directory = bytearray(), bytearray()
    for name, content in sorted(files.items()):
        stream = streams.get(name)
        held, method = (content, zipfile.ZIP_STORED) if stream is None else (stream, zipfile.ZIP_DEFLATED)
        spelled = name.encode()
        sizes = (zlib.crc32(content), len(held), len(content), len(spelled), 0)
        common = pack("<5H3L2H", _VERSION, _UTF_8, method, *_BEGINNING, *sizes)
        directory += pack("<4s2B", b"PK\x01\x02", _VERSION, _UNIX) + common
        directory += pack("<3H2L", 0, 0, 0, _MODE, len(members)) + spelled
        members += b"PK\x03\x04" + common + spelled + held
    ending = (0, 0, len(files), len(files), len(directory), len(members), 0)
    return bytes(members + directory + pack("<4s4H2LH", b"PK\x05\x06", *ending))


def _replace(path: Path, content: bytes) -> None:
    """Write a new file in the folder of ``path`` and rename it, so that no reader gets a part. Parallel builds write the same bytes."""
    descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(written).chmod(0o644)
        Path(written).replace(path)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
