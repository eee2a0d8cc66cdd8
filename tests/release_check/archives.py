"""The sdist and the wheel of a checkout, built twice in different circumstances, and what they must and must not hold."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tomllib
import zipfile
from pathlib import Path

from processes import run_process

__all__ = [
    "ROOT",
    "TOOLS",
    "build",
    "copy",
    "differing",
    "expected_in_sdist",
    "expected_in_wheel",
    "git",
    "lacking",
    "strays",
    "tracked",
    "unpack",
]

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-release" / "bin"

_FOLDERS = ("hookline/", "hookline-")
"""All that a wheel may hold: the package, and its metadata."""

_PRIVATE = {".env", ".netrc", ".git", ".venv", "__pycache__", "data"}
"""Files and folders of a developer's machine."""


def git(*arguments: str, checkout: Path = ROOT) -> str:
    """What git prints in a checkout. Raises CalledProcessError where the folder is no checkout."""
    done = run_process(["git", *arguments], cwd=checkout, capture_output=True, text=True, check=True)
    return str(done.stdout)


def tracked(checkout: Path = ROOT) -> list[str]:
    """The files of the commit, relative to the checkout."""
    return git("ls-files", "-z", checkout=checkout).split("\0")[:-1]


def copy(folder: Path) -> Path:
    """A copy of the tracked files in ``folder``, which it returns."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def build(source: Path, out: Path, *, umask: int, moment: int) -> tuple[Path, Path]:
    """The wheel and the sdist in ``out``, both built from the folder ``source``. Raises CalledProcessError.

    ``umask`` and ``moment`` (the files' time, Unix seconds) are what differs between two people's checkouts.
    """
    for path in source.rglob("*"):
        if path.is_file():
            path.chmod((path.stat().st_mode | 0o666) & ~umask)
            os.utime(path, (moment, moment))
    run_process(
        [TOOLS / "python", "-m", "build", "--no-isolation", "--wheel", "--sdist", "--outdir", out, source],
        env={"PATH": os.environ.get("PATH", os.defpath), "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").strip()},
        capture_output=True,
        check=True,
    )
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def differing(first: tuple[Path, ...], second: tuple[Path, ...]) -> list[str]:
    """Names of archives that are not the same, byte for byte, in both groups."""
    one, other = (
        {path.name: hashlib.sha256(path.read_bytes()).digest() for path in paths} for paths in (first, second)
    )
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def expected_in_wheel(checkout: Path = ROOT) -> set[str]:
    """The names that a wheel of this checkout has: the package, and what pyproject.toml puts into it from other folders."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
    forced: dict[str, str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    names = tracked(checkout)
    package = {name.removeprefix("src/") for name in names if name.startswith("src/hookline/")}
    others = {
        target + name.removeprefix(origin)
        for origin, target in forced.items()
        for name in names
        if name == origin or name.startswith(f"{origin}/")
    }
    return package | others


def expected_in_sdist(checkout: Path = ROOT) -> set[str]:
    """The names that an sdist of this checkout has: every file, except those for GitHub and for editors, which begin with a dot."""
    return {name for name in tracked(checkout) if not name.startswith(".")}


def lacking(archive: Path, expected: set[str]) -> list[str]:
    """The expected files that a wheel or an sdist does not hold. In an sdist they are in one folder."""
    names = _names_in(archive)
    if archive.suffix != ".whl":
        names = [name.partition("/")[2] for name in names]
    return sorted(expected - set(names))


def strays(archive: Path) -> list[str]:
    """Files that must not be published: secrets, caches, and in a wheel everything outside the package."""
    names = _names_in(archive)
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


def _names_in(archive: Path) -> list[str]:
    """The files in a wheel or an sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return sorted(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return sorted(member.name for member in sdist if member.isfile())
