"""The sdist and the wheel of a checkout, built twice in different circumstances."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from processes import run_process

__all__ = ["ROOT", "TOOLS", "build", "differing", "git", "names_in", "strays", "unpack"]

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-release" / "bin"

_FOLDERS = ("hookline/", "hookline-")
"""All that a wheel may hold: the package, and its metadata."""

_PRIVATE = {".env", ".netrc", ".git", ".venv", "__pycache__", "data"}
"""Files and folders of a developer's machine."""


def git(*arguments: str) -> str:
    """What git prints in the checkout."""
    done = run_process(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return str(done.stdout)


def build(folder: Path, *, umask: int, moment: int) -> list[Path]:
    """The sdist, and the wheel that is built from it, of a copy of the tracked files that is made in ``folder``.

    ``umask`` and ``moment`` (the files' time, Unix seconds) are what differs between two people's checkouts. Raises CalledProcessError.
    """
    source = folder / "source"
    for name in git("ls-files", "-z").split("\0")[:-1]:
        if (ROOT / name).is_file():  # a tracked file may be deleted
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
            (source / name).chmod(((ROOT / name).stat().st_mode | 0o666) & ~umask)
            os.utime(source / name, (moment, moment))
    run_process(
        [TOOLS / "python", "-m", "build", "--no-isolation", "--outdir", folder / "dist", source],
        env={"PATH": os.environ.get("PATH", os.defpath), "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").strip()},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return sorted((folder / "dist").iterdir())


def differing(first: list[Path], second: list[Path]) -> list[str]:
    """Names of archives that are not the same, byte for byte, in both lists."""
    one, other = (
        {path.name: hashlib.sha256(path.read_bytes()).digest() for path in paths} for paths in (first, second)
    )
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def names_in(archive: Path) -> list[str]:
    """The files in a wheel or an sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return sorted(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return sorted(member.name for member in sdist if member.isfile())


def strays(archive: Path) -> list[str]:
    """Files that must not be published: secrets, caches, and in a wheel all that is not hookline."""
    names = names_in(archive)
    private = [name for name in names if _PRIVATE & set(Path(name).parts)]
    if archive.suffix == ".whl":
        private += [name for name in names if not name.startswith(_FOLDERS)]
    return private


def unpack(sdist: Path, folder: Path) -> Path:
    """The one folder that the sdist holds, in ``folder``."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top
