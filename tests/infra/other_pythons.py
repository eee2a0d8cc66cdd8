"""Another Python of this machine, which has what hookline needs without anything being installed for it."""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from archives import kept
from hookline.infra.packaging import PYTHONS, host_target
from hookline.infra.packaging.bytecode import compilers
from hookline.infra.packaging.wheels import pinned, wheels_for
from processes import run_process

__all__ = ["OtherPython", "other_python"]

_ROOT = Path(__file__).parents[2]
_GRPC = re.compile(r"^grpcio==.*(?:\n +--hash=\S+(?: \\)?)+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPython:
    """An interpreter of another release, and the folders that it imports from."""

    release: str
    executable: str
    packages: tuple[Path, ...]

    @property
    def minor(self) -> str:
        """Its minor version, as a target has it."""
        return self.release.rpartition(".")[0]

    def run(self, script: str, *arguments: str) -> str:
        """What ``script`` prints, when it may import hookline, the tests, and what they need."""
        with tempfile.TemporaryDirectory() as elsewhere:
            done = run_process(
                [self.executable, "-S", "-c", script, *arguments],
                cwd=elsewhere,
                env={
                    "HOME": os.environ["HOME"],
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join(map(str, self.packages)),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONHASHSEED": "7",
                },
                capture_output=True,
                text=True,
            )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)


def other_python() -> OtherPython:
    """One of another minor version if there is one, else another release of the same.

    Where there is none the test is skipped, or fails where every tool has to be there (CI).
    """
    found = {release: path for python in PYTHONS for release, path in compilers(python).items()}
    found.pop(platform.python_version(), None)
    others = sorted(found, key=lambda release: (release.rpartition(".")[0] == host_target().python, release))
    if not others:
        reason = f"this machine has no CPython but {platform.python_version()} (of {', '.join(PYTHONS)})"
        if os.environ.get("HOOKLINE_TESTS_NEED_TOOLS"):
            pytest.fail(reason)
        pytest.skip(reason)
    release = others[0]
    return OtherPython(release=release, executable=found[release], packages=_packages(release.rpartition(".")[0]))


def _packages(python: str) -> tuple[Path, ...]:
    """Compiled packages for that Python, from pinned wheels; the rest of what Pulumi needs is plain Python, and this one's will do."""
    pins = pinned(asymmetric=True)
    grpc = _GRPC.search((_ROOT / "requirements" / "dev.txt").read_text())
    assert grpc is not None
    with kept("packages", python, pins, grpc[0]) as place:
        if not (place / "whole").exists():
            for wanted in (pins, grpc[0]):
                for wheel in wheels_for(host_target().architecture, python, wanted):
                    with zipfile.ZipFile(BytesIO(wheel)) as archive:
                        archive.extractall(place / "packages")
            (place / "whole").touch()
    assert sys.prefix != sys.base_prefix, "the tests' own packages are expected in an environment"
    return (_ROOT / "src", place / "packages", _ROOT / "tests", Path(sysconfig.get_path("purelib")))
