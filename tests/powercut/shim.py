"""The library between hookline and libc, and the switch with which a test lets a sync fail."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from processes import run_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Shim"]

KINDS = ("any", "log", "database", "directory")
"""The files whose syncs can be made to fail."""

_SOURCE = Path(__file__).with_name("disk_shim.c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shim:
    """The library, what it recorded, and its switch. ``root`` is the folder whose files are watched."""

    library: Path
    root: Path
    log: Path
    control: Path

    @classmethod
    def build(cls, folder: Path, root: Path) -> Shim:
        """Compile the library into ``folder``; without gcc the test is skipped, or fails where every tool has to be there."""
        tool("gcc")
        library = folder / "disk_shim.so"
        run_process(["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
        shim = cls(library=library, root=root, log=folder / "disk.log", control=folder / "disk.control")
        shim.heal()
        return shim

    @property
    def environment(self) -> Mapping[str, str]:
        """For the process that is watched."""
        return {
            "LD_PRELOAD": str(self.library),
            "SHIM_ROOT": str(self.root),
            "SHIM_LOG": str(self.log),
            "SHIM_CONTROL": str(self.control),
        }

    def fail(self, kind: str, *, after: int) -> None:
        """Let the sync number ``after`` from now fail (1: the next one; -1: all of them)."""
        self._write([after if one == kind else 0 for one in KINDS])

    def heal(self) -> None:
        """Let no more syncs fail."""
        self._write([0] * len(KINDS))

    def pending(self) -> bool:
        """Whether a failure that was asked for has not come yet."""
        return any(struct.unpack("=4i", self.control.read_bytes()))

    def _write(self, numbers: list[int]) -> None:
        with self.control.open("r+b" if self.control.exists() else "wb") as file:  # in place: it is mapped
            file.write(struct.pack("=4i", *numbers))
