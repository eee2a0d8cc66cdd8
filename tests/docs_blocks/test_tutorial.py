"""The tutorial is followed word for word: it is what a newcomer does first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs_blocks.reader import Reader
from docs_blocks.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "tutorial/first-event.md"


def test_the_commands_of_the_tutorial_do_what_it_shows(tmp_path: Path) -> None:
    """The first thing that does not work is where a newcomer stops."""
    with Reader(tmp_path, PAGE, SCENARIOS[PAGE]) as reader:
        faults = reader.read()

    assert not faults, "\n".join(faults)
