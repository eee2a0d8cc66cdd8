"""The hookline that these tests run is the one that is meant: the wheel in `make release-check`, otherwise the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import hookline
from processes import run_process

ROOT = Path(__file__).parents[2]
IN_THE_CHECKOUT = ROOT / "src" / "hookline"
WANTED = Path(os.environ.get("HOOKLINE_UNDER_TEST", IN_THE_CHECKOUT))
"""The place that hookline must come from."""


def importable() -> set[Path]:
    """Each folder that an import of hookline could use: from every entry of ``sys.path``, by every finder."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    found = [finder.find_spec("hookline", [entry]) for finder in finders for entry in {*sys.path, str(Path.cwd())}]
    return {Path(spec.origin).parent for spec in found if spec is not None and spec.origin is not None}


def test_no_other_hookline_can_be_imported() -> None:
    """With the checkout on the path, a wheel that lacks half of its files would pass every test."""
    assert importable() == {WANTED}
    assert WANTED == IN_THE_CHECKOUT or not IN_THE_CHECKOUT.exists()


def test_every_module_that_was_imported_is_of_the_one_that_is_meant() -> None:
    """Also those that other tests of this process have imported before."""
    files = {name: module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "hookline"}

    assert Path(str(hookline.__file__)).parent == WANTED
    assert {name: file for name, file in files.items() if file and not Path(file).is_relative_to(WANTED)} == {}


def test_processes_that_tests_start_run_the_same_hookline() -> None:
    """Many tests start `hookline serve`, or another Python."""
    program = "import hookline; print(hookline.__file__)"
    asked = run_process([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    command = Path(sys.executable).with_name("hookline")
    (entry,) = {point.value for point in entry_points(group="console_scripts", name="hookline")}

    assert Path(asked.stdout.decode().strip()).parent == WANTED
    assert str(command.parent) in command.read_text("utf-8").partition("\nimport ")[0], (
        "the command of another environment"
    )
    assert entry == "hookline.__main__:run"
