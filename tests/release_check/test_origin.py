"""The hookline that these tests run is the one that is meant: the wheel in `make release-check`, otherwise the checkout."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import hookline
from processes import run_process
from release_check.origin import IN_THE_CHECKOUT, WANTED, foreign, importable

if TYPE_CHECKING:
    import pytest


def test_no_other_hookline_can_be_imported() -> None:
    """With the checkout on the path, a wheel that lacks half of its files would pass every test."""
    assert importable() == {WANTED}
    assert WANTED == IN_THE_CHECKOUT or not IN_THE_CHECKOUT.exists()


def test_every_module_that_was_imported_is_of_the_one_that_is_meant() -> None:
    """tests/conftest.py asks the same at the end of each process."""
    assert Path(str(hookline.__file__)).parent == WANTED
    assert foreign() == {}


def test_a_module_from_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A check that finds nothing would let the checkout fill the gaps of a wheel."""
    stray = ModuleType("hookline.stray")
    stray.__file__ = str(tmp_path / "stray.py")
    (tmp_path / "hookline").mkdir()
    (tmp_path / "hookline" / "__init__.py").write_text("")
    monkeypatch.setitem(sys.modules, stray.__name__, stray)
    monkeypatch.syspath_prepend(tmp_path)

    assert foreign() == {"hookline.stray": stray.__file__}
    assert importable() == {WANTED, tmp_path / "hookline"}


def test_processes_that_tests_start_run_the_same_hookline() -> None:
    """Many tests start `hookline serve`, or another Python."""
    program = "import hookline; print(hookline.__file__)"
    asked = run_process([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    command = Path(sys.executable).with_name("hookline")
    (entry,) = {point.value for point in entry_points(group="console_scripts", name="hookline")}

    assert Path(asked.stdout.decode().strip()).parent == WANTED
    assert str(command.parent) in command.read_text("utf-8").partition("\nimport ")[0], (
        "the command of another environment"
    )
    assert entry == "hookline.__main__:run"
