"""The tests, run against an installed wheel: no module of the checkout can be imported there."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from typing import TYPE_CHECKING, Any  # Any: keywords that are passed on

from processes import run_process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["ORIGIN", "TESTS", "environment", "pytest_with", "run_tests"]

ORIGIN = "tests/release_check/test_origin.py"
"""Asserts where hookline comes from. It runs with whatever other tests are asked for."""

TESTS = (
    "tests/unit",
    "tests/contract",
    "tests/property",
    "tests/acceptance/test_crash.py",
    "tests/acceptance/test_demo.py",
    "tests/acceptance/test_start.py",
)
"""The tests of behaviour. Those of the project's own files (architecture, infra, documentation) need the checkout."""


def environment(wheel: Path, folder: Path) -> Path:
    """Python in an environment of its own with this wheel, and with the tools of the running one.

    A ``.pth`` file of the environment names the folder of the tools. Python reads no ``.pth`` files in a folder that such a file names,
    so the editable installation of the checkout, which is among the tools, has no effect. The wheel comes ahead of the tools.
    """
    run_process([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    install = ("install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    run_process([sys.executable, "-m", "pip", "--python", python, *install, wheel], capture_output=True, check=True)
    (_packages(python) / "tools.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def run_tests(python: Path, sources: Path, arguments: Sequence[str]) -> bool:
    """Whether these tests of the sdist pass, in ``sources``, whose package is removed first."""
    shutil.rmtree(sources / "src")
    quiet = ("--quiet", "-p", "no:cacheprovider", "--numprocesses", "auto", "--dist", "worksteal", "--fold-cases")
    done = pytest_with(python, sources, [*quiet, "-m", "not slow", ORIGIN, *arguments])
    return bool(done.returncode == 0)


def pytest_with(
    python: Path, sources: Path, arguments: Sequence[str], **options: Any
) -> subprocess.CompletedProcess[Any]:
    """A run of pytest in ``sources``, without settings that name the checkout. ``HOOKLINE_UNDER_TEST`` says where hookline has to be."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PYTEST_"))
    }
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    environment = {**kept, "PATH": path, "HOOKLINE_UNDER_TEST": str(_packages(python) / "hookline")}
    return run_process([python, "-m", "pytest", *arguments], cwd=sources, env=environment, timeout=3600, **options)


def _packages(python: Path) -> Path:
    """The folder that an environment's Python installs packages into."""
    return next(python.parents[1].glob("lib/python*/site-packages"))
