"""Bytecode beside the sources: Lambda cannot keep what it compiles, so that without it every cold start compiles all that it imports."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from hookline.infra.packaging import compile_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["interpreter", "with_bytecode"]


def interpreter(python: str) -> str | None:
    """A Python of this minor version on this machine: the one that runs this, or else one on PATH; None when there is none."""
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{python}")
    return found if found is not None and _version(found) == python else None


def with_bytecode(files: Mapping[str, bytes], root: str, *, executable: str, checked: bool) -> Mapping[str, bytes]:
    """``files``, with the bytecode of every module among them where ``executable`` looks for it.

    ``root`` is the folder that they will be in. ``checked`` bytecode is compared with its source at each import.
    Every build of one minor version that was tried makes the same bytes.
    """
    sources = io.BytesIO()
    with zipfile.ZipFile(sources, "w") as archive:
        for name, content in files.items():
            if name.endswith(".py"):
                archive.writestr(name, content)
    command = [executable, "-I", "-S", compile_sources.__file__, root, str(int(checked))]
    done = subprocess.run(command, input=sources.getvalue(), capture_output=True, check=True)  # noqa: S603 -- an interpreter
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        return {**files, **{name: archive.read(name) for name in archive.namelist()}}


def _version(executable: str) -> str:
    """What the interpreter says it is; nothing when it does not run."""
    words = [executable, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- found on PATH by its name
    return done.stdout.strip()
