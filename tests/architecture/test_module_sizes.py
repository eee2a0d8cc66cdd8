"""A module is short enough to be read in one go, and has one subject."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parent.parent.parent / "src" / "hookline"
MOST_LINES = 400


def test_no_module_is_longer_than_400_lines() -> None:
    """A longer module has two subjects. A reader who looks for one of them has to read both."""
    lengths = {path: len(path.read_text().splitlines()) for path in SOURCE.rglob("*.py")}

    assert len(lengths) > 1
    assert {str(path.relative_to(SOURCE)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}
