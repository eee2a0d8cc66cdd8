"""Reads the frames of the write-ahead log, and writes them again (sqlite.org/fileformat2.html, section 4)."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.fsync import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "FRAME_SIZE",
    "HEADER_SIZE",
    "header_is_whole",
    "log_of",
    "page_size_of",
    "pages_in",
    "put_header_back",
    "whole_frames",
    "write_again",
]

_HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint number, two salts, two checksums
_FRAME = struct.Struct(">6I")  # page number, size of the database after a commit, two salts, two checksums
_ORDER = {0x377F0682: "<", 0x377F0683: ">"}
"""The byte order of the words in the checksum, by the first word of the file."""

_WORD = 0xFFFFFFFF

HEADER_SIZE = _HEADER.size
FRAME_SIZE = _FRAME.size
"""The bytes of a frame before its page."""


def log_of(database: Path) -> Path:
    """The path of the write-ahead log of ``database``."""
    return database.with_name(database.name + "-wal")


def write_again(log: Path) -> int:
    """Write every frame again at its place, byte for byte, and sync the file; returns how many frames there are.

    After a failed sync the kernel treats pages as written that are not on the disk, and no later sync writes them. Writing a
    page again makes it dirty again. This ends at the first frame whose checksum does not follow from those before it, as SQLite's
    recovery does. The caller must ensure that no other writer runs. Raises OSError.
    """
    descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC)
    try:
        pieces = 0
        for at, piece in _pieces(descriptor):
            os.pwrite(descriptor, piece, at)
            pieces += 1
        sync(descriptor)
    finally:
        os.close(descriptor)
    return max(0, pieces - 1)


def header_is_whole(header: bytes) -> bool:
    """Whether these bytes are the header of a log with a correct checksum."""
    if len(header) < _HEADER.size:
        return False
    magic, *_, first, second = _HEADER.unpack(header)
    return magic in _ORDER and _sums(header[:24], (0, 0), _ORDER[magic]) == (first, second)


def page_size_of(header: bytes) -> int:
    """The page size in bytes, from a complete header."""
    return int.from_bytes(header[8:12])


def pages_in(log: Path) -> set[int]:
    """The numbers of the pages in the log. Of each frame only the salts are checked. Raises OSError."""
    descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return set(_page_numbers(descriptor))
    finally:
        os.close(descriptor)


def whole_frames(log: Path, header: bytes) -> int:
    """How many valid frames follow each other if the log had this ``header``, whatever header the file has now. Raises OSError."""
    descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return max(0, sum(1 for _ in _pieces(descriptor, header)) - 1)
    finally:
        os.close(descriptor)


def put_header_back(log: Path, header: bytes) -> None:
    """Write the header of the log and sync the file. Raises OSError."""
    descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, header, 0)
        sync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(descriptor: int, header: bytes | None = None) -> Iterator[tuple[int, bytes]]:
    """The header and each valid frame, with its offset."""
    if header is None:
        header = os.pread(descriptor, _HEADER.size, 0)
    if not header_is_whole(header):
        return
    magic, _, page, _, *salts, first, second = _HEADER.unpack(header)
    yield 0, header
    sums, size, at = (first, second), _FRAME.size + page, _HEADER.size
    while len(frame := os.pread(descriptor, size, at)) == size:
        _, _, *found, first, second = _FRAME.unpack_from(frame)
        sums = _sums(frame[:8] + frame[_FRAME.size :], sums, _ORDER[magic])
        if found != salts or sums != (first, second):
            return
        yield at, frame
        at += size


def _page_numbers(descriptor: int) -> Iterator[int]:
    header = os.pread(descriptor, HEADER_SIZE, 0)
    at = HEADER_SIZE
    while len(frame := os.pread(descriptor, FRAME_SIZE, at)) == FRAME_SIZE and frame[8:16] == header[16:24]:
        yield int.from_bytes(frame[:4])
        at += FRAME_SIZE + page_size_of(header)


def _sums(content: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = iter(struct.unpack(f"{order}{len(content) // 4}I", content))
    for one, other in zip(words, words, strict=True):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return first, second
