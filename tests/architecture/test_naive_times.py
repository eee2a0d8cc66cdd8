"""No time without an offset gets into the package: the linter that every change goes through refuses them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from processes import run_process

ROOT = Path(__file__).parents[2]
NAIVE = [
    "datetime.utcnow()",
    "datetime.now()",
    "datetime.today()",
    "datetime.utcfromtimestamp(0)",
    "datetime.fromtimestamp(0)",
    "datetime(2026, 1, 2)",
    'datetime.strptime("2026", "%Y")',
]


def findings(expression: str, place: str) -> set[str]:
    """The rules that a module at ``place`` with this expression in it breaks, by the project's own settings."""
    snippet = f'"""A module."""\n\nfrom datetime import datetime\n\nmoment = {expression}\n'
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--stdin-filename", place, "-"]
    done = run_process(command, cwd=ROOT, input=snippet, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return {found["code"] for found in json.loads(done.stdout)}


@pytest.mark.parametrize("place", ["src/hookline/runtimes/aws_lambda/anything.py", "tests/anything.py"])
@pytest.mark.parametrize("expression", NAIVE)
def test_a_time_without_an_offset_is_refused(expression: str, place: str) -> None:
    """Compared with a sender's timestamp, it would accept stale requests, or none at all, depending on the machine's time zone."""
    assert any(code.startswith("DTZ") for code in findings(expression, place))


def test_an_aware_time_is_not() -> None:
    """A rule that refuses everything would prove nothing."""
    assert findings("datetime.now(UTC)", "src/hookline/anything.py") <= {"F821"}


def test_no_line_of_the_package_asks_to_be_excused() -> None:
    """One exception would be enough for one naive time."""
    excused = [path for path in (ROOT / "src").rglob("*.py") if "noqa: DTZ" in path.read_text()]

    assert excused == []
