"""What a disk holds when the power fails: rebuilt from the recorded calls of a process.

A write is on the disk for sure once a sync of its file that began after it ended well. Before that it may be there, or not, or in parts
of 512 bytes. When a sync fails, what it should have written counts as clean: no later sync brings it to the disk. A name is there for sure
once its directory was synced.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

__all__ = ["FATES", "Disk", "Record", "records"]

_HEAD = struct.Struct("=cQqI")
_SECTOR = 512
_DIRECTORY = 0


class Record(NamedTuple):
    """One call, as the shim describes it."""

    kind: str
    file: int
    place: int
    data: bytes


def records(log: Path) -> Iterator[Record]:
    """Every whole record, in order."""
    trace = log.read_bytes()
    at = 0
    while at + _HEAD.size <= len(trace):
        kind, file, place, length = _HEAD.unpack_from(trace, at)
        at += _HEAD.size
        if at + length > len(trace):
            return
        yield Record(kind.decode(), file, place, trace[at : at + length])
        at += length


def _dropped(_: random.Random, __: int) -> list[tuple[int, int]]:
    return []


def _kept(_: random.Random, length: int) -> list[tuple[int, int]]:
    return [(0, length)]


def _random(chance: random.Random, length: int) -> list[tuple[int, int]]:
    return [(0, length)] if chance.random() < 0.5 else []


def _torn(chance: random.Random, length: int) -> list[tuple[int, int]]:
    sectors = range(0, max(1, length), _SECTOR)
    return [(start, min(length, start + _SECTOR)) for start in sectors if chance.random() < 0.5]


FATES: dict[str, Callable[[random.Random, int], list[tuple[int, int]]]] = {
    "dropped": _dropped,
    "kept": _kept,
    "random": _random,
    "torn": _torn,
}
"""How much of a write reaches the disk that no sync covers."""


@dataclass(slots=True)
class _File:
    """The bytes that are on the disk for sure, and the changes that no sync covers, with their place in the order of all."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, Record]] = field(default_factory=list)


class Disk:
    """The disk of one recorded process, up to a moment."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._waiting_names: list[tuple[int, Record]] = []
        self._syncs: dict[int, tuple[int, str]] = {}  # by number: when it began, and of what
        self._clock = 0

    def apply(self, record: Record) -> None:
        """Let one more call happen."""
        self._clock += 1
        match record.kind:
            case "W" | "T":
                self._files.setdefault(record.file, _File()).waiting.append((self._clock, record))
            case "B":
                self._syncs[record.place] = self._clock, record.data.decode()
            case "E" | "F":
                self._end(record, reached=record.kind == "E")
            case "A":
                bodies = re.findall(rb'\{"event_id":.*?\}', record.data)
                self.acknowledged |= {json.loads(body)["event_id"] for body in bodies}
            case _:
                if record.kind == "C":
                    self._files[record.file] = _File()
                self._waiting_names.append((self._clock, record))

    def write_to(self, folder: Path, root: Path, fate: str, chance: random.Random) -> None:
        """What is there after the power failed, with ``folder`` in the place of ``root``."""
        names = dict(self._names)
        for _, record in self._waiting_names:
            if FATES["random" if fate == "torn" else fate](chance, 1):
                _rename(names, record)
        for path, file in sorted(names.items()):
            target = folder / Path(path).relative_to(root)
            if not target.parent.is_dir():
                continue  # a directory above it is not on the disk
            if file == _DIRECTORY:
                target.mkdir()
            else:
                target.write_bytes(self._content(file, fate, chance))

    def _content(self, file: int, fate: str, chance: random.Random) -> bytes:
        found = self._files[file]
        content = bytearray(found.durable)
        for _, record in found.waiting:
            _change(content, record, FATES[fate](chance, len(record.data) or 1))
        return bytes(content)

    def _end(self, record: Record, *, reached: bool) -> None:
        """What a sync covered is on the disk now, or counts as if it were."""
        began, path = self._syncs.pop(record.place)
        covered = [item for at, item in self._waiting_names if at < began and _directory(item) == path]
        self._waiting_names = [item for item in self._waiting_names if item[1] not in covered]
        file = self._files.get(record.file, _File())
        changes = [item for at, item in file.waiting if at < began]
        file.waiting = [item for item in file.waiting if item[0] > began]
        if reached:
            for name in covered:
                _rename(self._names, name)
            for change in changes:
                _change(file.durable, change, [(0, len(change.data) or 1)])


def _directory(record: Record) -> str:
    """Whose entry a change of names is."""
    return str(Path(record.data.split(b"\0")[-1].decode()).parent)


def _rename(names: dict[str, int], record: Record) -> None:
    first, *second = (part.decode() for part in record.data.split(b"\0"))
    match record.kind:
        case "C":
            names[first] = record.file
        case "M":
            names[first] = _DIRECTORY
        case "U":
            names.pop(first, None)
        case "R":
            if first in names:
                names[second[0]] = names.pop(first)


def _change(content: bytearray, record: Record, parts: list[tuple[int, int]]) -> None:
    """Do those parts of a write that reach the disk; a truncation does or does not."""
    if record.kind == "T":
        if parts:
            del content[record.place :]
            content.extend(bytes(record.place - len(content)))
        return
    for start, end in parts:
        at = record.place + start
        if len(content) < at:
            content.extend(bytes(at - len(content)))
        content[at : at + end - start] = record.data[start:end]
