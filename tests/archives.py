"""Archives for this very machine, built once for the same sources and then taken from the disk by every process that needs them."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import platform
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.packaging import build, host_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.packaging import Archives

__all__ = ["built", "kept", "sources_digest"]

_ROOT = Path(__file__).parents[1]
_KEPT = _ROOT / ".pytest_cache" / "hookline"
_CODE = ("src", "deploy")
_DAYS = 2.0
"""Archives of sources that have changed since are removed when they are older than this."""


def built(project: Path, out: Path) -> Archives:
    """What ``build`` makes of the hookline.toml at ``project``, in ``out``."""
    target = host_target()
    own = sorted(path for path in project.parent.rglob("*") if path.is_file())
    with kept("archives", sources_digest(*own), repr(target), platform.python_version()) as place:
        if not (place / "whole").exists():
            made = build(
                project,
                place,
                architecture=target.architecture,
                python=target.python,
                bytecode=platform.python_version(),
            )
            (place / "whole").write_bytes(pickle.dumps(made))
        found: Archives = pickle.loads((place / "whole").read_bytes())  # noqa: S301 -- written by these tests
        out.mkdir(parents=True, exist_ok=True)
        for archive in (found.layer, found.function):
            shutil.copyfile(archive.path, out / archive.path.name)
    return replace(
        found,
        layer=replace(found.layer, path=out / found.layer.path.name),
        function=replace(found.function, path=out / found.function.path.name),
    )


def sources_digest(*more: Path) -> str:
    """A digest of hookline's own code, and of the files ``more``, by their names and contents."""
    found = hashlib.sha256()
    for path in (*_code(), *more):
        found.update(f"{path.name}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


@contextmanager
def kept(kind: str, *parts: str) -> Iterator[Path]:
    """A folder that stays for later processes and sessions; nobody else has the one of the same ``parts`` meanwhile."""
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    place = _KEPT / kind / name
    place.mkdir(parents=True, exist_ok=True)
    with (_KEPT / kind / f".{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _remove_old(place.parent)
        yield place


def _code() -> Iterator[Path]:
    for folder in _CODE:
        yield from sorted(path for path in (_ROOT / folder).rglob("*") if path.suffix in {".py", ".txt", ".yaml"})


def _remove_old(folder: Path) -> None:
    oldest = time.time() - _DAYS * 24 * 3600
    for place in folder.iterdir():
        if place.is_dir() and place.stat().st_mtime < oldest:
            shutil.rmtree(place, ignore_errors=True)
