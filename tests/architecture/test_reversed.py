"""``--reversed`` runs the tests from the last to the first, so that a test that depends on an earlier one fails."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from processes import run_process

ROOT = Path(__file__).parents[2]


def listed(*options: str) -> list[str]:
    """The tests of one file in the order in which they would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", *options]
    command.append("tests/architecture/test_folding.py")
    return re.findall(r"::(test_\w+)", run_process(command, cwd=ROOT, capture_output=True, text=True).stdout)


def test_the_tests_of_a_file_run_in_reverse_order() -> None:
    """Without the option they run as they are written."""
    written = listed()

    assert len(written) > 2
    assert listed("--reversed") == written[::-1]
