"""The machine that was measured on: numbers without it say nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["describe"]

_SYNCS = 200
_PAGE = 4096
_PACKAGES = ("hookline", "uvicorn", "fastapi", "pydantic")


def describe(directory: Path, packages: Sequence[str] = _PACKAGES) -> Mapping[str, str]:
    """What it is made of, how long its disk takes for ``directory``, and the versions of ``packages``."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) * 1024 / 1e9:.1f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        "file system": _file_system(directory),
        "fdatasync of 4 KiB": f"{_fdatasync(directory) * 1000:.2f} ms (p50)",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        **{name: version(name) for name in packages},
    }


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text("utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def _file_system(directory: Path) -> str:
    """The type of the mount that holds ``directory``; on tmpfs a commit would cost nothing."""
    mounts = (line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines())
    holding = [(point, kind) for point, kind in mounts if directory.resolve().is_relative_to(point)]
    return max(holding, key=lambda mount: len(mount[0]))[1]


def _fdatasync(directory: Path) -> float:
    """Median seconds until an appended page is on the disk."""
    path = directory / "fdatasync"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(os.urandom(_PAGE))
            start = perf_counter()
            os.fdatasync(file.fileno())
            took.append(perf_counter() - start)
    path.unlink()
    return median(took)
