"""What the tests have run is known even if the process that ran them is killed before it has ended."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from processes import run_process, unmeasured

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """[run]
parallel = true
source_pkgs = seen
patch = subprocess
"""
CONFTEST = """import atexit, os, signal
from measured import save_measured

def pytest_sessionfinish(session):
    save_measured(session)

if "PYTEST_XDIST_WORKER" in os.environ:
    atexit.register(os.kill, os.getpid(), signal.SIGKILL)  # runs before coverage's own
"""
TEST = """from seen import doubled

def test_doubled() -> None:
    assert doubled(2) == 4
"""


def test_a_process_that_is_killed_when_its_tests_have_ended_has_saved_what_they_ran(tmp_path: Path) -> None:
    """A process that takes more than a few seconds to exit is killed by xdist."""
    files = {
        ".coveragerc": SETTINGS,
        "conftest.py": CONFTEST,
        "seen.py": "def doubled(number):\n    return 2 * number\n",
        "test_seen.py": TEST,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    ran = coverage(tmp_path, "run", "-m", "pytest", "-p", "xdist", "-n", "1", "-p", "no:cacheprovider")
    coverage(tmp_path, "combine")
    coverage(tmp_path, "json")

    assert "1 passed" in ran
    assert json.loads((tmp_path / "coverage.json").read_text())["files"]["seen.py"]["executed_lines"] == [1, 2]


def coverage(folder: Path, *words: str) -> str:
    """What the command of coverage printed in ``folder``; its settings are those of the file there, and of nothing outside."""
    here = {name: value for name, value in unmeasured().items() if not name.startswith("PYTEST_")}
    environment = here | {
        "PYTHONPATH": ":".join(path for path in [str(folder), *sys.path] if path),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "coverage", *words]
    done = run_process(command, cwd=folder, env=environment, capture_output=True, text=True)
    printed: str = done.stdout
    assert done.returncode == 0, printed + done.stderr
    return printed
