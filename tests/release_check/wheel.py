"""The tests, run against an installed wheel: nothing of the checkout can be imported there."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from processes import run_process
from release_check.archives import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TESTS", "environment", "imported_from", "run_tests"]

TESTS = (
    "tests/unit",
    "tests/contract",
    "tests/property",
    "tests/acceptance/test_crash.py",
    "tests/acceptance/test_demo.py",
    "tests/acceptance/test_start.py",
)
"""What makes sense without the checkout: behaviour. Tests of the project's files (architecture, infra, docs) do not."""


def environment(wheel: Path, folder: Path) -> Path:
    """Python in an environment of its own with this wheel, and with the tools of the running one.

    The tools come by a path in the environment's ``.pth`` file. Python reads no ``.pth`` files in a folder that it got from one, so the
    editable installation that stands among the tools is not seen. The wheel comes ahead of the tools.
    """
    run_process([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    own = next((folder / "lib").glob("python*/site-packages"))
    install = ("install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    run_process([sys.executable, "-m", "pip", "--python", python, *install, wheel], check=True)
    (own / "tools.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def imported_from(python: Path, folder: Path) -> Path:
    """The folder of the package that this Python imports when it works in ``folder``."""
    program = "import hookline, pathlib; print(pathlib.Path(hookline.__file__).parent)"
    done = run_process(
        [python, "-c", program], cwd=folder, env=_environment(python), capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip())


def run_tests(python: Path, sources: Path, arguments: Sequence[str]) -> bool:
    """Whether the sdist's tests pass, in ``sources``, which has no package any more.

    Raises RuntimeError where the tests would import another hookline than the wheel's.
    """
    shutil.rmtree(sources / "src")
    found = imported_from(python, sources)
    if not found.is_relative_to(python.parents[1]) or found.is_relative_to(ROOT / "src"):
        raise RuntimeError(f"the tests would import {found}, which is not the wheel")
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow", *arguments]
    return bool(run_process(command, cwd=sources, env=_environment(python), timeout=3600).returncode == 0)


def _environment(python: Path) -> dict[str, str]:
    """This process's environment without what points Python at the checkout."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PYTEST_"))
    }
    return {**kept, "PATH": f"{python.parent}{os.pathsep}{kept.get('PATH', os.defpath)}"}
