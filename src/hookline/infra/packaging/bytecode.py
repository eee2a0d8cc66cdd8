"""Adds bytecode to the sources: Lambda cannot keep compiled modules, so without it every cold start compiles all imported modules.

Releases of one minor version compile differently: of 426 modules in the archives, CPython 3.13.0 and 3.13.5 compile 184 differently. So the
exact release is named, and a machine with another release builds no archives.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.error_codes import DeploymentError
from hookline.infra.packaging import compile_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["NO_BYTECODE", "compiler", "compilers", "with_bytecode"]

NO_BYTECODE = "none"
"""The value for archives without bytecode and without a warning about that."""

_RELEASE = """
import sys
final = sys.implementation.name == "cpython" and sys.version_info[3] == "final" and "t" not in getattr(sys, "abiflags", "")
print("%d.%d.%d" % sys.version_info[:3] if final else "")
"""
"""Prints the release of a CPython. Builds without the global lock count references otherwise, which shows in bytecode (gh-129724)."""


def compiler(release: str, python: str) -> str:
    """The CPython of exactly this ``release`` on this machine. Raises DeploymentError ``bytecode_unavailable``."""
    if release.rpartition(".")[0] != python:
        raise DeploymentError(
            "bytecode_unavailable",
            f"functions on Python {python} cannot use bytecode of {release}: name a release of {python}, such as {python}.1",
        )
    found = compilers(python)
    if release not in found:
        others = f"; there is {', '.join(found)}, whose bytecode may differ" if found else ""
        raise DeploymentError(
            "bytecode_unavailable",
            f"the archives need bytecode of CPython {release}, which is not on this machine{others}",
        )
    return found[release]


def compilers(python: str) -> Mapping[str, str]:
    """The interpreters of a minor version on this machine, by release: the running one, those on PATH, pyenv's and uv's."""
    found: dict[str, str] = {}
    for candidate in _candidates(python):
        release = _release(candidate)
        if release.rpartition(".")[0] == python:
            found.setdefault(release, candidate)
    return found


def with_bytecode(files: Mapping[str, bytes], root: str, *, executable: str, checked: bool) -> Mapping[str, bytes]:
    """``files`` and the bytecode of every module in them, at the paths where ``executable`` finds it.

    ``root`` is the folder that they will be in. ``checked`` bytecode is compared with its source at each import.
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


def _candidates(python: str) -> Iterator[str]:
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield sys.executable
    command = f"python{python}"
    yield from filter(None, (shutil.which(command, path=folder) for folder in os.get_exec_path()))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local" / "share" / "uv" / "python")
    for folder, names in ((pyenv, f"{python}.*"), (uv, f"cpython-{python}.*")):
        yield from (str(path) for path in sorted(folder.glob(f"{names}/bin/{command}")))


def _release(executable: str) -> str:
    """The interpreter's release; empty when it does not run or is not a final CPython with the global lock."""
    words = [executable, "-I", "-S", "-c", _RELEASE]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- found by its name
    except OSError:
        return ""
    return done.stdout.strip()
