"""The command line stays thin."""

from __future__ import annotations

from pathlib import Path

import hookline

FOLDER = Path(hookline.__file__).parent / "cli"
MOST_LINES = 3_000


def test_the_command_line_stays_small() -> None:
    """A command declares its arguments, calls one function, and shows what that returns.

    The function belongs where it can be tested and called without a command line: what commands show and do in runtimes/direct/ and
    runtimes/remote/, decisions in pipeline/, traffic in demo/, a deployment's numbers in infra/. A limit that fails when commands are
    added asks the question at the right time.
    """
    lines = {path.name: len(path.read_text().splitlines()) for path in FOLDER.rglob("*.py")}

    assert sum(lines.values()) <= MOST_LINES, dict(sorted(lines.items(), key=lambda item: -item[1])[:5])
