"""``--fold-cases`` leaves out no case and no failure."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[1]
CONFTEST = """
import pytest
from folding import folded

@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector):
    made = yield
    return folded(made) if isinstance(made, list) else made

@pytest.fixture(scope="module")
def shared():
    return []
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], str]:
    """What pytest says of a test file with this text, whose cases it folds."""

    def output(text: str) -> str:
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "test_it.py").write_text(f"import pytest\n{text}")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-ra",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
            "--rootdir",
            ".",
        ]
        options = ["-o", f"pythonpath={TESTS}", "-o", "addopts="]
        return str(run_process([*command, *options], cwd=tmp_path, capture_output=True, text=True).stdout)

    return output


def test_every_case_runs_and_every_failure_is_named(run: Callable[[str], str]) -> None:
    """A loop that ends at the first failure would hide the others, and one without names would let the reader guess."""
    said = run(
        """
@pytest.mark.parametrize("number", [1, 2, 3, 4], ids=["one", "two", "three", "four"])
@pytest.mark.parametrize("letter", "ab")
def test_odd(number, letter, shared):
    shared.append(number)
    assert number % 2 or letter == "a", f"{number} is even"

def test_all_ran(shared):
    assert len(shared) == 8
"""
    )

    assert set(re.findall(r"in the case \[(.*?)\]", said)) == {"b-two", "b-four"}
    assert "2 of 8 cases failed" in said
    assert "1 failed, 1 passed" in said


def test_a_single_failure_is_shown_as_it_is_without_folding(run: Callable[[str], str]) -> None:
    """The values on both sides are what one looks for first."""
    said = run(
        """
@pytest.mark.parametrize("number", [1, 2])
def test_one(number):
    assert number == 1
"""
    )

    assert "assert 2 == 1" in said
    assert "in the case [2]" in said
    assert "1 failed" in said


def test_a_case_that_is_skipped_hides_no_failure(run: Callable[[str], str]) -> None:
    """Where nothing fails, the skip is reported."""
    said = run(
        """
@pytest.mark.parametrize("number", [1, 2])
def test_fails(number):
    if number == 2:
        pytest.skip("not here")
    pytest.fail("this one")

@pytest.mark.parametrize("number", [1, 2])
def test_skips(number):
    if number == 1:
        pytest.skip("no tool")
"""
    )

    assert "in the case [1]" in said
    assert "1 failed, 1 skipped" in said
    assert "no tool" in said


def test_each_case_has_a_folder_of_its_own(run: Callable[[str], str]) -> None:
    """Files of one case are not there for the next."""
    said = run(
        """
@pytest.mark.parametrize("number", [1, 2])
def test_folder(number, tmp_path):
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
"""
    )

    assert "1 passed" in said


def test_cases_that_need_something_of_their_own_stay_apart(run: Callable[[str], str]) -> None:
    """A fixture is created again for each, marks are only for one, and what a class or a parametrised fixture does is not known here."""
    said = run(
        """
@pytest.fixture
def own():
    return []

@pytest.fixture(params=[1, 2])
def several(request):
    return request.param

@pytest.mark.parametrize("number", [1, 2])
def test_own(number, own):
    own.append(number)
    assert own == [number]

@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.xfail(strict=True))])
def test_marked(number):
    assert number == 1

@pytest.mark.parametrize("number", [1, 2])
def test_several(number, several):
    assert number

@pytest.mark.parametrize("number", [1, 2])
def test_patched(number, monkeypatch):
    monkeypatch.setenv("NUMBER", str(number))

class TestClass:
    @pytest.mark.parametrize("number", [1, 2])
    def test_method(self, number):
        assert number
"""
    )

    assert "11 passed, 1 xfailed" in said
