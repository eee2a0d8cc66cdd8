"""What is done with a write-ahead log that another program has damaged, before a restart reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.disk import sync_directory
from hookline.adapters.sqlite.log_file import log_of, put_header_back, whole_frames

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["rescue_log"]


def rescue_log(path: Path, header: bytes, *, copied: int) -> None:
    """Leave the log of the database at ``path`` so that the next start reads as much of it as is whole. Raises OSError.

    ``header`` is the one that the log had, ``copied`` is how many of its frames are in the database file. A log that ends before those
    would lay older pages over newer ones, and one in which nothing is ours may be another database's: it is moved aside, and the file has
    one consistent state without it.
    """
    log = log_of(path)
    whole = whole_frames(log, header)
    if whole and whole >= copied:
        put_header_back(log, header)
    elif log.stat().st_size:
        log.replace(log.with_name(f"{log.name}.damaged"))
        sync_directory(log.parent)
