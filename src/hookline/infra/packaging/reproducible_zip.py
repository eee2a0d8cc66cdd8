"""Writing archives that are the same bytes whenever they hold the same files."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Archive", "write_archive"]

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold, in place of none."""
_UNIX = 3
_MODE = 0o100644 << 16
_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip on the disk. ``size`` and ``unzipped`` are bytes, ``sha256`` is the file's digest in hex."""

    path: Path
    size: int
    unzipped: int
    sha256: str


def write_archive(path: Path, files: Mapping[str, bytes]) -> Archive:
    """Put ``files`` by name into a zip at ``path``, which appears whole or not at all. Raises OSError."""
    content = _zipped(files)
    _replace(path, content)
    return Archive(
        path=path,
        size=len(content),
        unzipped=sum(map(len, files.values())),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _LEVEL)
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    """Write beside ``path`` and move: anyone who builds at the same time writes the same, and nobody reads half a file."""
    descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(written).chmod(0o644)
        Path(written).replace(path)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
