"""The quick tests and the slow ones: each has its target, and together they are all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from effort import SLOW, slow_reason

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TESTS = {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def recipe(target: str) -> str:
    """The commands of a target."""
    return MAKEFILE.split(f"\n{target}: .venv", 1)[1].split("\n\n", 1)[0]


@pytest.mark.parametrize("path", SLOW)
def test_slow_tests_exist_and_so_do_their_quick_replacements(path: str) -> None:
    """A file that was renamed would be quick by accident; a reason must not name a file that is gone."""
    named = set(re.findall(r"test_\w+\.py", SLOW[path]))
    folders = re.findall(r"tests/[\w/]+(?= |$|,)", SLOW[path])

    assert (ROOT / path).exists()
    assert named <= TESTS
    assert all((ROOT / folder).is_dir() for folder in folders)
    assert named or folders or path == "tests/emulator"


def test_the_replacements_of_slow_tests_are_quick() -> None:
    """Otherwise `make test` would leave out both."""
    named = {name for reason in SLOW.values() for name in re.findall(r"test_\w+\.py", reason)}

    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py") if slow_reason(path) is None}


def test_the_targets_leave_nothing_out() -> None:
    """A mark chooses one half, and its absence the other."""
    assert '-m "not slow"' in recipe("test")
    assert '-m "not slow"' in recipe("cover")
    assert "-m slow" in recipe("test-slow")
    assert "\ntest-all: test test-slow " in MAKEFILE


def test_a_clean_checkout_is_tested_within_half_an_hour_with_all_examples() -> None:
    """Every quick test, and the slow ones in which other SQS clients read from queues: no quick test runs those clients."""
    script = (ROOT / ".ci" / "run").read_text()
    commands = [line.split(" #")[0] for line in script.splitlines()]

    assert [line for line in commands if line.startswith("make ")] == [
        "make lint",
        "make docs",
        "make cover",
        'make test-slow ARGS="tests/acceptance/test_sqs_clients.py tests/acceptance/test_consumers.py"',
    ]
    assert "export HYPOTHESIS_PROFILE=thorough" in commands


def test_pytest_itself_runs_what_it_is_given() -> None:
    """A developer who names a file on the command line wants it run, slow or not."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]

    assert "-m" not in " ".join(options["addopts"]).split()


def test_many_examples_are_for_those_who_have_time() -> None:
    """A test that always tries hundreds makes everyone wait: ``examples`` asks which run it is."""
    texts = {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}

    assert [name for name, text in texts.items() if re.search(r"max_examples=(?:[3-9]\d|\d{3})", text)] == []


@pytest.mark.parametrize(
    ("path", "slow"),
    [
        ("tests/e2e/test_faults.py", True),
        ("tests/acceptance/test_faults.py", True),
        ("tests/acceptance/test_contract.py", False),
        ("tests/conftest.py", False),
    ],
)
def test_a_file_is_slow_on_its_own_or_by_its_folder(path: str, *, slow: bool) -> None:
    """The table has whole folders too."""
    assert (slow_reason(ROOT / path) is not None) == slow
