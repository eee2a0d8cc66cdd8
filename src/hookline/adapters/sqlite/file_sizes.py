"""Measures the file and its log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.log_file import log_of

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

__all__ = ["FileSizes", "sizes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSizes:
    """Sizes in bytes: of the file and its log on the disk, of all pages once the log is copied into the file, and of the empty pages."""

    file: int
    log: int
    pages: int
    empty: int


def sizes_of(path: Path, connection: apsw.Connection) -> FileSizes:
    """The present sizes, as ``connection`` sees the database at ``path``."""
    pages, empty, size = (_number(connection, name) for name in ("page_count", "freelist_count", "page_size"))
    return FileSizes(file=_size(path), log=_size(log_of(path)), pages=pages * size, empty=empty * size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _number(connection: apsw.Connection, pragma: str) -> int:
    return int(str(connection.pragma(pragma)))
