"""Gets the layer's packages as wheels: exactly the pinned ones, by their hashes, for the platform of the functions."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.error_codes import DeploymentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ASYMMETRIC", "cache_folder", "pinned", "wheels_for"]

ASYMMETRIC = "cryptography"
"""The package that schemes with public keys import: a layer has it only when a source of the project has such a scheme."""

_MACHINES: Mapping[str, str] = {"arm64": "aarch64", "x86_64": "x86_64"}
_GLIBC = range(34, 16, -1)
"""The minor versions of glibc that wheels may require, best first: Amazon Linux 2023 has 2.34."""
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_OFFLINE = re.compile(r"connection broken|NewConnectionError|Failed to establish|Read timed out|name resolution")
_MISSING = re.compile(r"No matching distribution found for ([^\s(]+)")
_ALTERED = re.compile(r"DO NOT MATCH THE HASHES")


def wheels_for(architecture: str, python: str, pins: str, folder: Path | None = None) -> Sequence[bytes]:
    """The wheels of every package of ``pins`` for the target, each checked against its pinned hashes.

    With ``folder`` they come only from there; otherwise from the cache, which pip fills where needed.
    """
    if folder is not None:
        options = ["--isolated", "--no-index", "--find-links", str(folder.resolve())]
        return _downloaded(architecture, python, pins, options)
    cached = cache_folder() / _key(architecture, python, pins)
    wheels = _whole(cached, pins)
    return wheels if wheels is not None else _downloaded(architecture, python, pins, [], keep=cached)


def pinned(*, asymmetric: bool = False) -> str:
    """A layer's packages with their versions and hashes, as pip reads them."""
    name = "layer-asymmetric.txt" if asymmetric else "layer.txt"
    return files("hookline.infra.packaging").joinpath(name).read_text("utf-8")


def cache_folder() -> Path:
    """The folder in which wheels are kept between builds."""
    return Path.home() / ".cache" / "hookline" / "wheels"


def _key(architecture: str, python: str, pins: str) -> str:
    return hashlib.sha256(f"{architecture} {python}\n{pins}".encode()).hexdigest()[:32]


def _whole(folder: Path, pins: str) -> Sequence[bytes] | None:
    """The wheels in ``folder``, if they are exactly the pinned ones; None otherwise."""
    try:
        wheels = [path.read_bytes() for path in sorted(folder.glob("*.whl"))]
    except OSError:
        return None
    known = set(_HASH.findall(pins))
    sound = all(hashlib.sha256(wheel).hexdigest() in known for wheel in wheels)
    return wheels if sound and len(wheels) == len(_PACKAGE.findall(pins)) else None


def _downloaded(
    architecture: str, python: str, pins: str, options: Sequence[str], *, keep: Path | None = None
) -> Sequence[bytes]:
    """The wheels that pip finds, checked again here, and kept in the folder ``keep`` if that can be written."""
    with tempfile.TemporaryDirectory(prefix="hookline-wheels-") as temporary:
        into = Path(temporary) / "wheels"
        _pip_download(architecture, python, pins, options, into)
        wheels = _whole(into, pins)
        if wheels is None:
            raise DeploymentError("wheel_altered", "pip downloaded other files than the pinned ones")
        if keep is not None:
            _keep(into, keep, pins)
        return wheels


def _keep(folder: Path, place: Path, pins: str) -> None:
    """Move a complete copy of ``folder`` to ``place`` in one step. If another build is faster, its equal copy stays."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=place.parent, prefix=".new-"))
        try:
            shutil.copytree(folder, staging / "whole")
            if place.exists() and _whole(place, pins) is None:
                place.rename(staging / "damaged")
            (staging / "whole").rename(place)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _pip_download(architecture: str, python: str, pins: str, options: Sequence[str], into: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write(pins)
        requirements.flush()
        command = [sys.executable, "-m", "pip", "download", *_PIP, *options, *_tags(architecture, python)]
        command += ["--dest", str(into), "--requirement", requirements.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- words of our own
    if done.returncode != 0:
        raise _fault(done.stdout + done.stderr, f"{architecture} with Python {python}")


_PIP = (
    *("--disable-pip-version-check", "--no-input", "--retries", "2"),
    *("--no-deps", "--require-hashes", "--only-binary=:all:"),
)


def _tags(architecture: str, python: str) -> Sequence[str]:
    """The platforms that pip may choose: wheels for any glibc up to Amazon Linux's."""
    machine = _MACHINES[architecture]
    platforms = [*(f"manylinux_2_{minor}_{machine}" for minor in _GLIBC), f"manylinux2014_{machine}"]
    asked = [word for name in platforms for word in ("--platform", name)]
    return [*asked, "--implementation", "cp", "--python-version", python]


def _fault(output: str, target: str) -> DeploymentError:
    """The DeploymentError for pip's failure, with its last line."""
    lines = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()[-1:]
    said = f"; pip says: {lines[-1]}" if lines else ""
    if "No module named pip" in output:
        return DeploymentError("pip_missing", f"{sys.executable} has no pip, which fetches the layer's packages")
    if _ALTERED.search(output):
        return DeploymentError("wheel_altered", f"a package is not the file that was pinned{said}")
    if (missing := _MISSING.search(output)) and not _OFFLINE.search(output):
        return DeploymentError(
            "wheel_missing", f"there is no wheel of {missing[1]} for {target} where pip looked{said}"
        )
    return DeploymentError("wheels_unreachable", f"pip could not fetch the layer's packages{said}")
